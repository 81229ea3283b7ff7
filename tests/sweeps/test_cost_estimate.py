"""What a sweep would cost: the arithmetic with measurements given, and the command as a user runs it."""

import re

import pytest
from command import bench, records

from bench.jobs.job import prepare
from bench.sweeps import cost_estimate
from bench.sweeps.cost_estimate import Seconds, budget, total

SMALL = ("data.limit=4000", "stack.hidden_size=8", "trainer.batch_size=4", "task.window=20", "speed.rounds=0")


@pytest.fixture
def jobs(compose, tmp_path):
    """jobs(*words, seeds=3) -> prepared jobs that differ in their seeds."""
    places = (f"paths.results={tmp_path}/results", f"paths.cache={tmp_path}/cache")
    return lambda *words, seeds=3: [prepare(compose(*places, *SMALL, *words, f"seed={seed}")) for seed in range(seeds)]


def test_steps_and_validations_are_those_of_the_budget(jobs):
    def of(*words):
        return budget(jobs(*words, seeds=1)[0])

    epoch = of("trainer.epochs=1")[0]
    assert epoch == 50  # 4,000 characters in 4 lanes, windows of 20
    assert of("trainer.epochs=3") == (3 * epoch, 3)
    assert of("trainer.epochs=3", "trainer.max_steps=10") == (10, 1)
    assert of("trainer.epochs=1", "trainer.validate_every_steps=10") == (epoch, -(-epoch // 10))


def test_every_shape_is_measured_once_and_work_is_shared_by_slots(jobs):
    measured_shapes = []

    def measured(job):
        measured_shapes.append((job.config.cell["name"], job.config.seed))
        return Seconds(10.0, 2.0) if job.config.cell["name"] == "gru" else Seconds(30.0, 4.0)

    all_jobs = [*jobs("cell=gru"), *jobs("cell=lstm")]
    assert total(all_jobs, measured) == 3 * 12 + 3 * 34
    assert measured_shapes == [("gru", 0), ("lstm", 0)]
    monitored = [*jobs("cell=gru", "launcher.jobs=2"), *jobs("cell=lstm", "launcher.jobs=2")]
    assert total(monitored, measured) == (3 * 12 + 3 * 34) / 2


def test_one_training_that_is_decoded_twice_counts_once(jobs):
    decodes = [*jobs("decode.temperature=0.5", seeds=1), *jobs("decode.temperature=1.0", seeds=1)]
    assert total(decodes, lambda job: Seconds(10.0, 2.0)) == 10 + 2 * 2


def test_the_speed_pass_is_in_it(jobs):
    words = ("speed.rounds=5", "speed.seconds=0.2")
    assert total([*jobs("cell=gru", *words), *jobs("cell=lstm", *words)], lambda job: Seconds(0.0, 0.0)) == pytest.approx(2.0)


def test_what_has_its_record_costs_nothing(jobs, monkeypatch):
    monkeypatch.setattr(cost_estimate, "probe", lambda job: Seconds(60.0, 0.0))
    open_jobs = jobs()
    assert cost_estimate.estimate(open_jobs) == "3 jobs, about 3 minutes on this machine"
    from bench.jobs.run import run

    run(open_jobs[0], "")
    assert cost_estimate.estimate(open_jobs) == "2 jobs, about 2 minutes on this machine"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "2 seconds"),
        (80, "80 seconds"),
        (100, "1.7 minutes"),
        (725, "12 minutes"),
        (5400, "1.5 hours"),
        (1e6, "278 hours"),
    ],
)
def test_times_are_round(seconds, words):
    assert cost_estimate._rounded(seconds) == words


@pytest.mark.parametrize(
    "words",
    [
        ("task=translation", "data.limit=300", "decode.width=2", "evaluation.batch_size=16"),
        ("task=name_tagging", "data.limit=300", "net.crf=true"),
        ("task=adding", "data.length=10"),
    ],
)
def test_tasks_of_every_kind_can_be_tried(compose, tmp_path, words):
    small = ("stack.hidden_size=8", "trainer.batch_size=16", "trainer.max_steps=3")
    job = prepare(compose(f"paths.results={tmp_path}", f"paths.cache={tmp_path}", *small, *words))
    cost = cost_estimate.probe(job)
    assert cost.training > 0 and cost.scoring > 0


def test_a_counted_net_costs_nothing(compose, tmp_path):
    places = (f"paths.results={tmp_path}", f"paths.cache={tmp_path}")
    assert cost_estimate.probe(prepare(compose(*places, "task=name_tagging", "model=hmm", "data.limit=300"))) == Seconds(
        0.0, 0.0
    )


def test_the_command_trains_nothing_and_a_sweep_says_it_first(tmp_path):
    words = (
        "+sweep=quick",
        "sweep.rows=[{}]",
        "seed=0",
        "cell=gru",
        "trainer.epochs=2",
        "speed.rounds=0",
        "track=none",
        "data.limit=60000",
    )
    answer = bench(tmp_path, "cost", *words)
    line = re.compile(r"^1 job, about ([\d.]+) (seconds|minutes) on this machine$", re.MULTILINE)
    assert answer.returncode == 0 and line.fullmatch(answer.stdout.strip()), answer.stderr
    assert not list(tmp_path.rglob("*.json"))
    ran = bench(tmp_path, *words, "sweep.estimate=true")
    assert ran.returncode == 0, ran.stderr
    (match,) = line.finditer(ran.stderr)
    assert match.start() < ran.stderr.index("job 1 of 1")
    (recorded,) = records(tmp_path / "runs" / "quick").values()
    estimated = float(match[1]) * (60 if match[2] == "minutes" else 1)
    assert recorded["train"]["seconds"] / 5 < estimated < 5 * recorded["train"]["seconds"] + 10
    assert not line.search(bench(tmp_path, *words, "sweep.estimate=true").stderr)  # nothing is left to run


def test_a_wrong_key_is_refused_in_one_sentence(tmp_path):
    refused = bench(tmp_path, "cost", "+sweep=quick", "stack.dpeth=2")
    assert refused.returncode == 2 and "stack.dpeth is unknown" in refused.stderr
