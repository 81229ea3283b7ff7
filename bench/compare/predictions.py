"""The outputs of a run as sums of each sentence, from the files beside its record; checked against the record's own score.

Names lie there with their gold tags (`samples/RUN_ID.conll`). Translations lie there alone (`samples/RUN_ID.txt`): their
references are read from the data that the record names, which must have the record's sha256.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.compare.resampling import Score
from bench.record import Record
from bench.tables import TableError
from bench.tables.tuning import Metric, value_of

if TYPE_CHECKING:
    from bench.compare.resampling import Sums

F1, BLEU = ("entity_f1", "word_f1"), ("bleu", "bleu_lowercase")
TOLERANCE = 1e-6
"""How far the score of the files may lie from the record's, in percent: rounding only."""


@dataclass(frozen=True)
class Predictions:
    """`sums_SK` of each sentence and the `score` over their sums; `lines` and `references` of a translation."""

    sums_SK: Sums
    score: Score
    lines: tuple[str, ...] = ()
    references: tuple[tuple[str, ...], ...] = ()


def path_of(folder: Path, record: Record, metric: Metric) -> Path:
    """Where the outputs of a run lie. Raises TableError for a metric that is not taken by sentence here."""
    if metric.name not in (*F1, *BLEU):
        raise TableError(f"{metric.key} is not compared by sentence: give a folder scored by one of {', '.join((*F1, *BLEU))}.")
    return folder / "samples" / f"{record.run_id}.{'conll' if metric.name in F1 else 'txt'}"


def read(path: Path, record: Record, *, metric: Metric, data_folder: str | None) -> Predictions:
    """The outputs of one run. Raises TableError where they are not those that the record was scored on."""
    text = path.read_text(encoding="utf-8")
    found = (
        _tags(text, path, metric=metric)
        if metric.name in F1
        else _translations(text, record, metric=metric, data_folder=data_folder)
    )
    again, told = float(found.score(found.sums_SK.sum(0)[None])[0]), value_of(record, metric)
    if told is None or abs(again - told) > TOLERANCE:
        raise TableError(
            f"{path} scores {metric.name} {again:.4f}, but its record says {told}: the file is of another run, so delete the "
            "record and make the run again."
        )
    return found


def _tags(text: str, path: Path, *, metric: Metric) -> Predictions:
    import numpy as np

    sums = []
    for sentence in text.rstrip("\n").split("\n\n"):
        rows = [line.split(" ") for line in sentence.split("\n") if line]
        if any(len(row) != 3 for row in rows):
            raise TableError(f"{path} has a line that is not `word gold predicted`: delete the record and make the run again.")
        gold, predicted = ([row[column] for row in rows] for column in (1, 2))
        if metric.name == "entity_f1":
            there, found = _entities(gold), _entities(predicted)
        else:
            there, found = _name_words(gold), _name_words(predicted)
        sums.append((2.0 * len(there & found), float(len(there) + len(found))))
    return Predictions(np.array(sums), _f1)


def _entities(tags: Sequence[str]) -> set[object]:
    from bench.data.schemes import spans

    return set(spans(tags))


def _name_words(tags: Sequence[str]) -> set[object]:
    return {place for place, tag in enumerate(tags) if tag == "1"}


def _f1(sums_RK: Sums) -> Sums:
    import numpy as np

    return 100 * sums_RK[:, 0] / np.maximum(sums_RK[:, 1], 1.0)


def _translations(text: str, record: Record, *, metric: Metric, data_folder: str | None) -> Predictions:
    import numpy as np

    from bench.metrics.bleu import BleuSums

    lines, references = text.split("\n")[:-1], _references(record, metric.split, data_folder)
    if len(lines) != len(references):
        raise TableError(f"run {record.run_id} wrote {len(lines)} lines and the data have {len(references)}: make it again.")
    each = [
        BleuSums.of([line], [ways], lowercase=metric.name == "bleu_lowercase")
        for line, ways in zip(lines, references, strict=True)
    ]
    sums = [(*one.correct, *one.total, one.hypothesis_words, one.reference_words) for one in each]
    return Predictions(np.array(sums, dtype=np.float64), _bleu, tuple(lines), references)


def _bleu(sums_RK: Sums) -> Sums:
    import numpy as np
    from sacrebleu.metrics.bleu import BLEU

    def one(sums: Sequence[int]) -> float:
        return float(BLEU.compute_bleu(list(sums[:4]), list(sums[4:8]), sums[8], sums[9], smooth_method="exp").score)

    return np.array([one([round(value) for value in sums_K]) for sums_K in sums_RK])


def _references(record: Record, split: str, data_folder: str | None) -> tuple[tuple[str, ...], ...]:
    return _loaded(json.dumps(record.config["data"], sort_keys=True), str(record.data["sha256"]), split, data_folder)


@lru_cache(maxsize=1)
def _loaded(node: str, sha256: str, split: str, data_folder: str | None) -> tuple[tuple[str, ...], ...]:
    from bench.build import build

    config: dict[str, Any] = json.loads(node)
    data = build(config, key="data", given={"name": config["name"], "folder": data_folder})
    if data.description["sha256"] != sha256:
        raise TableError(
            f"data={config['name']} has sha256 {data.description['sha256'][:12]} here and {sha256[:12]} in the records: give "
            "the folder of their data with --data or BENCH_DATA."
        )
    return tuple(tuple(ways) for ways in data.raw[split].references)
