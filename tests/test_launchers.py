"""Sweeps on other engines: Slurm by stand-ins for its commands, submitit, Ray, Optuna's search; skipped without the extra."""

import importlib.util
import os
import re
import signal
import sqlite3
from pathlib import Path

import pytest
from command import LONG, ROOT, SMALL, bench, descendants, records, start, trains, verb, wait_for

from bench.build import build
from bench.errors import ConfigError

QUIET = (*SMALL, "speed.rounds=0")
ONE_RAY = pytest.mark.xdist_group("ray")  # address=auto finds any that runs on the machine
ENDLESS = (*LONG, "speed.rounds=0", "trainer.snapshot_minutes=0.005")


def here(room):
    return f"paths.results={room}/results", f"paths.cache={room}/cache"


def needs(package, extra):
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"needs {package}: python -m pip install '.[{extra}]'")


def statuses(folder):
    return [record["status"] for record in records(folder).values()]


def jobs_on_nodes(room):
    """The processes that train, by the file that they print to."""
    folder = f"{room}/results/single/cluster/"
    prints_to = {pid: os.path.realpath(f"/proc/{pid}/fd/2") for pid in descendants(1)}
    return [pid for pid, file in prints_to.items() if file.startswith(folder) and file.endswith(".log")]


def set_up_slurm(room, monkeypatch):
    needs("submitit", "slurm")
    monkeypatch.setenv("PATH", f"{ROOT / 'tests' / 'slurm'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("FAKE_SLURM", str(room))


@pytest.fixture
def slurm(tmp_path, monkeypatch):
    set_up_slurm(tmp_path, monkeypatch)
    return tmp_path


def test_rows_and_the_speed_pass_run_on_the_cluster_and_the_table_has_the_order_of_the_sweep(slurm):
    wanted = {"partition": "gpu", "timeout_min": 90, "cpus_per_task": 1, "mem_gb": 8, "gpus_per_node": 1, "account": "us"}
    words = [f"launcher.cluster.{key}={value}" for key, value in wanted.items()]
    rows = "sweep.rows=[{cell:lstm},{cell:gru}]"
    done = bench(slurm, "-m", "launcher=slurm", rows, "launcher.jobs=2", *words, *SMALL, *here(slurm))
    assert done.returncode == 0, done.stderr
    folder = slurm / "results" / "single"
    assert statuses(folder) == ["ok", "ok"]
    assert re.findall("lstm|gru", (folder / "table.csv").read_text())[:2] == ["lstm", "gru"]
    assert len(list((folder / "cluster").glob("77_*_submitted.pkl"))) == 2
    assert all("train_tokens_per_second" in record["speed"] for record in records(folder).values())
    assert "the speed pass goes to Slurm" in done.stderr
    assert (folder / "cluster" / "speed.log").read_text().startswith("speed pass: 2 rows")
    script = (slurm / "script.sh").read_text().splitlines()
    for line in ("partition=gpu", "time=90", "cpus-per-task=1", "mem=8GB", "gpus-per-node=1", "account=us", "array=0-1%2"):
        assert f"#SBATCH --{line}" in script
    for said in (f"what they print: {folder / 'cluster'}", "2 queued, 0 running, 0 done", "job 1 of 2", "job 2 of 2", "2 done"):
        assert said in done.stderr


def test_what_slurm_refuses_is_one_sentence(slurm):
    done = bench(slurm, "-m", "launcher=slurm", "launcher.cluster.partition=closed", "seed=0,1", *QUIET, *here(slurm))
    assert done.returncode == 2
    assert "refused: launcher.cluster: sbatch refuses the jobs (sbatch: error: invalid partition" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_job_whose_time_is_up_saves_is_queued_again_and_goes_on_to_the_same_weights(slurm):
    """The signal comes to every process of the job, as Slurm sends it."""
    length = ("trainer.epochs=60", "speed.rounds=0", "trainer.snapshot_minutes=1000")
    process = start(slurm, "-m", "launcher=slurm", "seed=0", *SMALL, *length, *here(slurm))
    wait_for(trains(slurm), seconds=300)
    for pid in [pid for pid, (_, words) in descendants(1).items() if of_slurm(pid, slurm) and "bash" not in words]:
        os.kill(pid, signal.SIGUSR2)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    output = next((slurm / "results" / "single" / "cluster").glob("*.log")).read_text()
    assert "interrupted" in output and "ok" in output.splitlines()[-1]
    (resumed,) = records(slurm / "results" / "single").values()
    undisturbed = bench(slurm, "seed=0", *SMALL, *length, f"paths.results={slurm}/other", f"paths.cache={slurm}/other_cache")
    assert undisturbed.returncode == 0
    (whole,) = records(slurm / "other" / "single").values()
    assert resumed["status"] == "ok"
    assert resumed["metrics"] == whole["metrics"]


def of_slurm(pid, room):
    try:
        content = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False
    return f"FAKE_SLURM={room}".encode() in content and b"SLURM_JOB_ID=77" in content


@ONE_RAY
@pytest.mark.parametrize("last", [None, "127.0.0.1:1"], ids=["none", "one_that_is_gone"])
def test_no_cluster_at_the_address_is_one_sentence(last, tmp_path, monkeypatch):
    """First of its group: Ray waits long for one that is about to end."""
    needs("ray", "ray")
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path))
    if last:  # as a machine leaves it that was switched off while its cluster ran
        (tmp_path / "ray").mkdir()
        (tmp_path / "ray" / "ray_current_cluster").write_text(last)
    done = bench(tmp_path, "launcher=ray", "launcher.cluster.address=auto", *QUIET, *here(tmp_path))
    assert done.returncode == 2
    assert "launcher.cluster.address=auto: no Ray cluster answers" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("engine", ["submitit", "slurm", pytest.param("ray", marks=ONE_RAY)])
