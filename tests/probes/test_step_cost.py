"""What a step costs against its length, on costs that are known."""

import math

import pytest

from bench import probes
from bench.errors import ConfigError, DataError
from bench.jobs.identity import digest
from bench.jobs.job import prepare
from bench.probes import step_cost
from bench.records import machine

FEW = ("data.limit=9000", "trainer.batch_size=4", "stack.hidden_size=8")


@pytest.fixture
def job(compose, tmp_path):
    return lambda *words: prepare(compose(f"paths.results={tmp_path}", f"paths.cache={tmp_path}", *FEW, *words))


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_the_exponent_is_that_of_the_long_windows(power):
    costs = {length: 3e-4 * max(length, 256) ** power for length in step_cost.LENGTHS}
    assert step_cost.exponent(costs) == pytest.approx(power)


def test_a_cost_of_nothing_has_no_exponent():
    assert math.isnan(step_cost.exponent({256: 0.0, 512: 1.0, 1024: 2.0}))


def measured(seconds, memory=None):
    peak = {} if memory is None else {"peak_memory_bytes": {"samples": [memory]}}
    return {"train_step_seconds": {"samples": [seconds, 9 * seconds, seconds]}, **peak}


def test_truncation_pays_the_time_of_all_windows_and_the_memory_of_one():
    entries = {length: measured(1e-3 * length, (100 + 2 * length) * 2**20) for length in step_cost.LENGTHS}
    entries[64] = measured(0.1, 200 * 2**20)
    answer = step_cost.answer(entries)
    values = {name: metric.value for name, metric in answer.metrics.items()}
    assert values["seconds_exponent"] == pytest.approx(1)
    assert values["seconds_at_2048"] == pytest.approx(2.048)
    assert values["seconds_truncated"] == pytest.approx(32 * 0.1)
    assert 0.8 < values["memory_exponent"] < 1
    assert (values["memory_at_2048"], values["memory_truncated"]) == (100 + 2 * 2048, 200)
    assert answer.series["tokens"] == list(step_cost.LENGTHS)
    assert answer.series["memory"][0] == [132]


def test_memory_that_cannot_be_measured_is_left_out():
    answer = step_cost.answer({length: measured(length) for length in step_cost.LENGTHS})
    assert set(answer.metrics) == {"seconds_exponent", "seconds_at_2048", "seconds_truncated"}
    assert "memory" not in answer.series


def test_rows_take_turns_at_each_length_over_one_full_window(job, monkeypatch):
    calls = []

    def measure(configs, *, batches):
        calls.append([(config.cell["name"], config.task["window"], batches) for config in configs])
        return [measured(config.task["window"] * (1 + len(config.cell["name"]))) for config in configs]

    monkeypatch.setattr(step_cost, "measure", measure)
    gru, elman = step_cost.ask([job("cell=gru"), job("cell=elman")])
    assert calls == [[("gru", length, 1), ("elman", length, 1)] for length in step_cost.LENGTHS]
    assert (gru.metrics["seconds_at_2048"].value, elman.metrics["seconds_at_2048"].value) == (4 * 2048, 6 * 2048)


def test_seeds_tuned_values_and_windows_are_one_row(job):
    tuned = "+sweep.tune={optimiser.lr:[]}"
    jobs = [job(tuned, *words) for words in ((), ("seed=1",), ("optimiser.lr=0.1",), ("task.window=32",), ("cell=gru",))]
    assert step_cost.groups(jobs) == [[jobs[0], jobs[-1]]]


def identity(job):
    threads = job.config.trainer.threads
    return probes.run_id(
        "step_cost", job.train_id, {**machine.describe("cpu"), **({} if threads is None else {"threads": threads})}
    )


def test_what_changes_the_cost_changes_its_identity(job):
    base = identity(job())
    assert all(identity(job(word)) == base for word in ("decode=greedy", "paths.data=/x", "sweep.title=x"))
    hardware = [machine.describe("cpu")[key] for key in ("processor", "accelerator", "threads")]
    assert base == digest(["cost", 1, [job().train_id, hardware]])  # as it was called when the first answers were given
    for word in (
        "cell=gru",
        "stack.depth=2",
        "trainer.batch_size=3",
        "trainer.threads=7",
        *(["trainer.precision=bf16"] if machine.computes_bf16() else []),
        "data.limit=8999",
    ):
        assert identity(job(word)) != base, word


def test_the_shortest_text_is_one_full_window_a_lane(job):
    assert step_cost.groups([job("data.limit=8193")])
    with pytest.raises(DataError, match=r"has 8,192 tokens, but .* 2048 in each of trainer.batch_size=4 lanes needs 8,193:"):
        step_cost.groups([job("data.limit=8192")])


@pytest.mark.parametrize("word", ["speed.rounds=0", "trainer.devices=2"])
def test_what_cannot_be_measured_is_refused(job, word):
    with pytest.raises(ConfigError, match=word.split("=")[0]):
        step_cost.groups([job(word)])
