"""Columns of speed: the median of the samples, and its ratio to the baseline row.

Only samples of one speed pass are compared: there, samples of equal index were taken next to each other. A row
measured in another pass shows its median and no ratio. Rows whose ratios overlap are not ranked; peak memory is never
ranked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bench.records.record import Record
from bench.stats.intervals import Interval, best, median_interval, paired_ratio
from bench.tables import number_format
from bench.tables.table import EMPTY, Cell, Column, Filled
from bench.tables.tuning import Measured

RATE = "_per_second"
MEMORY = "peak_memory_bytes"
MEBIBYTE = 2**20
SECONDARY = {"decode_tokens_per_second": "decode_sentences_per_second"}
"""Rates that are only in the CSV if the other one is there."""

Samples = tuple[str, list[float]]
"""The id of the pass, and its samples."""


def columns(rows: Sequence[Measured], baseline: int | None) -> list[Filled]:
    """Speed columns of all rates in the records, with ratios where there is a baseline row, then peak memory."""
    names = list(dict.fromkeys(name for row in rows for record in row.group.records for name in record.speed))
    filled: list[Filled] = []
    for name in names:
        if name.endswith(RATE):
            filled += _rate(rows, name, baseline=baseline, detail=name in SECONDARY and SECONDARY[name] in names)
        elif name != MEMORY:
            filled.append(_plain(rows, name))
    return [*filled, _memory(rows)] if MEMORY in names else filled


def samples_of(rows: Sequence[Measured], name: str) -> list[Samples | None]:
    """The samples of each row from the pass that covers most rows, else from another pass; None where there are none.

    A speed pass measures a row once and notes it in the records of all its seeds: the first record that has it is read.
    """
    passes_of_rows = [_passes(row.ok, name) for row in rows]
    counts = Counter(identity for passes in passes_of_rows for identity in passes)
    order = sorted(counts, key=lambda identity: (counts[identity], identity), reverse=True)
    chosen = [next((identity for identity in order if identity in passes), None) for passes in passes_of_rows]
    return [
        None if identity is None else (identity, passes[identity])
        for identity, passes in zip(chosen, passes_of_rows, strict=True)
    ]


def ratios(samples: Sequence[Samples | None], baseline: int | None) -> list[Interval | None]:
    """Each row's ratio to the baseline row; None for a row that was not measured in the baseline's pass.

    Where no other row was, the baseline's ratio to itself says nothing, and is None too.
    """
    base = samples[baseline] if baseline is not None else None
    if base is None or sum(sample is not None and sample[0] == base[0] for sample in samples) < 2:
        return [None for _ in samples]
    return [paired_ratio(sample[1], base[1]) if sample is not None and sample[0] == base[0] else None for sample in samples]


def _passes(records: Sequence[Record], name: str) -> dict[str, list[float]]:
    samples_by_pass: dict[str, list[float]] = {}
    for record in records:
        if name in record.speed and record.speed[name]["samples"]:
            samples_by_pass.setdefault(str(record.speed[name]["pass"]), record.speed[name]["samples"])
    return samples_by_pass


def _rate(rows: Sequence[Measured], name: str, *, baseline: int | None, detail: bool) -> list[Filled]:
    samples = samples_of(rows, name)
    detail = detail or (name.startswith("train_") and one_training(rows))
    compared = ratios(samples, baseline)
    winner = best(compared, "higher")
    name_in_words = name.removesuffix(RATE).replace("_", " ")
    speed = Column(f"speed.{name}", f"{name_in_words}/s", f"{name_in_words.split()[-1]}/s", "higher", weight=1, detail=detail)
    medians = tuple(_median(sample, index == winner) for index, sample in enumerate(samples))
    if not any(compared):
        return [Filled(speed, medians)]
    places = number_format.decimals(value for index, value in enumerate(compared) if index != baseline)
    cells = tuple(
        EMPTY
        if value is None
        else _ratio(value, "1" if index == baseline else number_format.with_bounds(value, places), is_best=index == winner)
        for index, value in enumerate(compared)
    )
    return [
        Filled(speed, medians),
        Filled(Column(f"ratio.{name}", "speed ratio", "", "higher", weight=3, detail=detail), cells),
    ]


def one_training(rows: Sequence[Measured]) -> bool:
    """Whether several rows are decoded from the same trainings, so that the speed of training compares nothing."""
    trainings = [{record.train_id for record in row.ok} for row in rows]
    return len(rows) > 1 and all(ids and ids == trainings[0] for ids in trainings)


def _median(sample: Samples | None, is_best: bool) -> Cell:
    if sample is None:
        return EMPTY
    value = median_interval(sample[1])
    return Cell(number_format.significant(value.centre), value.centre, value.low, value.high, value.n, is_best)


def _ratio(value: Interval, text: str, *, is_best: bool) -> Cell:
    return Cell(text, value.centre, value.low, value.high, value.n, is_best)


def _plain(rows: Sequence[Measured], name: str) -> Filled:
    units = [record.speed[name]["unit"] for row in rows for record in row.ok if name in record.speed]
    cells = tuple(_median(sample, False) for sample in samples_of(rows, name))
    return Filled(Column(f"speed.{name}", name.replace("_", " "), units[0] if units else "", detail=True), cells)


def _memory(rows: Sequence[Measured]) -> Filled:
    cells = []
    for sample in samples_of(rows, MEMORY):
        value = None if sample is None else median_interval(sample[1]).centre / MEBIBYTE
        cells.append(
            EMPTY if value is None or sample is None else Cell(number_format.significant(value, 3), value, n=len(sample[1]))
        )
    return Filled(Column(f"speed.{MEMORY}", "peak memory MiB", "MiB", weight=5, detail=one_training(rows)), tuple(cells))
