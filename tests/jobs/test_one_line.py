"""How a job that ended is told: what was measured, by its name, and in how much time."""

from typing import Any

from bench.jobs.record_builder import one_line


def test_scores_have_the_name_of_their_metric_and_fit_a_line(make: Any) -> None:
    run = make(test=1.43456, validation=1.5)
    name = next(iter(run.metrics["test"]))
    run.train["seconds"] = 61.4
    scores = {split: next(iter(metrics.values()))["value"] for split, metrics in run.metrics.items()}
    told = one_line(run)
    assert told == f"ok  {name} validation {scores['validation']:.4g}, test {scores['test']:.4g}  1:01"
    assert len(told) < 60


def test_each_split_names_its_metric_where_they_differ(make: Any) -> None:
    run = make()
    run.metrics["test"] = {"bleu": {"value": 30.0, "unit": "%"}}
    assert "test bleu 30  " in one_line(run)
