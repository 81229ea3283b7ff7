"""The table of outputs against outputs: each row's runs beside the baseline's of equal seed, resampled over sentences.

BLEU is tested by sacrebleu's own paired tests, all else by `bench.stats.resampling`; the interval of the difference is that of
the bootstrap for all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.metrics import item_sums
from bench.metrics.item_sums import ItemSums
from bench.records import output_files
from bench.records.output_files import Scored
from bench.records.record import Record
from bench.stats import resampling
from bench.stats.intervals import Interval, t_interval
from bench.stats.resampling import RESAMPLES, TRIALS
from bench.stats.significance import LEVEL, holm
from bench.tables import TableError, config_keys, metric_columns, number_format, outputs, provenance
from bench.tables.comparison import Comparison, comparisons_of
from bench.tables.difference_columns import STAR
from bench.tables.rows import Labels
from bench.tables.table import Cell, Column, Row, Table
from bench.tables.tuning import Metric, value_of
from bench.tables.write import records_of


@dataclass(frozen=True)
class RunPair:
    """A run and the baseline's run with the same seed, compared."""

    labels: Labels
    record: Record
    base: Record
    difference: Interval
    p_bootstrap: float
    p_randomisation: float


def by_sentence(folder: Path) -> list[Table]:
    """One table a data set. Raises TableError where there is nothing to compare."""
    return [_table(folder, comparison) for comparison in comparisons_of(records_of(folder))]


def _table(folder: Path, comparison: Comparison) -> Table:
    metric = comparison.primary
    if metric is None:
        raise TableError(f"{folder} has no run that is ok: there is nothing to compare.")
    base = comparison.baseline or 0
    base_name = comparison.name_of(comparison.rows[base])
    pairs = [
        (row.labels, record, twin)
        for index, row in enumerate(comparison.rows)
        for record in row.ok
        for twin in comparison.rows[base].ok
        if index != base and record.config["seed"] == twin.config["seed"]
    ]
    if metric.name not in item_sums.METRICS:
        raise TableError(
            f"{metric.key} cannot be compared by sentence: give a folder scored by one of {', '.join(item_sums.METRICS)}."
        )
    sums_by_run = {run.run_id: outputs.read(folder, run, metric=metric) for _, *pair in pairs for run in pair}
    available = [pair for pair in pairs if all(sums_by_run[run.run_id] is not None for run in pair[1:])]
    if not available:
        raise TableError(
            f"{folder / 'outputs'} has no outputs of a second row with the same seed as {base_name}: give a folder with two "
            "rows on the same data set; if outputs were deleted, delete their records too and repeat the runs."
        )
    compared = _compared(
        folder, available, {run_id: sums for run_id, sums in sums_by_run.items() if sums is not None}, metric=metric
    )
    missing, count = len(pairs) - len(available), len(compared)
    whose = "sacrebleu's paired" if metric.name in item_sums.BLEU else "paired"
    caption = [
        f"Difference: {metric.split} {metric.name.replace('_', ' ')} minus that of {base_name} with the same seed, with the "
        f"95 % interval of {RESAMPLES:,} paired bootstrap resamples over {compared[0].difference.n:,} sentences.",
        f"p: {whose} bootstrap ({RESAMPLES:,} resamples) and approximate randomisation ({TRIALS:,} trials), each "
        f"Holm-corrected over {count} line{'' if count == 1 else 's'}, so the minimum is {count / (RESAMPLES + 1):.2g} and "
        f"{count / (TRIALS + 1):.2g}; {STAR} p < {LEVEL:.2g} by randomisation.",
        "Sentences are resampled, seeds are not: a line compares two outputs, not two architectures.",
        *([f"Left out, since their outputs were not saved: {missing} of {len(pairs)} pairs of runs."] if missing else []),
        *provenance.data(comparison)[:1],
    ]
    return Table(
        f"{comparison.spec.title}: comparison by sentence",
        _columns(comparison, metric),
        _rows(compared, metric),
        tuple(caption),
        str(comparison.data["name"]),
        str(comparison.data["sha256"]),
    )