def test_a_job_that_is_killed_leaves_a_record_and_an_interrupt_lets_the_others_save(engine, tmp_path, monkeypatch):
    if engine == "ray":
        needs("ray", "ray")
    else:
        set_up_slurm(tmp_path, monkeypatch)
    process = start(tmp_path, "-m", f"launcher={engine}", "launcher.jobs=2", "seed=0,1", *ENDLESS, *here(tmp_path))
    wait_for(lambda: len(trains(tmp_path)()) == 2, seconds=300)
    os.kill(jobs_on_nodes(tmp_path)[0], signal.SIGKILL)
    folder = tmp_path / "results" / "single"
    wait_for(lambda: statuses(folder) == ["killed"])
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    assert "Traceback" not in err and "of 2" in err and "repeat the command to continue" in err
    assert sorted(statuses(folder)) == ["interrupted", "killed"]
    (killed,) = [record for record in records(folder).values() if record["status"] == "killed"]
    assert f"on {os.uname().nodename} was ended by SIGKILL" in killed["error"]["message"]


@ONE_RAY
def test_ray_runs_the_jobs_side_by_side_and_trains_once_what_is_decoded_twice(tmp_path):
    needs("ray", "ray")
    words = ("launcher=ray", "launcher.cluster.num_cpus=0.5", "seed=0,1", "decode=sample", "decode.temperature=0.5,1")
    done = bench(tmp_path, "-m", *words, *QUIET, *here(tmp_path))
    assert done.returncode == 0, done.stderr
    made = records(tmp_path / "results" / "single").values()
    assert [record["status"] for record in made] == ["ok"] * 4
    assert len({(record["train_id"], record["train"]["seconds"]) for record in made}) == 2
    assert "Ray with 1 node" in done.stderr


def test_a_search_goes_on_and_writes_its_best_as_a_sweep(tmp_path):
    needs("optuna", "search")
    folder = tmp_path / "runs" / "search" / "char_lm"
    for trials in (2, 4, 4):
        done = bench(tmp_path, "+search=char_lm", f"hydra.sweeper.n_trials={trials}", *QUIET)
        assert done.returncode == 0, done.stderr
        assert len(records(folder)) == trials
        assert sqlite3.connect(folder / "study.db").execute("select count(*) from trials").fetchone() == (trials,)
    best = min(record["metrics"]["validation"]["nats_per_char"]["value"] for record in records(folder).values())
    again = bench(tmp_path, "--config-dir", str(folder), "+sweep=best", "track=none", "speed.rounds=0")
    assert again.returncode == 0, again.stderr
    (made,) = records(tmp_path / "runs" / "best").values()
    assert made["metrics"]["validation"]["nats_per_char"]["value"] == best
    assert made["train_id"] in {record["train_id"] for record in records(folder).values()}


