"""The caption: what a reader must know to believe the table, in sentences made from the records."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bench.records.flat import flatten
from bench.stats.intervals import order_statistic
from bench.tables import (
    config_keys,
    interval_sentences,
    many_seeds,
    metric_columns,
    provenance,
    published,
    settled,
    skill,
    solved,
    speed_columns,
)
from bench.tables.comparison import Comparison
from bench.tables.interval_sentences import KINDS
from bench.tables.table import Column, Filled
from bench.tables.tuning import TEST, TRAIN, VALIDATION, Measured, Metric, finite, metrics_of

LOOPS = {"train_": "a raw training loop", "decode_": "decoding only"}


def lines(comparison: Comparison, filled: Sequence[Filled]) -> tuple[str, ...]:
    """At most six lines, in the order in which a reader asks; what else there is to say is in `provenance_lines`."""
    columns = [part.column for part in filled]
    parts = (
        [*_direction(columns), *skill.sentences(filled), *_solved(comparison)],
        [*interval_sentences.intervals(filled, ranked=not comparison.across), *many_seeds.sentences(comparison)],
        interval_sentences.differences(comparison, filled),
        [*_tuning(comparison), *_protocol(comparison, comparison.split)],
        [*_settled(comparison), *_scoring(comparison), *_failures(comparison), *_missing(comparison)],
        provenance.conditions(comparison),
    )
    return tuple(" ".join(sentences) for sentences in parts if sentences)


def provenance_lines(comparison: Comparison, filled: Sequence[Filled]) -> tuple[str, ...]:
    """What stands once a page: the sweep's own note, in what rows differ, data, versions, sources."""
    columns = [part.column for part in filled]
    return tuple(
        [
            *([comparison.spec.note.strip()] if comparison.spec.note.strip() else []),
            *_follow(comparison),
            *_signatures(comparison, metric_columns.of_rows(comparison.rows, comparison.split)),
            *_speed(comparison, columns),
            *provenance.data(comparison),
            *provenance.machine(comparison),
            *published.sentences(comparison, columns),
        ]
    )


def under_a_further_table(comparison: Comparison, rows: Iterable[int], metrics: Iterable[Metric]) -> list[str]:
    """The last line of a caption about some rows: which way is better, which split, what failed, on what they ran."""
    comparison, distinct = _only(comparison, rows), list(dict.fromkeys(metrics))
    ways = {f"{metric.name.replace('_', ' ')}: {metric.better} is better" for metric in distinct if metric.better}
    sentences = [
        *([f"{'; '.join(sorted(ways))}."] if ways else []),
        *(line for split in dict.fromkeys(metric.split for metric in distinct) for line in _protocol(comparison, split)),
        *_failures(comparison),
        *provenance.conditions(comparison),
    ]
    return [" ".join(sentences)] if sentences else []


def provenance_of_metrics(comparison: Comparison, rows: Iterable[int], metrics: Iterable[Metric]) -> tuple[str, ...]:
    """How these metrics of these rows were computed, and from what."""
    comparison = _only(comparison, rows)
    others = [metric for metric in dict.fromkeys(metrics) if metric.split != comparison.split]  # the main table has the rest
    return (*_signatures(comparison, others), *provenance.data(comparison)[:1])


def _only(comparison: Comparison, rows: Iterable[int]) -> Comparison:
    return replace(comparison, rows=tuple(comparison.rows[row] for row in sorted(set(rows))))


def _direction(columns: Sequence[Column]) -> list[str]:
    sentences = []
    for better in ("lower", "higher"):
        names: dict[str, str] = {}
        for column in columns:
            if column.key.startswith(KINDS) and column.better == better and not column.detail:
                names[column.name.partition(" ")[2]] = f" ({column.unit})" if column.unit else ""
        if names:
            sentences.append(f"{better.capitalize()} is better: {', '.join(name + unit for name, unit in names.items())}.")
    return sentences


def _solved(comparison: Comparison) -> list[str]:
    metrics = metric_columns.of_rows(comparison.rows, comparison.split)
    return [solved.SENTENCE] if any(solved.parted(row, metric) for row in comparison.rows for metric in metrics) else []


