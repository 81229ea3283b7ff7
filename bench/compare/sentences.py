"""The table of outputs against outputs: each row's runs beside the baseline's of equal seed, resampled over sentences.

F1 is tested by `bench.stats.resampling`, BLEU by sacrebleu's own paired tests; the interval of the difference is that of the
bootstrap for both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.compare import predictions
from bench.compare.predictions import BLEU, Predictions
from bench.records.record import Record
from bench.stats import resampling
from bench.stats.intervals import Interval, t_interval
from bench.stats.resampling import RESAMPLES, TRIALS
from bench.stats.significance import LEVEL, holm
from bench.tables import TableError, config_keys, metric_columns, number_format, provenance
from bench.tables.comparison import Draft, drafts
from bench.tables.difference_columns import STAR
from bench.tables.rows import Labels
from bench.tables.table import Cell, Column, Row, Table
from bench.tables.tuning import Metric, value_of
from bench.tables.write import records_of


@dataclass(frozen=True)
class Duel:
    """A run and the baseline's run of equal seed."""

    labels: Labels
    record: Record
    base: Record
    difference: Interval
    p_bootstrap: float
    p_randomisation: float


def by_sentence(folder: Path) -> list[Table]:
    """One table a data set. Raises TableError where there is nothing to compare."""
    return [_table(folder, draft) for draft in drafts(records_of(folder))]


def _table(folder: Path, draft: Draft) -> Table:
    metric = draft.primary
    if metric is None:
        raise TableError(f"{folder} has no run that is ok: there is nothing to compare.")
    base = draft.baseline or 0
    twins = [
        (row.labels, record, twin)
        for index, row in enumerate(draft.rows)
        for record in row.ok
        for twin in draft.rows[base].ok
        if index != base and record.config["seed"] == twin.config["seed"]
    ]
    predictions.check(metric)
    read = {one.run_id: predictions.read(folder, one, metric=metric) for _, *pair in twins for one in pair}
    there = [pair for pair in twins if all(read[one.run_id] is not None for one in pair[1:])]
    if not there:
        raise TableError(
            f"{folder / 'outputs'} holds the outputs of no row beside those of {draft.name_of(draft.rows[base])} with the same "
            "seed: give a folder with two rows of one data set; where outputs were deleted, delete their records too and make "
            "the runs again."
        )
    duels = _duels(there, {run_id: outputs for run_id, outputs in read.items() if outputs is not None}, metric)
    missing, lines = len(twins) - len(there), len(duels)
    whose = "sacrebleu's paired" if metric.name in BLEU else "paired"
    caption = [
        f"Difference: of {metric.split} {metric.name.replace('_', ' ')} to {draft.name_of(draft.rows[base])} of equal seed, "
        f"with the 95 % interval of {RESAMPLES:,} paired bootstrap resamples over {duels[0].difference.n:,} sentences.",
        f"p: {whose} bootstrap ({RESAMPLES:,} resamples) and approximate randomisation ({TRIALS:,} trials), each corrected by "
        f"Holm over {lines} line{'' if lines == 1 else 's'}, so that none under {lines / (RESAMPLES + 1):.2g} and "
        f"{lines / (TRIALS + 1):.2g} can come out; {STAR} p < {LEVEL:.2g} by randomisation.",
        "Sentences are resampled, seeds are not: a line tells two outputs apart, not two kinds of net.",
        *([f"Left out, since their outputs were not kept: {missing} of {len(twins)} pairs of runs."] if missing else []),
        *provenance.data(draft)[:1],
    ]
    return Table(
        f"{draft.spec.title}: outputs by sentence",
        _columns(draft, metric),
        _rows(duels, metric),
        tuple(caption),
        str(draft.data["name"]),
        str(draft.data["sha256"]),
    )


def _duels(pairs: Sequence[tuple[Labels, Record, Record]], read: Mapping[str, Predictions], metric: Metric) -> list[Duel]:
    duels = []
    for labels, record, base in pairs:
        ours, theirs = read[record.run_id], read[base.run_id]
        difference, p_bootstrap = resampling.bootstrap(ours.sums_SK, theirs.sums_SK, score=ours.score)
        if metric.name in BLEU:
            p_bootstrap, p_randomisation = (_sacrebleu(ours, theirs, test=test) for test in ("bs", "ar"))
        else:
            p_randomisation = resampling.randomisation(ours.sums_SK, theirs.sums_SK, score=ours.score)
        duels.append(Duel(labels, record, base, difference, p_bootstrap, p_randomisation))
    return duels


def _sacrebleu(ours: Predictions, theirs: Predictions, *, test: str) -> float:
    from sacrebleu.metrics.bleu import BLEU as Bleu
    from sacrebleu.significance import PairedTest

    from bench.metrics.bleu import streams

    _, found = PairedTest(
        [("base", theirs.lines), ("row", ours.lines)],
        {"bleu": Bleu(tokenize="none", force=True)},
        streams(ours.lines, ours.references),
        test_type=test,
        n_samples=RESAMPLES if test == "bs" else TRIALS,
    )()
    result: Any = found["BLEU"][1]
    return float(result.p_value)


def _columns(draft: Draft, metric: Metric) -> tuple[Column, ...]:
    headings = config_keys.headings(draft.grouping.row_keys)
    name = metric.name.replace("_", " ")
    return (
        *(Column(key, headings[key], numeric=False) for key in draft.grouping.row_keys),
        Column("seed", "seed"),
        Column("baseline", f"baseline {name}", metric.unit, metric.better, weight=2),
        Column(metric.key, name, metric.unit, metric.better, weight=1),
        Column("difference", "difference", metric.unit),
        Column("p_bootstrap", "p bootstrap"),
        Column("p_randomisation", "p randomisation"),
    )


def _rows(duels: Sequence[Duel], metric: Metric) -> tuple[Row, ...]:
    scores = [[t_interval([value_of(one, metric) or 0.0]) for one in (duel.base, duel.record)] for duel in duels]
    places = number_format.decimals([score for both in scores for score in both])
    p_values = zip(holm([duel.p_bootstrap for duel in duels]), holm([duel.p_randomisation for duel in duels]), strict=True)
    rows = []
    for duel, both, (bootstrap, randomisation) in zip(duels, scores, p_values, strict=True):
        cells = [
            *(Cell(config_keys.label(label), label) for label in duel.labels),
            Cell(str(duel.record.config["seed"]), duel.record.config["seed"]),
            *(metric_columns.cell(number_format.with_half_width(score, places), score) for score in both),
            metric_columns.cell(_difference(duel.difference, places, p=randomisation), duel.difference),
            Cell(number_format.p_value(bootstrap), bootstrap),
            Cell(number_format.p_value(randomisation), randomisation),
        ]
        rows.append(Row(tuple(cells)))
    return tuple(rows)


def _difference(value: Interval, places: int, *, p: float) -> str:
    """With bounds: a bootstrap's interval is not symmetric."""
    return f"{'+' if value.centre > 0 else ''}{number_format.with_bounds(value, places)}{f' {STAR}' if p < LEVEL else ''}"
