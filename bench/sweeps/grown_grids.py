"""Grids of tuned values that grow: a row whose best value is the last that was tried also tries the next one (`sweep.grow`).

The further jobs are those of the chosen value, with the value beyond it and the same seeds. A value that the configuration
refuses ends it, as does the second step: the tables then say that the row stands at the edge of its grid.
"""

from collections.abc import Mapping, Sequence

from bench.records.record import Record
from bench.tables.comparison import comparisons_of
from bench.tables.settled import edges
from bench.tables.tuning import Measured

STEPS = 2

Number = int | float


def further(records: Sequence[Record], words: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """The overrides of the further jobs of one folder's records; `words` are those of each run."""
    jobs = []
    for comparison in comparisons_of(records):
        keys = comparison.grouping.tuned_keys
        for row in comparison.rows:
            for key in edges(row, keys):
                jobs += _next_of(row, key, keys.index(key), words)
    return jobs


def _next_of(row: Measured, key: str, index: int, words: Mapping[str, Sequence[str]]) -> list[list[str]]:
    assert row.tuned is not None
    tried = [
        value for value in {candidate.tuned[index] for candidate in row.group.candidates} if isinstance(value, int | float)
    ]
    chosen = row.tuned[index]
    assert isinstance(chosen, int | float)
    value = beyond(tried, chosen)
    jobs = [list(words[record.run_id]) for record in row.records if record.run_id in words]
    return [
        [f"{key}={value}" if word.partition("=")[0] == key else word for word in job]
        for job in jobs
        if any(word.partition("=")[0] == key for word in job)
    ]


def beyond(tried: Sequence[Number], chosen: Number) -> Number:
    """The value after the chosen one, which is the least or the greatest: as the grid goes, by factors where none is 0.

    >>> beyond([0.003, 0.01, 0.03], 0.03), beyond([0.003, 0.01, 0.03], 0.003), beyond([0.0, 0.2, 0.4], 0.4), beyond([1, 2], 2)
    (0.1, 0.001, 0.6, 4)
    """
    outward = sorted(tried, reverse=chosen == min(tried))
    last, before = outward[-1], outward[-2]
    if min(tried) <= 0:
        value: Number = last + (last - before)
    else:  # grids such as 1, 3, 10 have two factors in turn
        value = before * last / outward[-3] if len(outward) > 2 else last * last / before
    if all(isinstance(number, int) for number in tried):
        step = 1 if last > before else -1
        return last + step if round(value) == last else round(value)
    return float(f"{value:.3g}")
