"""The caption: what a reader must know to believe the table, in sentences made from the records."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bench.stats import significance
from bench.stats.intervals import order_statistic
from bench.tables import config_keys, difference_columns, metric_columns, provenance, published, skill, speed_columns
from bench.tables.comparison import Draft
from bench.tables.table import Column, Filled
from bench.tables.tuning import TEST, TRAIN, VALIDATION, Measured, Metric, finite, metrics_of

LOOPS = {"train_": "a raw training loop", "decode_": "decoding alone"}
FINDINGS = "The findings have a test of their own: t, which takes the seeds as normal, and so needs fewer."
KINDS = ("test.", "validation.", "train.")


def lines(draft: Draft, filled: Sequence[Filled]) -> tuple[str, ...]:
    """The sentences, in the order in which a reader asks."""
    columns = [part.column for part in filled]
    return tuple(
        [
            *_direction(columns),
            *skill.sentences(filled),
            *_intervals(filled, ranked=not draft.across),
            *_differences(draft, filled),
            *_scoring(draft),
            *_signatures(draft, metric_columns.of_rows(draft.rows, draft.split)),
            *_tuning(draft),
            *_protocol(draft, draft.split),
            *_follow(draft),
            *_failures(draft),
            *_missing(draft),
            *_speed(draft, columns),
            *provenance.data(draft),
            *provenance.machine(draft),
            *published.sentences(draft, columns),
            *([draft.spec.note.strip()] if draft.spec.note.strip() else []),
        ]
    )


def of_metrics(draft: Draft, rows: Iterable[int], metrics: Iterable[Metric]) -> list[str]:
    """What a table of these rows, with these metrics, has to say of how they were measured."""
    draft = replace(draft, rows=tuple(draft.rows[row] for row in sorted(set(rows))))
    distinct = list(dict.fromkeys(metrics))
    ways = {f"{metric.name.replace('_', ' ')}: {metric.better} is better" for metric in distinct if metric.better}
    return [
        *([f"{'; '.join(sorted(ways))}."] if ways else []),
        *_signatures(draft, distinct),
        *(line for split in dict.fromkeys(metric.split for metric in distinct) for line in _protocol(draft, split)),
        *_failures(draft),
        *provenance.data(draft)[:1],
        *provenance.machine(draft),
    ]


def _direction(columns: Sequence[Column]) -> list[str]:
    told = []
    for better in ("lower", "higher"):
        names: dict[str, str] = {}
        for column in columns:
            if column.key.startswith(KINDS) and column.better == better and not column.detail:
                names[column.name.partition(" ")[2]] = f" ({column.unit})" if column.unit else ""
        if names:
            told.append(f"{better.capitalize()} is better: {', '.join(name + unit for name, unit in names.items())}.")
    return told


def _intervals(filled: Sequence[Filled], *, ranked: bool) -> list[str]:
    cells = [cell for part in filled if part.column.key.startswith(KINDS) for cell in part.cells]
    if not any(cell.value is not None for cell in cells):
        return []
    if all(cell.low is None for cell in cells):
        return ["One seed a row: there are no intervals, and no metric is ranked."]
    half = "± is the half width of the 95 % t-interval over seeds"
    alone = "; one seed has none" if any(cell.n == 1 for cell in cells) else ""
    bold = " Bold: the best row, where its interval stands clear of every other row's." if ranked else ""
    return [f"{half}{alone}.{bold}"]


def _differences(draft: Draft, filled: Sequence[Filled]) -> list[str]:
    key = next((part.column.key for part in filled if part.column.key.startswith(difference_columns.PREFIX)), None)
    if key is None or draft.baseline is None:
        return []
    metric = key.removeprefix(difference_columns.PREFIX).replace(".", " ").replace("_", " ")
    name = draft.name_of(draft.rows[draft.baseline])
    pairs = difference_columns.pairs_of(filled)
    return [
        f"Difference: of {metric}, to {name}, the mean over pairs of equal seed with its 95 % t-interval, one row at a time.",
        _tests(pairs),
        *([FINDINGS] if any(one.data in ("", str(draft.data["name"])) for one in draft.spec.claims) else []),
    ]


def _tests(pairs: Sequence[int]) -> str:
    """What p-values there are, or why there are none worth showing. `pairs`: how many seeds stand behind each difference."""
    asked = f"{len(pairs)} row{'s' if len(pairs) > 1 else ''}"
    seeds = " to ".join(str(count) for count in dict.fromkeys([min(pairs), max(pairs)]))
    least, uncorrected = significance.reachable(pairs), significance.smallest(max(pairs))
    if least < significance.LEVEL:
        return (
            f"p: exact randomisation test over {seeds} pairs of seeds, corrected by Holm over {asked}; "
            f"{difference_columns.STAR} p < {significance.LEVEL:.2g}."
        )
    corrected = f", {min(least, 1):.3g} when corrected by Holm over {asked}" if len(pairs) > 1 else ""
    return (
        f"No p-value under {significance.LEVEL:.2g} can come out: an exact randomisation test over {seeds} pairs of seeds "
        f"gives none below {uncorrected:.3g}{corrected}."
    )


def _scoring(draft: Draft) -> list[str]:
    shown = metric_columns.of_rows(draft.rows, draft.split)
    ways = {metric.name: metric_columns.ways_of_scoring(draft.rows, metric) for metric in shown}
    return [
        f"{name.replace('_', ' ')} was not scored alike in all rows and is not ranked: {'; '.join(different)}."
        for name, different in ways.items()
        if different and different != [metric_columns.DIFFERENT_DATA]  # which `provenance.data` tells once
    ]


def _signatures(draft: Draft, metrics: Sequence[Metric]) -> list[str]:
    """How the metrics were computed, where their runs say it, all in one way."""
    told = []
    for metric in metrics:
        entries = [record.metrics.get(metric.split, {}).get(metric.name, {}) for row in draft.rows for record in row.ok]
        found = {str(entry["signature"]) for entry in entries if entry.get("signature")}
        if len(found) == 1 and "/" not in metric.name:
            told.append(f"{metric.name.replace('_', ' ')} {found.pop()}")
    return [f"Signatures: {'; '.join(dict.fromkeys(told))}."] if told else []


def _tuning(draft: Draft) -> list[str]:
    tuned = draft.grouping.tuned_keys
    if not tuned:
        return []
    sets = []
    for index, key in enumerate(tuned):
        values = {candidate.tuned[index] for row in draft.rows for candidate in row.group.candidates}
        ordered = sorted(values, key=lambda value: (isinstance(value, str), value if value is not None else -1))
        sets.append(f"{key} in {{{', '.join(config_keys.label(value) for value in ordered)}}}")
    budgets = {frozenset(candidate.tuned for candidate in row.group.candidates) for row in draft.rows}
    uneven = ["Not all rows were tried with the same values: their tuning budgets differ."] if len(budgets) > 1 else []
    return [f"Tuning: each row takes the best of {' and '.join(sets)} on validation.", *uneven]


def _protocol(draft: Draft, split: str) -> list[str]:
    if draft.primary is None or split == TRAIN:
        return []
    if split == TEST:
        return ["The test split was scored once, by the checkpoint chosen on validation."]
    published_too = ", the protocol of the published figures" if published.fitting(draft) else ""
    chosen = f"figures are on the validation text that also chose the checkpoint{published_too}."
    return [chosen.capitalize() if TEST in draft.data["splits"] else f"The data set has no test split: {chosen}"]


def _follow(draft: Draft) -> list[str]:
    """Keys that vary but are no column, since the row keys determine them; less those that copy another (a decoder's cell)."""
    named = {key.split(".")[0] for key in draft.grouping.row_keys if key.endswith(".name")}
    flats = [config_keys.flatten(row.records[0].config) for row in draft.rows]
    told = []
    for key in draft.grouping.follow:
        copied = ".".join(key.split(".")[-2:])
        if key.split(".")[0] in named or key.endswith("._target_"):
            continue
        if copied != key and all(config_keys.at(flat, key) == config_keys.at(flat, copied) for flat in flats):
            continue
        rows: dict[str, list[Measured]] = {}
        for flat, row in zip(flats, draft.rows, strict=True):
            rows.setdefault(config_keys.label(config_keys.at(flat, key)), []).append(row)
        if len(rows) > 1:
            told.append(f"{key} {', '.join(f'{value} ({provenance.names(draft, own)})' for value, own in rows.items())}")
    return [f"Rows also differ in {'; '.join(told)}."] if told else []


def _failures(draft: Draft) -> list[str]:
    """How many runs are not ok, in which way; older records of runs that were made again."""
    runs = [record for row in draft.rows for record in row.group.records]
    chosen_by = next(iter(metrics_of(runs, VALIDATION)), None)
    wrong = [
        "not finite" if record.status == "ok" else record.status.replace("_", " ")
        for record in runs
        if record.status != "ok" or not finite(record, chosen_by)
    ]
    counts = ", ".join(f"{wrong.count(status)} {status}" for status in dict.fromkeys(wrong))
    told = [f"{len(wrong)} of {len(runs)} runs {'is' if len(wrong) == 1 else 'are'} not ok: {counts}."] if wrong else []
    if draft.grouping.twins:
        told.append(f"Left out: {draft.grouping.twins} older records of runs that were made again.")
    return told


def _missing(draft: Draft) -> list[str]:
    """Rows that lack a run of a seed which others have; one that failed is there."""
    own = [{record.config[config_keys.SEED] for record in row.records} for row in draft.rows]
    every = sorted(set().union(*own))
    lacking = [
        f"{draft.name_of(row)} lacks {', '.join(str(seed) for seed in every if seed not in seeds)}"
        for row, seeds in zip(draft.rows, own, strict=True)
        if len(seeds) < len(every)
    ]
    return [f"Not all rows have the seeds {', '.join(map(str, every))}: {'; '.join(lacking)}."] if lacking else []


def _speed(draft: Draft, columns: Sequence[Column]) -> list[str]:
    rates = [column for column in columns if column.key.startswith("speed.") and column.key.endswith(speed_columns.RATE)]
    if not rates:
        return []
    shown = next((column for column in rates if not column.detail), rates[0])
    rate = shown.key.removeprefix("speed.")
    samples = speed_columns.samples_of(draft.rows, rate)
    loop = next((words for start, words in LOOPS.items() if rate.startswith(start)), "a raw loop")
    n = min(len(own[1]) for own in samples if own is not None)
    turns = ", the rows interleaved" if sum(own is not None for own in samples) > 1 else ""
    told = [f"Speed: median of {n} samples of {loop}{turns} in one process."]
    if draft.spec.baseline and draft.baseline is None:
        wanted = ", ".join(
            f"{key} {config_keys.label(value)}" for key, value in config_keys.flatten(draft.spec.baseline).items()
        )
        return [*told, f"No speed ratio: the baseline ({wanted}) does not name exactly one row."]
    if draft.baseline is None:
        return told
    compared = speed_columns.ratios(samples, draft.baseline)
    name = draft.name_of(draft.rows[draft.baseline])
    if any(value is not None for value in compared):
        kind = "95 % order-statistic interval" if order_statistic(n) > 1 or n >= 6 else "range (too few samples for 95 %)"
        told.append(
            f"Speed ratio: to {name}, the median of the ratios of neighbouring samples with its {kind}; "
            "rows whose intervals overlap are not ranked."
        )
    apart = [
        draft.name_of(row)
        for index, (row, value) in enumerate(zip(draft.rows, compared, strict=True))
        if value is None and row.ok and index != draft.baseline
    ]
    if apart:
        told.append(f"No speed ratio, since not measured in one pass with {name}: {'; '.join(apart)}.")
    return told
