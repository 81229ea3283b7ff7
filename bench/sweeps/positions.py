"""What the jobs of a sweep are called while they run: their number, and what tells those apart that would read alike."""

from collections import Counter
from collections.abc import Sequence

from bench.jobs.job import Job
from bench.records.flat import flatten
from bench.tables import config_keys
from bench.tables.rows import name_of


def positions(jobs: Sequence[Job]) -> list[str]:
    """`job 2 of 9` each; of jobs with one label, also the values of the keys in which these differ."""
    counts = Counter(job.label for job in jobs)
    alike = {label: [job for job in jobs if job.label == label] for label, count in counts.items() if count > 1}
    differences = {label: _differences(members) for label, members in alike.items()}
    names = []
    for number, job in enumerate(jobs, 1):
        difference = differences.get(job.label, {}).get(job.run_id, "")
        names.append(f"job {number} of {len(jobs)}" + (f"  {difference}" if difference else ""))
    return names


def _differences(jobs: Sequence[Job]) -> dict[str, str]:
    """By run_id."""
    flats = [flatten(job.plain) for job in jobs]
    keys, _ = config_keys.row_keys(flats, ())
    return {job.run_id: name_of(keys, config_keys.values_at(flat, keys)) for job, flat in zip(jobs, flats, strict=True)}
