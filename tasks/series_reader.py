"""Forecasts a user's series with trained weights: a CSV of the series so far in, the next steps as a CSV out."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import nn

from bench.data.series.number_table import Layout, parse
from bench.data.series.scaled import Scaled
from bench.data.series.windows import WindowBatch
from bench.decoding.generation import check_writes
from bench.errors import DataError
from bench.nets.pooled import Ends
from bench.nets.roles import Answers

from .forecasts import Horizon, forecast


class SeriesReader:
    """What a checkpoint of a forecaster reads with: the columns and their scales, the window, how far it looks ahead."""

    def __init__(self, vocabulary: Mapping[str, Any]) -> None:
        self.names: list[str] = vocabulary["names"]
        self.layout = Layout(**{**vocabulary["table"], "columns": self.names})
        self.window: int = vocabulary["window"]
        self.horizon = Horizon(**vocabulary["horizon"])
        self.season: int = vocabulary.get("season", 1)  # checkpoints of old have none, and no net that asks
        self.scales = {key: vocabulary[key] for key in ("mean", "deviation", "log", "difference")}

    def check_strategy(self, strategy: object, name: str) -> None:
        check_writes(strategy, name)

    def make_net(self, make: Callable[[Mapping[str, Any]], nn.Module]) -> nn.Module:
        outputs = self.horizon.at_once * len(self.horizon.columns)
        return make({"ends": Ends(inputs=len(self.names), outputs=outputs, tokens=False, numbers=True, season=self.season)})

    @torch.no_grad()
    def decode(
        self, net: Answers[WindowBatch], strategy: Any, text: str, seed: int, tell: Callable[[str], None]
    ) -> Iterator[str]:
        """A line of names, then a line of values for each step after the last one."""
        series = parse("the input", text, self.layout, file="the input")
        names, values_TC = series.names, series.values_TC
        needed = self.window + self.scales["difference"]
        if len(values_TC) < needed:
            raise DataError(f"the input has {len(values_TC)} steps, and the net reads {needed}: give a longer series.")
        if self.scales["log"] and not bool((values_TC > 0).all()):
            raise DataError("the input has values that are not above 0, and the net reads logarithms: give others.")
        count = "all count" if net.whole_series else f"the last {self.window} count"
        tell(f"read: {', '.join(names)}, {len(values_TC):,} steps, of which {count}; {series.notes[1]}")
        scaled = Scaled.of(values_TC, **self.scales)
        origins_B = torch.tensor([len(values_TC)])
        inputs_BTI = scaled.x_TC[None, -self.window :]
        series_TC = scaled.x_TC[:, list(self.horizon.columns)]
        batch = WindowBatch(inputs_BTI, torch.zeros(1, 0), None, 0, origins_B=origins_B, series_TC=series_TC)
        device = next(net.parameters()).device
        predicted = [names[column] for column in self.horizon.columns]
        values = forecast(net, batch.to(device), scaled, self.horizon)[0].tolist()
        rows = [predicted, *(list(map(repr, row)) for row in values)]
        yield "".join(f"{self.layout.separator.join(row)}\n" for row in rows)
