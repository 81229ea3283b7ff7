"""Sweeps on other engines: Slurm by submitit, Ray, Optuna's search. Skipped where an extra is not installed."""

import importlib.util
import os
import sqlite3

import pytest
from command import ROOT, SMALL, bench, records

QUIET = (*SMALL, "speed.rounds=0")


def here(room):
    return f"paths.results={room}/results", f"paths.cache={room}/cache"


def needs(package, extra):
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"needs {package}: python -m pip install '.[{extra}]'")


def statuses(folder):
    return [record["status"] for record in records(folder).values()]


def test_submitit_runs_each_job_in_a_process(tmp_path):
    needs("submitit", "slurm")
    done = bench(tmp_path, "-m", "launcher=submitit", "seed=0,1", *QUIET, *here(tmp_path))
    assert done.returncode == 0, done.stderr
    assert statuses(tmp_path / "runs" / "single") == ["ok", "ok"]
    assert (tmp_path / "runs" / "single" / "table.md").is_file()


def test_slurm_gets_a_script_with_the_resources_and_runs_the_jobs(tmp_path, monkeypatch):
    needs("submitit", "slurm")
    monkeypatch.setenv("PATH", f"{ROOT / 'tests' / 'slurm'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("FAKE_SLURM", str(tmp_path))
    wanted = {"partition": "gpu", "timeout_min": 90, "cpus_per_task": 4, "mem_gb": 8, "gpus_per_node": 1}
    words = [f"hydra.launcher.{key}={value}" for key, value in wanted.items()]
    done = bench(tmp_path, "-m", "launcher=slurm", "seed=0,1", *words, *QUIET, *here(tmp_path))
    assert done.returncode == 0, done.stderr
    assert statuses(tmp_path / "runs" / "single") == ["ok", "ok"]
    script = (tmp_path / "script.sh").read_text().splitlines()
    for line in ("partition=gpu", "time=90", "cpus-per-task=4", "mem=8GB", "gpus-per-node=1", "array=0-1%2"):
        assert f"#SBATCH --{line}" in script


def test_ray_runs_the_jobs_on_two_workers(tmp_path):
    needs("ray", "ray")
    words = ("launcher=ray", "+hydra.launcher.ray.init.num_cpus=2", "seed=0,1,2")
    done = bench(tmp_path, "-m", *words, *QUIET, *here(tmp_path))
    assert done.returncode == 0, done.stderr
    assert statuses(tmp_path / "runs" / "single") == ["ok", "ok", "ok"]


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


def test_relative_folders_and_settings_of_processes_are_refused_elsewhere(compose):
    from bench.errors import ConfigError

    elsewhere = ("launcher.name=slurm", "paths.results=/r", "paths.cache=/c")
    assert compose(*elsewhere).launcher.name == "slurm"
    with pytest.raises(ConfigError, match=r"paths\.results=runs is relative"):
        compose("launcher.name=slurm", "paths.cache=/c")
    with pytest.raises(ConfigError, match=r"launcher.jobs, .* are for launcher=processes"):
        compose(*elsewhere, "launcher.jobs=2")