def _settled(comparison: Comparison) -> list[str]:
    """Rows whose order a longer training could still turn, and those whose tuned value is at an edge of its grid."""
    rows = [row for row in comparison.rows if row.ok]
    moving = [row for row in rows if not settled.budget_settled(row)]
    sentences = []
    if moving:
        which = "no row has" if len(moving) == len(rows) else f"{provenance.names(comparison, moving)} have not"
        sentences.append(f"The budget still decides: {which} settled, for a best validation lies in the last tenth of it.")
    at_edge = [row for row in rows if settled.edges(row, comparison.grouping.tuned_keys)]
    if at_edge:
        which = "all rows" if len(at_edge) == len(rows) else provenance.names(comparison, at_edge)
        sentences.append(f"At an edge of what was tuned over: {which}.")
    return sentences


def _scoring(comparison: Comparison) -> list[str]:
    metrics = metric_columns.of_rows(comparison.rows, comparison.split)
    ways = {metric.name: metric_columns.ways_of_scoring(comparison.rows, metric) for metric in metrics}
    return [
        f"{name.replace('_', ' ')} was scored in different ways and is not ranked: {'; '.join(different)}."
        for name, different in ways.items()
        if different and different != [metric_columns.DIFFERENT_DATA]  # which `provenance.data` says once
    ]


def _signatures(comparison: Comparison, metrics: Sequence[Metric]) -> list[str]:
    """How the metrics were computed, where their runs say it, all in one way."""
    parts = []
    for metric in metrics:
        entries = [record.metrics.get(metric.split, {}).get(metric.name, {}) for row in comparison.rows for record in row.ok]
        signatures = {str(entry["signature"]) for entry in entries if entry.get("signature")}
        if len(signatures) == 1 and "/" not in metric.name:
            parts.append(f"{metric.name.replace('_', ' ')} {signatures.pop()}")
    return [f"Signatures: {'; '.join(dict.fromkeys(parts))}."] if parts else []


def _tuning(comparison: Comparison) -> list[str]:
    tuned = comparison.grouping.tuned_keys
    if not tuned:
        return []
    sets = []
    for index, key in enumerate(tuned):
        values = {candidate.tuned[index] for row in comparison.rows for candidate in row.group.candidates}
        ordered = sorted(values, key=lambda value: (isinstance(value, str), value if value is not None else -1))
        sets.append(f"{key} in {{{', '.join(config_keys.label(value) for value in ordered)}}}")
    budgets = {frozenset(candidate.tuned for candidate in row.group.candidates) for row in comparison.rows}
    unequal = ["Rows were tuned over different sets of values, so their tuning budgets differ."] if len(budgets) > 1 else []
    return [f"Tuning: for each row, the best on validation of {' and '.join(sets)}.", *unequal]


def _protocol(comparison: Comparison, split: str) -> list[str]:
    if comparison.primary is None or split == TRAIN:
        return []
    if split == TEST:
        return ["The test split was scored once, with the checkpoint that was best on validation."]
    published_too = ", which is also the protocol of the published figures" if published.fitting(comparison) else ""
    sentence = f"scores are on the validation split, which was also used to choose the checkpoint{published_too}."
    return [sentence.capitalize() if TEST in comparison.data["splits"] else f"The data set has no test split: {sentence}"]


def _follow(comparison: Comparison) -> list[str]:
    """Keys that vary but are no column, since the row keys determine them; less those that copy another (a decoder's cell)."""
    named = {key.split(".")[0] for key in comparison.grouping.row_keys if key.endswith(".name")}
    flats = [row.records[0].flat for row in comparison.rows]
    parts = []
    for key in comparison.grouping.follow:
        copied = ".".join(key.split(".")[-2:])
        if key.split(".")[0] in named or key.endswith("._target_"):
            continue
        if copied != key and all(config_keys.at(flat, key) == config_keys.at(flat, copied) for flat in flats):
            continue
        rows: dict[str, list[Measured]] = {}
        for flat, row in zip(flats, comparison.rows, strict=True):
            rows.setdefault(config_keys.label(config_keys.at(flat, key)), []).append(row)
        if len(rows) > 1:
            parts.append(
                f"{key}: {', '.join(f'{value} ({provenance.names(comparison, group)})' for value, group in rows.items())}"
            )
    return [f"Rows also differ in {'; '.join(parts)}."] if parts else []


