"""Forecasting: the next `horizon` steps of one or several series from the last `window` (N -> 1, and N -> M).

Several steps are predicted all at once by default. `recursive`: a net that predicts one step reads what it has predicted, as
often as it takes (the MIMO and the recursive strategy of Ben Taieb et al. 2012, arXiv:1108.3259).

The series are split in time. Scales are those of the training steps. A window of validation or test may read the end of the
split before; what it predicts lies in its own. Errors are in the series' own units, beside those of two forecasts that learn
nothing, made of the same numbers: the last value (`naive_`), and the value one season back (`seasonal_`). `skill` is
1 - mae / naive_mae in percent: a model with no skill above 0 does not beat "tomorrow is today".
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor, nn

from bench.data.batches.batch import Loader
from bench.data.series.scaled import Scaled
from bench.data.series.series import SeriesData
from bench.data.series.windows import WindowBatch, Windows
from bench.data.sources.scale import varies
from bench.decoding.greedy import Greedy
from bench.errors import DataError
from bench.metrics.forecast_errors import error_counts, error_metrics, naive_scale
from bench.metrics.metric import Counts, Metric
from bench.nets.pooled import Ends
from bench.nets.roles import Answers
from bench.nets.topology import Topology
from bench.task import Outputs, Task

from .forecasts import Horizon, forecast
from .series_reader import SeriesReader
from .synthetic import Evaluation

SCORED = 256  # windows at a time
EXACT = 1e-6  # of a column's deviation: seasons that differ by less are one season, repeated up to rounding
LEAVES = 0.1  # of the values of a split: so many outside the range of training, and levels cannot be followed
COLUMNS = ("step", "series", "truth", "forecast", "naive")


class Forecasting(Task[Answers[WindowBatch]]):
    """The task over one table of series. `difference`: the net reads and predicts changes from step to step.

    `recursive` needs data of which all columns are predicted, for all are read.
    """

    topology = Topology.FORECAST
    primary = "mae"
    better = "lower"
    causal = False

    def __init__(
        self, *, data: SeriesData, evaluation: Evaluation, window: int, horizon: int, recursive: bool, difference: bool
    ) -> None:
        for key, value in (("window", window), ("horizon", horizon)):
            if value < 1:
                raise DataError(f"task.{key}={value} is out of range: give a number of steps of at least 1.")
        if recursive and data.predicted != list(range(len(data.names))):
            raise DataError(
                f"task.recursive=true is refused with data={data.name}: it reads {', '.join(data.names)}, and would have to "
                f"predict all of them in this order; give data.predicted=[{','.join(data.names)}], or task.recursive=false."
            )
        self.data, self.evaluation, self.window, self.horizon = data, evaluation, window, horizon
        self.recursive, self.at_once = recursive, 1 if recursive else horizon
        self.scaled = Scaled(
            data.values_TC, names=data.names, train=data.bounds["train"][1], log=data.log, difference=difference
        )
        self.ahead = Horizon(horizon, self.at_once, data.predicted)
        self.truth_TC = data.values_TC[:, data.predicted]
        self.scored = data.bounds
        self.origins = {split: self._origins(split) for split in data.bounds}
        self.scale_C = self._scale()

    def _origins(self, split: str) -> range:
        """The first predicted steps: the whole horizon lies in the split."""
        start, stop = self.data.bounds[split]
        first = max(start, self.window + self.scaled.first)
        if stop - self.horizon < first or (split != "train" and first > start):
            raise DataError(
                f"data={self.data.name}: the {split} part, steps {start} to {stop - 1}, has no room for task.horizon="
                f"{self.horizon} steps after task.window={self.window}; give smaller ones, or another data.split."
            )
        split_TC = self.truth_TC[max(start - 1, 0) : stop]
        if not bool(varies(naive_scale(split_TC, 1), split_TC).any()):
            raise DataError(f"data={self.data.name} does not change in its {split} part: there is nothing to predict.")
        return range(first, stop - self.horizon + 1)

    def _scale(self) -> Tensor:
        train_TC, season = self.truth_TC[: self.data.bounds["train"][1]], self.data.season
        if len(train_TC) <= season:
            raise DataError(f"data.season={season} is longer than the {len(train_TC)} training steps: give a shorter one.")
        scale_C = naive_scale(train_TC, season)
        least_C = EXACT * train_TC.std(0, correction=0) if season > 1 else torch.zeros_like(scale_C)
        repeats_C = ~varies(scale_C, train_TC) | (scale_C <= least_C)
        if bool(repeats_C.any()):
            column = self.data.names[self.data.predicted[int(repeats_C.int().argmax())]]
            raise DataError(
                f"data.season={season}: the training part of {column} repeats itself exactly, so that MASE has no scale; give "
                "another season, such as data.season=1."
            )
        return scale_C

    def describe_data(self) -> dict[str, Any]:
        """With a hint where levels are predicted that training did not see."""
        description = self.data.description
        return {**description, "notes": [*description["notes"], *self._beyond()]}

    def _beyond(self) -> list[str]:
        """The splits whose values lie outside the range of training, where the net is to predict the values themselves."""
        if self.scaled.difference:
            return []
        train_TC = self.truth_TC[: self.data.bounds["train"][1]]
        shares = {}
        for split in self.splits():
            start, stop = self.data.bounds[split]
            split_TC = self.truth_TC[start:stop]
            outside_TC = (split_TC < train_TC.amin(0)) | (split_TC > train_TC.amax(0))
            shares[split] = float(outside_TC.double().mean())
        outside = [f"{share:.0%} of the {split} values" for split, share in shares.items() if share >= LEAVES]
        if not outside:
            return []
        return [
            f"{' and '.join(outside)} lie outside the range of training, where a net that predicts levels has no skill to "
            "speak of: task.difference=true predicts changes"
        ]

    def vocabulary(self) -> dict[str, Any]:
        """What a checkpoint needs beside the weights: the columns, how they lie in a file, their scales, the window."""
        scaled = self.scaled
        scales = {"mean": scaled.mean_C.tolist(), "deviation": scaled.deviation_C.tolist()}
        reads = {"names": self.data.names, "table": self.data.table, "window": self.window, "horizon": asdict(self.ahead)}
        reads["season"] = self.data.season
        return {"kind": "series", **reads, "log": scaled.log, "difference": scaled.difference, **scales}

    @staticmethod
    def restore(vocabulary: Mapping[str, Any], evaluation: Evaluation) -> SeriesReader:
        """What forecasts a series, from a checkpoint's `vocabulary()` alone."""
        return SeriesReader(vocabulary)

    def make_net(self, make: Callable[[Mapping[str, Any]], nn.Module]) -> nn.Module:
        outputs, season = self.at_once * len(self.data.predicted), self.data.season
        net = make({"ends": Ends(inputs=len(self.data.names), outputs=outputs, tokens=False, numbers=True, season=season)})
        for key, on in (("recursive", self.recursive), ("difference", self.scaled.difference)):
            if on and isinstance(net, Answers) and net.whole_series:
                raise DataError(
                    f"task.{key}=true is refused with a net that forecasts levels from the whole series: give task.{key}=false."
                )
        return net

    def train_loader(self, batch_size: int, seed: int) -> Loader:
        return self._windows(self.origins["train"], batch_size, seed)

    def score_loader(self, split: str) -> Loader:
        return self._windows(self.origins[split], SCORED, None)

    def _windows(self, origins: range, batch_size: int, seed: int | None) -> Windows:
        ahead = (self.at_once, self.data.predicted)
        return Windows(self.scaled.x_TC, origins, window=self.window, ahead=ahead, batch_size=batch_size, seed=seed)

    def forecast(self, net: Answers[WindowBatch], batch: WindowBatch) -> Tensor:
        """The net's [B, horizon, columns] in the series' own units."""
        return forecast(net, batch, self.scaled, self.ahead)

    def back(self, origins_B: Tensor, season: int) -> Tensor:
        """The last known value that lies whole seasons before each predicted step; of season 1 the value before the origin."""
        steps_K = torch.arange(self.horizon)
        return self.truth_TC[origins_B[:, None] + steps_K - season * (steps_K // season + 1)]

    def score(self, net: Answers[WindowBatch], batch: WindowBatch, state: Any) -> tuple[Counts, Any]:
        origins_B = batch.origins_B
        truth_BKC = self.truth_TC[origins_B[:, None] + torch.arange(self.horizon)]
        counts = {"numbers": float(truth_BKC.numel())}
        for prefix, forecast_BKC in {
            "": self.forecast(net, batch),
            "naive_": self.back(origins_B, 1),
            "seasonal_": self.back(origins_B, self.data.season),
        }.items():
            counts |= error_counts(forecast_BKC, truth_BKC, self.scale_C, prefix)
        return counts, None

    def metrics(self, counts: Counts) -> dict[str, Metric]:
        """Without the seasonal forecast where there is no season. A reference other than of mae stands in the CSV alone."""
        count = counts["numbers"]
        errors = error_metrics(counts, count, "", "lower")
        references = {name: error_metrics(counts, count, f"{name}_", "") for name in ("naive", "seasonal")}
        if self.data.season == 1:
            del references["seasonal"]
        skill = 100 * (1 - errors["mae"].value / references["naive"]["mae"].value)
        return {
            "mae": errors["mae"],
            "skill": Metric(skill, "%", "higher", int(count)),
            **{f"{name}_mae": reference["mae"] for name, reference in references.items()},
            "rmse": errors["rmse"],
            "mase": errors["mase"],
            **{f"{error}/{name}": reference[error] for name, reference in references.items() for error in ("rmse", "mase")},
        }

    def check_strategy(self, strategy: object, name: str) -> None:
        """Raises DataError for a strategy that draws or searches: a forecast is a number."""
        if not isinstance(strategy, Greedy):
            raise DataError("task=forecasting predicts numbers: give decode=greedy.")

    @torch.no_grad()
    def outputs(self, net: Answers[WindowBatch], strategy: Any, seed: int) -> Outputs:
        """Forecasts of the last split beside the truth, windows end to end, `evaluation.samples` of them."""
        origins = self.origins[list(self.splits())[-1]][:: self.horizon][: self.evaluation.samples]
        rows: list[tuple[int, str, float, float, float]] = []
        device = next(net.parameters()).device
        for batch in self._windows(origins, SCORED, None):
            forecast_BKC = self.forecast(net, batch.to(device))
            naive_BKC = self.back(batch.origins_B, 1)
            for row, origin in enumerate(batch.origins_B.tolist()):
                for ahead in range(self.horizon):
                    for index, column in enumerate(self.data.predicted):
                        truth = self.truth_TC[origin + ahead, index]
                        numbers = (truth, forecast_BKC[row, ahead, index], naive_BKC[row, ahead, index])
                        rows.append((origin + ahead, self.data.names[column], *map(float, numbers)))
        lines = [",".join(map(str, row)) for row in [COLUMNS, *rows]]
        return Outputs(COLUMNS, rows, {"csv": "\n".join(lines) + "\n"})
