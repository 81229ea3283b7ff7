"""The caption: what a reader must know to believe the table, in sentences made from the records."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bench.stats import significance
from bench.stats.intervals import order_statistic
from bench.tables import config_keys, difference_columns, metric_columns, provenance, published, skill, speed_columns
from bench.tables.comparison import Comparison
from bench.tables.table import Column, Filled
from bench.tables.tuning import TEST, TRAIN, VALIDATION, Measured, Metric, finite, metrics_of

LOOPS = {"train_": "a raw training loop", "decode_": "decoding only"}
FINDINGS = "The findings use a t-test, which assumes normally distributed seeds and therefore needs fewer of them."
KINDS = ("test.", "validation.", "train.")


def lines(comparison: Comparison, filled: Sequence[Filled]) -> tuple[str, ...]:
    """The sentences, in the order in which a reader asks."""
    columns = [part.column for part in filled]
    return tuple(
        [
            *_direction(columns),
            *skill.sentences(filled),
            *_intervals(filled, ranked=not comparison.across),
            *_differences(comparison, filled),
            *_scoring(comparison),
            *_signatures(comparison, metric_columns.of_rows(comparison.rows, comparison.split)),
            *_tuning(comparison),
            *_protocol(comparison, comparison.split),
            *_follow(comparison),
            *_failures(comparison),
            *_missing(comparison),
            *_speed(comparison, columns),
            *provenance.data(comparison),
            *provenance.machine(comparison),
            *published.sentences(comparison, columns),
            *([comparison.spec.note.strip()] if comparison.spec.note.strip() else []),
        ]
    )


def of_metrics(comparison: Comparison, rows: Iterable[int], metrics: Iterable[Metric]) -> list[str]:
    """The sentences on how these metrics of these rows were measured."""
    comparison = replace(comparison, rows=tuple(comparison.rows[row] for row in sorted(set(rows))))
    distinct = list(dict.fromkeys(metrics))
    ways = {f"{metric.name.replace('_', ' ')}: {metric.better} is better" for metric in distinct if metric.better}
    return [
        *([f"{'; '.join(sorted(ways))}."] if ways else []),
        *_signatures(comparison, distinct),
        *(line for split in dict.fromkeys(metric.split for metric in distinct) for line in _protocol(comparison, split)),
        *_failures(comparison),
        *provenance.data(comparison)[:1],
        *provenance.machine(comparison),
    ]


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


def _intervals(filled: Sequence[Filled], *, ranked: bool) -> list[str]:
    cells = [cell for part in filled if part.column.key.startswith(KINDS) for cell in part.cells]
    if not any(cell.value is not None for cell in cells):
        return []
    if all(cell.low is None for cell in cells):
        return ["One seed per row: there are no intervals, and no metric is ranked."]
    half = "±: half width of the 95 % t-interval over seeds"
    single = " (none for a single seed)" if any(cell.n == 1 for cell in cells) else ""
    bold = " Bold: the best row, if its interval does not overlap any other row's." if ranked else ""
    return [f"{half}{single}.{bold}"]


def _differences(comparison: Comparison, filled: Sequence[Filled]) -> list[str]:
    key = next((part.column.key for part in filled if part.column.key.startswith(difference_columns.PREFIX)), None)
    if key is None or comparison.baseline is None:
        return []
    metric = key.removeprefix(difference_columns.PREFIX).replace(".", " ").replace("_", " ")
    name = comparison.name_of(comparison.rows[comparison.baseline])
    pairs = difference_columns.pairs_of(filled)
    return [
        f"Difference: {metric} minus that of {name}, mean over pairs of runs with the same seed, with its 95 % t-interval (not "
        "corrected for the number of rows).",
        _tests(pairs),
        *([FINDINGS] if any(claim.data in ("", str(comparison.data["name"])) for claim in comparison.spec.claims) else []),
    ]


def _tests(pairs: Sequence[int]) -> str:
    """What p-values there are, or why there are none worth showing. `pairs`: how many seeds stand behind each difference."""
    asked = f"{len(pairs)} row{'s' if len(pairs) > 1 else ''}"
    seeds = " to ".join(str(count) for count in dict.fromkeys([min(pairs), max(pairs)]))
    least, uncorrected = significance.reachable(pairs), significance.smallest(max(pairs))
    if least < significance.LEVEL:
        return (
            f"p: exact randomisation test over {seeds} pairs of seeds, Holm-corrected over {asked}; "
            f"{difference_columns.STAR} p < {significance.LEVEL:.2g}."
        )
    corrected = f", {min(least, 1):.3g} after Holm correction over {asked}" if len(pairs) > 1 else ""
    return (
        f"No p-values are shown: an exact randomisation test over {seeds} pairs of seeds cannot reach p < "
        f"{significance.LEVEL:.2g} (minimum {uncorrected:.3g}{corrected})."
    )


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
    flats = [config_keys.flatten(row.records[0].config) for row in comparison.rows]
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
        wanted = ", ".join(
            f"{key} {config_keys.label(value)}" for key, value in config_keys.flatten(comparison.spec.baseline).items()
        )
        return [*sentences, f"No speed ratio: the baseline ({wanted}) does not match exactly one row."]
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
