"""Features with captions from files: `data=feature_files`, the general form of an input that is described in words.

.npz    `features` [N, F], a vector a row; or [N, S, F], the features of S frames a row (of a film, of a sound), whose mean is
        the vector (Venugopalan et al. 2015, arXiv:1412.4729), over the first `lengths` [N] of them where the file has that.
        `captions` [N], or [N, K] with up to K captions a row, what is left being empty texts.
.csv    a header; the column `caption` has the caption, every other column a number. One that numbers the rows (an index of
        pandas, an id) is no feature; the features of all files have the same names.

The features are what a feature extractor made of images, say; none is run here. `standardise` takes off the mean of the
training split and divides by its standard deviation, feature by feature, in float64; a net reads the outcome in float32.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from bench.data.pairs.settings import CaptionSettings
from bench.data.sources.arrays import UNREADABLE
from bench.data.sources.delimited import rows_of
from bench.data.sources.files import placed, read_text
from bench.data.sources.numbers import WRITTEN, number
from bench.data.sources.scale import varies
from bench.data.sources.source import UserFiles
from bench.data.vectors.captions import CaptionData, Captioned
from bench.errors import DataError

NAMED = re.compile(r"|index|idx|unnamed: 0|id|(.*[_ -])?id", re.IGNORECASE)
"""How a column is called that says which row it is."""
LEAST = 5  # rows, from which on one up in each is no chance


class Read(NamedTuple):
    """A file: features [N, F] in float64, the captions of each row, the names of the features, those that number the rows."""

    features_NF: Tensor
    references: list[list[str]]
    columns: list[str] | None
    numbering: list[str]

    def without(self, columns: Sequence[str]) -> "Read":
        places = [index for index, column in enumerate(self.columns or []) if column not in columns]
        if self.columns is None or len(places) == len(self.columns):
            return self
        return self._replace(features_NF=self.features_NF[:, places], columns=[self.columns[index] for index in places])


def feature_files(
    *,
    user_files: UserFiles,
    caption: str,
    standardise: bool,
    text: CaptionSettings,
    limit: int | None,
) -> CaptionData:
    """A file a split; `test` may be missing. `caption` names the column of a .csv."""
    files = user_files.by_split(
        advice="give data.train=FILE data.validation=FILE (and data.test=FILE), each a .npz or .csv of features and captions."
    )
    name = user_files.name
    splits = {split: _read(name, placed(path, user_files.folder), caption) for split, path in files.items()}
    numbering = splits["train"].numbering
    splits = {split: part.without(numbering) for split, part in splits.items()}
    columns = splits["train"].columns
    splits = {split: _alike(name, splits["train"], part, split) for split, part in splits.items()}
    width = splits["train"].features_NF.size(1)
    for split, part in splits.items():
        if part.features_NF.size(1) != width:
            raise DataError(
                f"data={name}: the {split} file has {part.features_NF.size(1)} features a row and the train file {width}; give "
                "files with the same features."
            )
    train_NF = splits["train"].features_NF
    deviation_F = train_NF.std(0, correction=0)
    flat_F = ~varies(deviation_F, train_NF)
    notes = [f"a vector has {width:,} features", *_flat(flat_F)]
    notes += [f"features: {', '.join(columns[:8])}{', ...' if width > 8 else ''}"] if columns else []
    notes += [f"{column or 'column 0'} numbers the rows and is no feature" for column in numbering]
    mean_F, scale_F = torch.zeros_like(deviation_F), torch.ones_like(deviation_F)
    if standardise:
        mean_F, scale_F = train_NF.mean(0), torch.where(flat_F, 1.0, deviation_F)
        notes[0] += ", standardised by those of training"
    scaled = {split: ((part.features_NF - mean_F) / scale_F).float() for split, part in splits.items()}
    for split, features_NF in scaled.items():
        if not bool(features_NF.isfinite().all()):
            raise DataError(f"data={name}: the {split} file has a feature beyond what float32 holds; give smaller numbers.")
    if lost := int((~flat_F & (scaled["train"] == scaled["train"][:1]).all(0)).sum()):
        notes.append(f"{lost:,} features vary by less than float32 tells apart: data.standardise=true keeps that")
    captioned = {split: Captioned(features_NF, splits[split].references) for split, features_NF in scaled.items()}
    about: dict[str, Any] = {"source": "files", "revision": None, "unit": "captions", "notes": notes}
    return CaptionData(name=name, splits=captioned, text=text, limit=limit, about=about)


def _flat(flat_F: Tensor) -> list[str]:
    """What is said of features that training cannot learn from."""
    places = flat_F.nonzero().flatten().tolist()
    if not places:
        return []
    more = ", ..." if len(places) > 8 else ""
    return [
        f"{len(places):,} features are the same in all of training (counted from 0: {', '.join(map(str, places[:8]))}{more})"
    ]


def _read(name: str, file: Path, caption: str) -> Read:
    if file.suffix not in (".npz", ".csv"):
        raise DataError(f"data={name}: {file} is neither .npz nor .csv; give a file of features and captions in one of these.")
    table = _npz(name, file) if file.suffix == ".npz" else _csv(name, file, caption)
    features_NF, references = table.features_NF, table.references
    if not references:
        raise DataError(f"data={name}: {file} has no row; give at least one vector with its caption.")
    if not bool(features_NF.isfinite().all()):
        raise DataError(f"data={name}: {file} has a feature that is no finite number; leave such rows out.")
    for row, lines in enumerate(references):
        if not lines:
            raise DataError(f"data={name}: row {row} of {file} has no caption; give each row one, or leave it out.")
    return table


def _npz(name: str, path: Path) -> Read:
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {key: file[key] for key in file.files}
    except UNREADABLE as error:
        reason = str(error).partition("\n")[0]
        raise DataError(
            f"data={name}: the file {path} cannot be read ({reason}); name the folder that holds it with paths.data= or "
            "BENCH_DATA, correct the path, or save its texts as texts and not as objects."
        ) from error
    for key in ("features", "captions"):
        if key not in arrays:
            raise DataError(f"data={name}: {path} has no array {key}: it has {', '.join(arrays) or 'none'}.")
    features, captions = arrays["features"], arrays["captions"]
    if features.dtype.kind not in "fiu" or features.ndim not in (2, 3) or 0 in features.shape[1:]:
        raise DataError(
            f"data={name}: the features of {path} are of shape {features.shape} and type {features.dtype}; give numbers "
            "[N, F], or [N, S, F] for S frames a row."
        )
    if captions.dtype.kind != "U" or captions.ndim not in (1, 2) or len(captions) != len(features):
        raise DataError(
            f"data={name}: the captions of {path} are of shape {captions.shape} and type {captions.dtype}; give texts [N] or "
            f"[N, K] for the {len(features)} rows of features."
        )
    references = [[line for line in np.atleast_1d(row).tolist() if line.strip()] for row in captions]
    return Read(_vectors(name, path, features, arrays.get("lengths")), references, None, [])


def _vectors(name: str, file: Path, features: Any, lengths: Any) -> Tensor:
    """Features [N, F]: frames become their mean."""
    stacked = torch.from_numpy(features.astype(np.float64))
    if stacked.dim() == 2:
        return stacked
    steps = stacked.size(1)
    steps_N = np.full(len(stacked), steps) if lengths is None else lengths
    if steps_N.dtype.kind not in "iu" or steps_N.shape != (len(stacked),) or not ((steps_N >= 1) & (steps_N <= steps)).all():
        raise DataError(
            f"data={name}: the lengths of {file} are refused: give one integer from 1 to {steps} for each of its "
            f"{len(stacked)} rows."
        )
    lengths_N = torch.from_numpy(steps_N.astype(np.int64))
    valid_NS1 = (torch.arange(steps) < lengths_N[:, None]).unsqueeze(2)
    return stacked.masked_fill(~valid_NS1, 0.0).sum(1) / lengths_N[:, None]


def _csv(name: str, file: Path, caption: str) -> Read:
    (_, header), *rows = [pair for pair in rows_of(name, str(file), read_text(name, file)) if pair[1]] or [(1, [])]
    header = [heading.strip() for heading in header]
    if header.count(caption) != 1:
        raise DataError(
            f"data.caption={caption} is no column of {file}, or several: give one of {', '.join(header) or 'no column'}."
        )
    for line, row in rows:
        if len(row) != len(header) or len(header) < 2:
            raise DataError(
                f"data={name}: line {line} of {file} has {len(row)} values under {len(header)} headings; give each row a "
                "caption and at least one feature."
            )
    column = header.index(caption)
    features = [at for at in range(len(header)) if at != column]
    vectors = [[_feature(f"data={name}: line {line} of {file}", header[at], row[at]) for at in features] for line, row in rows]
    references = [[row[column]] if row[column].strip() else [] for _, row in rows]
    features_NF = torch.tensor(vectors, dtype=torch.float64).view(len(rows), len(features))
    numbering = [header[at] for at in features if _numbers_rows(header[at], [row[at] for _, row in rows])]
    if len(numbering) == len(features):
        numbering = []
    return Read(features_NF, references, [header[at] for at in features], numbering)


def _numbers_rows(heading: str, cells: Sequence[str]) -> bool:
    """Whether a column numbers the rows and is no feature of them: one up in each of many rows, or called an id, none twice."""
    values = [number(cell) for cell in cells]
    if any(value is None or not value.is_integer() for value in values):
        return False
    if NAMED.fullmatch(heading):
        return len(set(values)) == len(values)
    rises = all(later == earlier + 1 for earlier, later in pairwise(value for value in values if value is not None))
    return rises and len(cells) >= LEAST


def _alike(name: str, train: Read, part: Read, split: str) -> Read:
    """The features of a split in the order of training's. Raises DataError where they are others."""
    if train.columns is None or part.columns is None or part.columns == train.columns:
        return part
    if sorted(part.columns) != sorted(set(train.columns)):
        raise DataError(
            f"data={name}: the {split} file has {len(part.columns)} features a row ({', '.join(part.columns[:12])}) and the "
            f"train file {len(train.columns)} ({', '.join(train.columns[:12])}); give files with the same features."
        )
    places = [part.columns.index(column) for column in train.columns]
    return part._replace(features_NF=part.features_NF[:, places], columns=train.columns)


def _feature(label: str, heading: str, cell: str) -> float:
    value = number(cell)
    if value is None:
        raise DataError(f"{label} has {cell[:40]!r} in the column {heading}, where a number is needed: write {WRITTEN}.")
    return value
