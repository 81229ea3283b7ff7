"""Preparing a job: what it costs, and that it builds what it checks."""

import subprocess
import sys
from dataclasses import replace

import pytest
import torch
from command import environment

from bench.config.model_size import Unfilled
from bench.jobs.job import prepare, reopen
from bench.records.record import STATUSES, write


def test_preparing_imports_no_trainer_and_for_a_language_model_no_compiler(tmp_path):
    code = """
import sys
from hydra import compose, initialize_config_dir
from bench.config import schema as config
from bench.config.compose import to_run
from bench.jobs.job import prepare
config.register()
with initialize_config_dir(str(config.folder()), version_base="1.3"):
    prepare(to_run(compose("config", overrides=["track=none", "data.limit=300"])))
    assert "torch._dynamo" not in sys.modules
    for words in (["task=translation"], ["task=name_tagging", "net.crf=true"]):
        prepare(to_run(compose("config", overrides=["track=none", "data.limit=300", *words])))
for heavy in ("pytorch_lightning", "wandb", "datasets", "matplotlib"):
    assert heavy not in sys.modules, heavy
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_job_opened_again_is_the_same_job(compose, tmp_path):
    config = compose("data.limit=3000", f"paths.results={tmp_path}", "seed=3")
    job = prepare(config)
    again = reopen(config, job.names)
    assert (again.plain, again.label, again.folder) == (job.plain, job.label, job.folder)
    assert again.task.describe_data() == job.task.describe_data()


@pytest.mark.parametrize("reuse", ["any", "same_code"])
def test_how_a_job_ended_is_what_its_whole_record_says(compose, tmp_path, make, reuse):
    job = prepare(compose("data.limit=3000", f"paths.results={tmp_path}", f"reuse={reuse}"))
    assert job.ended() is None
    for status in STATUSES:
        for digest in (job.names.sources, "another"):
            run = make(status=status, error={"type": "E", "message": "x"}, code={"digest": digest})
            write(replace(run, run_id=job.run_id), job.folder)
            counts = status in ("ok", "diverged") and (reuse == "any" or digest != "another")
            assert job.ended() == (status if counts else None)
            assert (job.done() is not None) == counts


def test_unfilled_tensors_keep_their_shape():
    with torch.device("meta"), Unfilled():
        layer = torch.nn.Linear(3, 5)
        torch.nn.init.orthogonal_(layer.weight)
        unfilled = torch.empty(2, 3).normal_()
    assert layer.weight.shape == (5, 3) and unfilled.shape == (2, 3) and layer.weight.is_meta
    assert layer.weight.requires_grad
