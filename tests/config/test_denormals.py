"""A process that has made a task or a net reads numbers below 1e-38 as 0, in all of its threads."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys
import torch
from hydra import compose, initialize_config_dir
from bench.config import schema
from bench.config.compose import to_run
from bench.config.factory import make_net, make_task

schema.register()
with initialize_config_dir(str(schema.folder()), version_base="1.3"):
    config = to_run(compose("config", ["data=generated", "task=adding", "data.length=4"]))
torch.set_num_threads(4)
if sys.argv[1] == "net":
    make_net(config, make_task(config))
elif sys.argv[1] == "task":
    make_task(config)
print(int((torch.full((1_000_000,), 1e-39) * 0.5).count_nonzero()))
"""


@pytest.mark.parametrize(("built", "denormals"), [("task", 0), ("net", 0), ("nothing", 1_000_000)])
def test_denormal_numbers_are_flushed(built, denormals):
    done = subprocess.run([sys.executable, "-c", PROGRAM, built], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) == denormals
