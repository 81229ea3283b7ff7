"""What jobs of a sweep are called while they run."""

from types import SimpleNamespace
from typing import Any

from bench.sweeps.positions import positions


def job(label: str, run_id: str, **plain: Any) -> Any:
    return SimpleNamespace(label=label, run_id=run_id, plain={"seed": 0, **plain})


def test_jobs_that_would_read_alike_say_what_they_differ_in() -> None:
    jobs = [job("lstm", "a", data={"path": "x.csv"}), job("lstm", "b", data={"path": "y.csv"}), job("gru", "c", data={})]
    assert positions(jobs) == ["job 1 of 3  path x.csv", "job 2 of 3  path y.csv", "job 3 of 3"]
    assert positions([job("lstm", "a", seed=0), job("gru", "b", seed=1)]) == ["job 1 of 2", "job 2 of 2"]
    assert positions([job("lstm", "a"), job("lstm", "a")]) == ["job 1 of 2", "job 2 of 2"]