def _compared(
    folder: Path, pairs: Sequence[tuple[Labels, Record, Record]], sums_by_run: Mapping[str, ItemSums], *, metric: Metric
) -> list[RunPair]:
    compared = []
    for labels, record, base in pairs:
        ours, theirs = sums_by_run[record.run_id], sums_by_run[base.run_id]
        difference, p_bootstrap = resampling.bootstrap(ours.sums_SK, theirs.sums_SK, score=ours.score)
        if metric.name in item_sums.BLEU:
            p_bootstrap, p_randomisation = (_sacrebleu(folder, record, base, test=test) for test in ("bs", "ar"))
        else:
            p_randomisation = resampling.randomisation(ours.sums_SK, theirs.sums_SK, score=ours.score)
        compared.append(RunPair(labels, record, base, difference, p_bootstrap, p_randomisation))
    return compared


def _sacrebleu(folder: Path, record: Record, base: Record, *, test: str) -> float:
    from sacrebleu.metrics.bleu import BLEU as Bleu
    from sacrebleu.significance import PairedTest

    from bench.metrics.bleu import streams

    (lines, references), (base_lines, _) = (item_sums.joined(_outputs(folder, run)) for run in (record, base))
    _, results = PairedTest(
        [("base", base_lines), ("row", lines)],
        {"bleu": Bleu(tokenize="none", force=True)},
        streams(lines, references),
        test_type=test,
        n_samples=RESAMPLES if test == "bs" else TRIALS,
    )()
    result: Any = results["BLEU"][1]
    return float(result.p_value)


def _outputs(folder: Path, run: Record) -> Scored:
    scored = output_files.read(folder, run)
    assert scored is not None  # its sums were made of them
    return scored


def _columns(comparison: Comparison, metric: Metric) -> tuple[Column, ...]:
    headings = config_keys.headings(comparison.grouping.row_keys)
    name = metric.name.replace("_", " ")
    return (
        *(Column(key, headings[key], numeric=False) for key in comparison.grouping.row_keys),
        Column("seed", "seed"),
        Column("baseline", f"baseline {name}", metric.unit, metric.better, weight=2),
        Column(metric.key, name, metric.unit, metric.better, weight=1),
        Column("difference", "difference", metric.unit),
        Column("p_bootstrap", "p bootstrap"),
        Column("p_randomisation", "p randomisation"),
    )


def _rows(compared: Sequence[RunPair], metric: Metric) -> tuple[Row, ...]:
    scores = [[t_interval([value_of(run, metric) or 0.0]) for run in (item.base, item.record)] for item in compared]
    places = number_format.decimals([score for pair in scores for score in pair])
    p_values = zip(
        holm([item.p_bootstrap for item in compared]), holm([item.p_randomisation for item in compared]), strict=True
    )
    rows = []
    for item, pair, (bootstrap, randomisation) in zip(compared, scores, p_values, strict=True):
        cells = [
            *(Cell(config_keys.label(label), label) for label in item.labels),
            Cell(str(item.record.config["seed"]), item.record.config["seed"]),
            *(metric_columns.cell(number_format.with_half_width(score, places), score) for score in pair),
            metric_columns.cell(_difference(item.difference, places, p=randomisation), item.difference),
            Cell(number_format.p_value(bootstrap), bootstrap),
            Cell(number_format.p_value(randomisation), randomisation),
        ]
        rows.append(Row(tuple(cells)))
    return tuple(rows)


def _difference(value: Interval, places: int, *, p: float) -> str:
    """With bounds: a bootstrap's interval is not symmetric."""
    return f"{'+' if value.centre > 0 else ''}{number_format.with_bounds(value, places)}{f' {STAR}' if p < LEVEL else ''}"
