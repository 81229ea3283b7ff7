"""Time series: a table of numbers, cut in time. Training comes first, then validation, then test.

`season` is the period in steps that the seasonal naive forecast and MASE go by; 1 where there is none. `log` says that the
series grows by factors: models read and predict its logarithm, errors are still those of the values.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.data.series.number_table import Layout, parse
from bench.data.sources.digests import digests
from bench.data.sources.source import Origin
from bench.errors import DataError
from bench.settings import Nested, Settings

SPLITS = ("train", "validation", "test")
OUTWEIGHS = 0.9  # of the sum of all columns


@dataclass(frozen=True)
class Forecast(Settings):
    """What is forecast: the columns `predicted`, null for all, of this `season`, in logarithms or not."""

    predicted: Sequence[str] | None
    season: int
    log: bool

    def __post_init__(self) -> None:
        if self.season < 1:
            raise DataError(f"data.season={self.season} is out of range: give a number of steps of at least 1.")


@dataclass(frozen=True)
class Split(Nested):
    """The share of each part, at most 1 together, or steps of each."""

    train: float
    validation: float
    test: float


class SeriesData:
    """`values_TC` float64 [steps, columns], all of which are read; `predicted` are the places of those that are forecast;
    `bounds[split]` is (its first step, the step after its last one)."""

    version = 1

    def __init__(
        self,
        *,
        origin: Origin,
        path: str | None,
        table: Layout,
        forecast: Forecast,
        split: Split,
    ) -> None:
        self.name = name = origin.name
        if name == "series" and not path:
            raise DataError("data=series needs a file: give data.path=FILE, a CSV with a step a line, the oldest first.")
        raw = origin.of_file(path, own="series").read()
        parsed = parse(name, raw.splits["all"], table, file=path or "the file")
        self.names, self.values_TC = parsed.names, parsed.values_TC
        self.predicted = _places(name, self.names, forecast.predicted)
        self.season, self.log = forecast.season, forecast.log
        self.table = {"header": table.header, "separator": table.separator}  # how a file of it is read
        if self.log and not bool((self.values_TC > 0).all()):
            raise DataError(f"data={name} has values that are not above 0, and no logarithm: give data.log=false.")
        self.bounds = cut(name, len(self.values_TC), split)
        if name == "series" and forecast.predicted is None and len(self.names) > 1:
            raise DataError(
                f"data=series has the columns {', '.join(self.names)}, whose errors would be averaged as if they had one unit: "
                "name those to predict with data.predicted=[...], columns of one unit alone; all are read."
            )
        self.description: dict[str, Any] = {
            "name": name,
            "source": raw.source,
            "revision": raw.revision,
            **digests(self._digest, self.bounds),
            "splits": {part: stop - start for part, (start, stop) in self.bounds.items()},
            "unit": "steps",
            "notes": [*raw.notes, *parsed.notes, *self._notes()],
        }

    def _notes(self) -> list[str]:
        notes = []
        if len(self.predicted) < len(self.names):
            notes.append(f"predicted: {', '.join(self.names[index] for index in self.predicted)}")
        season = "there is no season" if self.season == 1 else f"a season has {self.season} steps"
        notes.append(f"split in time; {season}")
        if self.log:
            notes.append("models read and predict logarithms; errors are of the values")
        if unused := len(self.values_TC) - max(stop for _, stop in self.bounds.values()):
            notes.append(f"the last {unused:,} steps are not used")
        return notes + self._weights()

    def _weights(self) -> list[str]:
        """Of several columns that are averaged, the one that outweighs the others, by how far each moves in a step."""
        if len(self.predicted) < 2:
            return []
        moves_C = self.values_TC[: self.bounds["train"][1], self.predicted].diff(dim=0).abs().sum(0)
        share = float(moves_C.max() / moves_C.sum()) if bool(moves_C.any()) else 0.0
        named = self.names[self.predicted[int(moves_C.argmax())]]
        if share < OUTWEIGHS:
            return []
        return [f"{named} moves so much more than the other columns that it makes {share:.2%} of mae; mase weighs them alike"]

    def _digest(self, bounds: Mapping[str, tuple[int, int]]) -> str:
        """Over the values and all that a model or a metric makes of them."""
        complete = len(bounds) == len(self.bounds)
        values_TC = self.values_TC if complete else self.values_TC[: max(stop for _, stop in bounds.values())]
        settings = [self.names, self.predicted, self.season, self.log, bounds]
        return hashlib.sha256(json.dumps(settings).encode() + values_TC.numpy().astype("<f8").tobytes()).hexdigest()


def cut(name: str, steps: int, split: Split) -> dict[str, tuple[int, int]]:
    """The bounds of the splits, without a test of no step."""
    sizes = asdict(split)
    if min(sizes.values()) < 0 or not split.train or not split.validation:
        raise DataError(
            f"data={name}: data.split has {sizes}; give train, validation and test, each a share of the series or each a "
            "number of steps, and only test may be 0."
        )
    total = sum(sizes.values())
    shares = total <= 1 + 1e-9
    if not shares and (total > steps or any(value != int(value) for value in sizes.values())):
        raise DataError(
            f"data={name}: data.split asks for {total:g} of {steps} steps ({_named(sizes)}); give shares that are at most 1 "
            f"together, or whole numbers of steps that are at most {steps} together."
        )
    bounds, sum_before = {}, 0.0
    for part in SPLITS:
        start, stop = (int((steps if shares else 1) * at + 1e-6) for at in (sum_before, sum_before + sizes[part]))
        sum_before += sizes[part]
        if stop > start:
            bounds[part] = (start, stop)
        elif sizes[part]:
            raise DataError(f"data={name}: data.split.{part}={sizes[part]} of {steps} steps is none; give a larger share.")
    return bounds


def _named(sizes: Mapping[str, float]) -> str:
    return ", ".join(f"{part} {value:g}" for part, value in sizes.items())


def _places(name: str, names: Sequence[str], predicted: Sequence[str] | None) -> list[int]:
    columns = list(names) if predicted is None else [str(column) for column in predicted]
    if len(set(columns)) < len(columns):
        raise DataError(f"data={name}: data.predicted={columns} names a column twice: name each once.")
    if not columns or set(columns) - set(names):
        raise DataError(f"data={name}: data.predicted={columns} must name columns that are read: {', '.join(names)}.")
    return [names.index(column) for column in columns]