def test_an_interrupted_trial_of_a_search_is_run_again_with_its_values_and_goes_on(tmp_path, capsys):
    needs("optuna", "search")
    folder = tmp_path / "runs" / "search" / "char_lm"
    length = ("trainer.epochs=50", "trainer.snapshot_minutes=1000")
    words = ("+search=char_lm", "hydra.sweeper.n_trials=1", *QUIET, *length)
    process = start(tmp_path, *words)
    wait_for(trains(tmp_path), seconds=300)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    assert verb("status")([str(folder)]) == 0
    assert re.search(r"1 interrupted, of 1 jobs\n.* saved at step \d+", capsys.readouterr().out)
    done = bench(tmp_path, *words)
    assert done.returncode == 0, done.stderr
    assert "continues at step" in done.stderr
    assert statuses(folder) == ["ok"]  # of the same run
    study = sqlite3.connect(folder / "study.db")
    assert study.execute("select state from trials order by number").fetchall() == [("FAIL",), ("COMPLETE",)]
    first, second = (
        study.execute("select param_name, param_value from trial_params where trial_id = ? order by 1", (trial,)).fetchall()
        for (trial,) in study.execute("select trial_id from trials order by number").fetchall()
    )
    assert first == second and len(first) == 3


@pytest.mark.parametrize(
    ("words", "package", "extra"),
    [
        (["-m", "launcher=slurm"], "submitit", "slurm"),
        (["launcher=ray"], "ray", "ray"),
        (["+search=char_lm"], "optuna", "search"),
    ],
)
def test_an_extra_that_is_missing_is_named(tmp_path, words, package, extra):
    if importlib.util.find_spec(package) is not None:
        pytest.skip(f"{package} is installed")
    done = bench(tmp_path, *words)
    assert done.returncode == 2
    assert f"python -m pip install 'recurrent-bench[{extra}]'" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.fixture
def every_extra(monkeypatch):
    from bench.clusters import cluster

    monkeypatch.setattr(cluster, "find_spec", lambda package: package)


def test_folders_that_only_this_machine_sees_are_refused_elsewhere(compose, every_extra):
    elsewhere = ("launcher=slurm", "paths.results=/r", "paths.cache=/c", "trainer.threads=4")
    assert compose(*elsewhere).launcher.name == "slurm"
    with pytest.raises(ConfigError, match=r"paths\.results=runs is relative"):
        compose("launcher=slurm", "paths.cache=/c")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["launcher=ray", "launcher.cluster.num_cpus=-1"], r"launcher\.cluster\.num_cpus=-1 is out of range"),
        (["launcher=ray", "launcher.cluster.num_cpus=two"], r"launcher\.cluster\.num_cpus='two' is refused: give a number"),
        (["launcher=slurm", "launcher.cluster.timeout_min=0"], r"launcher\.cluster\.timeout_min=0 is out of range"),
        (["launcher=slurm", "+launcher.cluster.partitions=x"], r"partitions is unknown \(did you mean partition\?\)"),
    ],
)
def test_what_a_cluster_is_asked_for_is_checked_before(words, sentence, compose, every_extra):
    with pytest.raises(ConfigError, match=sentence):
        compose(*words, "paths.results=/r", "paths.cache=/c")


@pytest.mark.parametrize(
    ("word", "current"),
    [
        ("hydra.launcher.ray.init.address=auto", "launcher.cluster.address=auto"),
        ("+hydra.launcher.ray.remote.num_cpus=2", "launcher.cluster.num_cpus=2"),
        ("hydra.launcher.partition=gpu", "launcher.cluster.partition=gpu"),
        ("hydra.launcher.array_parallelism=4", "launcher.jobs=4"),
        ("hydra/launcher=ray", "launcher=slurm, ray, submitit or processes"),
    ],
)
def test_keys_of_hydras_launchers_are_refused_with_those_of_today(word, current):
    from bench.config.typed import check_words

    with pytest.raises(ConfigError, match=re.escape(f"give {current}.")):
        check_words([word])


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ("0:9", "was ended by SIGKILL"),
        ("137:0", "was ended by SIGKILL"),
        ("1:0", "ended with exit status 1"),
        ("", "was ended from outside"),
    ],
)
def test_an_exit_code_of_slurm_says_the_signal(said, cause):
    from bench.clusters.slurm import _by_exit_code

    assert _by_exit_code(said) == cause


def test_a_cluster_is_one_of_the_suites_classes():
    with pytest.raises(ConfigError, match=r"must name something under bench\.clusters"):
        build({"_target_": "os.system"}, key="launcher.cluster")