def _failures(comparison: Comparison) -> list[str]:
    """How many runs are not ok, in which way; older records of runs that were repeated."""
    runs = [record for row in comparison.rows for record in row.group.records]
    chosen_by = next(iter(metrics_of(runs, VALIDATION)), None)
    problems = [
        "not finite" if record.status == "ok" else record.status.replace("_", " ")
        for record in runs
        if record.status != "ok" or not finite(record, chosen_by)
    ]
    counts = ", ".join(f"{problems.count(status)} {status}" for status in dict.fromkeys(problems))
    sentences = (
        [f"{len(problems)} of {len(runs)} runs {'is' if len(problems) == 1 else 'are'} not ok: {counts}."] if problems else []
    )
    if comparison.grouping.twins:
        sentences.append(f"Left out: {comparison.grouping.twins} older records of runs that were repeated.")
    if comparison.left_out:
        count = comparison.left_out
        sentences.append(
            f"Left out: {count} record{'' if count == 1 else 's'} of another definition of this sweep in the same folder."
        )
    return sentences


def _missing(comparison: Comparison) -> list[str]:
    """Rows that lack a run of a seed which others have; one that failed is there."""
    seeds_of_rows = [{record.config[config_keys.SEED] for record in row.records} for row in comparison.rows]
    every = sorted(set().union(*seeds_of_rows))
    lacking = [
        f"{comparison.name_of(row)} lacks {', '.join(str(seed) for seed in every if seed not in seeds)}"
        for row, seeds in zip(comparison.rows, seeds_of_rows, strict=True)
        if len(seeds) < len(every)
    ]
    return [f"Not all rows have the seeds {', '.join(map(str, every))}: {'; '.join(lacking)}."] if lacking else []


def _speed(comparison: Comparison, columns: Sequence[Column]) -> list[str]:
    rates = [column for column in columns if column.key.startswith("speed.") and column.key.endswith(speed_columns.RATE)]
    if not rates:
        return []
    shown_rate = next((column for column in rates if not column.detail), rates[0])
    rate = shown_rate.key.removeprefix("speed.")
    samples = speed_columns.samples_of(comparison.rows, rate)
    loop = next((name for start, name in LOOPS.items() if rate.startswith(start)), "a raw loop")
    n = min(len(entry[1]) for entry in samples if entry is not None)
    turns = ", alternating between rows," if sum(entry is not None for entry in samples) > 1 else ""
    sentences = [f"Speed: median of {n} samples of {loop}{turns} in one process."]
    if comparison.spec.baseline and comparison.baseline is None:
        baseline_row = ", ".join(
            f"{key} {config_keys.label(value)}" for key, value in flatten(comparison.spec.baseline).items()
        )
        return [*sentences, f"No speed ratio: the baseline ({baseline_row}) does not match exactly one row."]
    if comparison.baseline is None:
        return sentences
    compared = speed_columns.ratios(samples, comparison.baseline)
    name = comparison.name_of(comparison.rows[comparison.baseline])
    if any(value is not None for value in compared):
        kind = "95 % order-statistic interval" if order_statistic(n) > 1 or n >= 6 else "range (too few samples for 95 %)"
        sentences.append(
            f"Speed ratio: relative to {name}, median of the ratios of samples taken next to each other, with its {kind}; "
            "rows with overlapping intervals are not ranked."
        )
    unpaired = [
        comparison.name_of(row)
        for index, (row, value) in enumerate(zip(comparison.rows, compared, strict=True))
        if value is None and row.ok and index != comparison.baseline
    ]
    if unpaired:
        sentences.append(f"No speed ratio, because not measured in the same pass as {name}: {'; '.join(unpaired)}.")
    return sentences
