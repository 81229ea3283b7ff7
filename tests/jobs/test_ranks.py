"""Several devices: processes with gloo stand for them."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from command import SMALL, bench, descendants, environment, records, start, wait_for
from torch.distributed.elastic.multiprocessing.errors import ProcessFailure

from bench.config.factory import make_net, make_task
from bench.jobs.rank_starter import killed
from bench.training.data_parallel import Ranks

QUIET = (*SMALL, "speed.rounds=0", "trainer.accelerator=cpu")
PLAIN = ("track=none", "stack.hidden_size=8", "speed.rounds=0", "trainer.accelerator=cpu")
TASKS = {
    "char_lm": ("data.limit=3000", "trainer.batch_size=5", "task.window=20"),
    "translation": ("task=translation", "data=cmudict", "data.limit=300", "trainer.batch_size=5"),
    "name_tagging": ("task=name_tagging", "data=python_names", "data.limit=300", "trainer.batch_size=5"),
}


class GivenTotals(Ranks):
    """A rank whose sums over ranks are given, not gathered."""

    def __init__(self, rank, count, totals):
        super().__init__(rank, count)
        self.totals = totals

    def total(self, value):
        return self.totals


@pytest.mark.parametrize("ranks", [2, 3, 7])
@pytest.mark.parametrize("words", TASKS.values(), ids=TASKS)
def test_the_mean_of_the_ranks_gradients_is_the_gradient_of_the_whole_batch(compose, words, ranks):
    config = compose("stack.hidden_size=8", *words)
    task = make_task(config)
    torch.manual_seed(0)
    net = make_net(config, task).double()
    batch = next(iter(task.train_loader(config.trainer.batch_size, 0)))
    (nll_sum, count), _ = net.loss(batch, None)
    expected = torch.autograd.grad(nll_sum / count, list(net.parameters()), allow_unused=True)
    mean = [torch.zeros_like(parameter) for parameter in net.parameters()]
    total = torch.zeros((), dtype=torch.float64)
    for rank in range(ranks):
        one_rank = GivenTotals(rank, ranks, count)
        (own_sum, own_count), _ = net.loss(one_rank.rows_of_rank(batch), None)
        loss, logged = one_rank.loss(own_sum, own_count, batch)
        total += logged
        for part, gradient in zip(mean, torch.autograd.grad(loss, list(net.parameters()), allow_unused=True), strict=True):
            if gradient is not None:
                part += gradient / ranks
    assert torch.allclose(total, nll_sum.detach().double())
    for part, gradient in zip(mean, expected, strict=True):
        assert torch.allclose(part, torch.zeros_like(part) if gradient is None else gradient, rtol=1e-5, atol=1e-7)


def test_each_row_is_read_by_one_rank(compose):
    task = make_task(compose(*TASKS["translation"]))
    batch = next(iter(task.train_loader(5, 0)))
    indices = [Ranks(rank, 3).rows_of_rank(batch).index_B for rank in range(3) if Ranks(rank, 3).reads(batch)]
    assert sorted(torch.cat(indices).tolist()) == sorted(batch.index_B.tolist())
    assert [Ranks(rank, 7).reads(batch) for rank in range(7)] == [True] * 5 + [False] * 2


def metrics(room):
    (record,) = records(room / "runs" / "single").values()
    assert record["status"] == "ok"
    return record


@pytest.mark.parametrize("words", [TASKS["char_lm"], TASKS["name_tagging"]], ids=["char_lm", "name_tagging"])
def test_two_devices_train_like_one(tmp_path, words):
    done = bench(tmp_path, "-m", *PLAIN, *words, "trainer.devices=1,2", "trainer.epochs=2")
    assert done.returncode == 0, done.stderr
    by_devices = {record["config"]["trainer"]["devices"]: record for record in records(tmp_path / "runs" / "single").values()}
    alone, together = by_devices[1], by_devices[2]
    assert alone["train"]["steps"] == together["train"]["steps"]
    assert alone["train"]["tokens"] == together["train"]["tokens"]
    assert together["train"]["curve"]["loss"] == pytest.approx(alone["train"]["curve"]["loss"], rel=1e-4)
    assert together["train"]["curve"]["validation"] == pytest.approx(alone["train"]["curve"]["validation"], rel=1e-3)


def test_a_sweep_mixes_one_and_two_devices(tmp_path):
    done = bench(tmp_path, "-m", "trainer.devices=1,2,1", "seed=0,1", *QUIET)
    assert done.returncode == 0, done.stderr
    all_records = records(tmp_path / "runs" / "single").values()
    assert sorted(record["config"]["trainer"]["devices"] for record in all_records) == [1, 1, 2, 2]
    assert {record["status"] for record in all_records} == {"ok"}


def test_a_loss_that_diverges_on_two_devices_is_a_record(tmp_path):
    wild = ("optimiser.name=sgd", "optimiser.lr=1e30", "optimiser.clip=null", "trainer.log_every_steps=5")
    done = bench(tmp_path, *wild, *QUIET, "trainer.devices=2")
    assert done.returncode == 1
    (record,) = records(tmp_path / "runs" / "single").values()
    assert record["status"] == "diverged"


def test_a_training_on_two_devices_whose_every_process_is_told_to_end_continues_bit_equal(tmp_path):
    """As a cluster tells them; those that have children pass it on."""
    words = (*QUIET, "trainer.devices=2", "trainer.epochs=8", "trainer.snapshot_minutes=0")
    calm, cut = tmp_path / "calm", tmp_path / "cut"
    calm.mkdir(), cut.mkdir()
    assert bench(calm, *words).returncode == 0
    process = start(cut, *words)
    wait_for(lambda: list(cut.rglob("rank-1/snapshot-1")))
    for pid in [process.pid, *descendants(process.pid)]:
        os.kill(pid, signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 130
    (interrupted,) = records(cut / "runs" / "single").values()
    assert interrupted["status"] == "interrupted" and interrupted["error"]["message"].startswith("saved at step ")
    done = bench(cut, *words)
    assert done.returncode == 0, done.stderr
    assert "continues at step" in done.stderr
    uninterrupted, resumed = metrics(calm), metrics(cut)
    assert uninterrupted["train"]["curve"] == resumed["train"]["curve"]
    assert uninterrupted["metrics"] == resumed["metrics"]


def failure(exitcode, timestamp):
    died = ProcessFailure(0, 1, exitcode, "none")
    died.timestamp = timestamp
    return died


def test_the_rank_that_was_killed_is_named_and_not_the_one_that_lost_its_peer():
    assert killed({0: failure(1, 5), 1: failure(-9, 6), 2: failure(-15, 4)}) == "rank 1 was killed by SIGKILL"
    assert killed({0: failure(-11, 6), 3: failure(-9, 7)}) == "rank 0 was killed by SIGSEGV"
    assert killed({0: failure(1, 5), 1: failure(-15, 6)}) is None


def rank(process, number):
    for pid, (_, line) in descendants(process.pid).items():
        if "bench.jobs.ranks" in line and f"\0RANK={number}\0" in Path(f"/proc/{pid}/environ").read_text():
            return pid


def test_a_killed_rank_is_a_record_that_names_it_in_few_lines(tmp_path):
    process = start(tmp_path, *QUIET, "trainer.devices=2", "trainer.epochs=10000", "trainer.snapshot_minutes=0")
    wait_for(lambda: list(tmp_path.rglob("rank-1/snapshot-1")))
    os.kill(rank(process, 1), signal.SIGKILL)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 1
    (record,) = records(tmp_path / "runs" / "single").values()
    assert (record["status"], record["error"]["message"]) == ("killed", "rank 1 was killed by SIGKILL")
    assert "killed" in err and len(err.splitlines()) <= 3, err


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_torchrun_on_two_nodes_trains_what_the_command_then_scores(tmp_path):
    words = (
        *QUIET,
        "trainer.devices=1",
        "trainer.nodes=2",
        f"paths.results={tmp_path}/runs",
        f"paths.cache={tmp_path}/cache",
    )
    (tmp_path / "job.yaml").write_text(bench(tmp_path, *words, "--cfg", "job").stdout)
    torchrun = ["-m", "torch.distributed.run", "--nnodes=2", "--nproc-per-node=1", "--rdzv-backend=c10d", "--rdzv-id=7"]
    command = [
        sys.executable,
        *torchrun,
        f"--rdzv-endpoint=127.0.0.1:{free_port()}",
        "--rdzv-id=7",
        "-m",
        "bench.jobs.ranks",
        "job.yaml",
    ]
    nodes = [subprocess.Popen(command, cwd=tmp_path, env=environment(tmp_path), stdout=subprocess.PIPE) for _ in range(2)]
    outputs = [node.communicate(timeout=300)[0].decode() for node in nodes]
    assert [node.returncode for node in nodes] == [0, 0]
    points = [json.loads(line) for output in outputs for line in output.splitlines()]
    (history,) = tmp_path.rglob("history.jsonl")  # which the command below logs
    history_points = [json.loads(line) for line in history.read_text().splitlines()]
    assert history_points == [{"step": point["step"], **point["values"]} for point in points if "values" in point] != []
    done = bench(tmp_path, *words)
    assert done.returncode == 0, done.stderr
    assert metrics(tmp_path)["config"]["trainer"]["nodes"] == 2
