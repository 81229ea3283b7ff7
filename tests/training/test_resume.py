"""An interrupted training ends as if nothing had happened, bit for bit."""

import hashlib
import os
import pickle
import random
import signal
import time

import pytest
import torch
from command import LONG, SMALL, bench, records, start, wait_for, workers
from pytorch_lightning.callbacks import Callback

from bench.config.factory import make_net, make_task
from bench.records.machine import computes_bf16
from bench.training import interrupts as interrupts_module
from bench.training.checkpoint import Checkpoint
from bench.training.interrupts import Interrupts
from bench.training.learner import Learner
from bench.training.resume import Resume
from bench.training.snapshots import Snapshots
from bench.training.trainer import train

TINY = ("stack.hidden_size=8", "trainer.batch_size=8", "trainer.log_every_steps=3", "stack.dropout=0.3")
TASKS = {
    "carried state": ("task=char_lm", "data.limit=3000", "task.window=20", "trainer.epochs=3", "stack.depth=2"),
    "validated every 7 steps": ("data.limit=3000", "task.window=20", "trainer.epochs=2", "trainer.validate_every_steps=7"),
    "a schedule and bf16": (
        "data.limit=3000",
        "task.window=20",
        "trainer.epochs=2",
        "optimiser.schedule=cosine",
        "optimiser.warmup_steps=9",
        f"trainer.precision={'bf16' if computes_bf16() else 'float32'}",  # where the processor has it
        "stack.depth=2",
    ),
    "momentum": ("data.limit=3000", "task.window=20", "trainer.epochs=2", "optimiser.name=sgd", "optimiser.lr=0.1"),
    "stopped early": ("data.limit=1500", "task.window=20", "trainer.epochs=9", "trainer.patience=2", "optimiser.lr=0.2"),
    "translation": (
        "task=translation",
        "data=cmudict",
        "data.limit=300",
        "trainer.epochs=2",
        "net.sampling.ratio=0.5",
    ),
    "tagging": ("task=name_tagging", "data=python_names", "data.limit=400", "trainer.epochs=2", "net.crf=true"),
}


class PowerCut(RuntimeError):
    pass


class Cut(Callback):
    """A snapshot every `every` steps, and no power after the steps `cuts`."""

    def __init__(self, resume, every, cuts):
        self.resume, self.every, self.cuts = resume, every, cuts

    def on_train_batch_start(self, trainer, learner, batch, index):
        self.resume.seconds = 0 if trainer.global_step % self.every == 0 else float("inf")

    def on_train_batch_end(self, trainer, learner, outputs, batch, index):
        if trainer.global_step in self.cuts:
            self.cuts.remove(trainer.global_step)
            raise PowerCut


def fit(config, room, every=5, cuts=(), befalls=lambda checkpoint: None, warnings=()):
    """Trains to the end, in as many attempts as there are cuts; `befalls` the checkpoint after each of them."""
    cuts = list(cuts)
    while True:
        torch.manual_seed(config.seed)
        random.seed(config.seed)
        task = make_task(config)
        learner = Learner(task, make_net(config, task), config.optimiser)
        checkpoint, warned = Checkpoint(room), []
        resume = Resume(Snapshots(checkpoint.folder, warned.append), minutes=1e9)
        callbacks = [Cut(resume, every, cuts), resume]
        try:
            summary = train(learner, config.trainer, seed=0, checkpoint=checkpoint, log=lambda *_: None, callbacks=callbacks)
        except PowerCut:
            befalls(checkpoint)
            continue
        assert len(warned) == len(warnings) and all(part in line for part, line in zip(warnings, warned, strict=True))
        return learner, summary, checkpoint


@pytest.mark.parametrize("words", TASKS.values(), ids=TASKS)
def test_a_training_cut_three_times_ends_bit_equal(compose, tmp_path, words):
    config = compose(*TINY, *words)
    learner, summary, checkpoint = fit(config, tmp_path / "a")
    steps = summary["steps"]
    assert steps >= 20
    cuts = [3, steps // 2, steps // 2 + 1, steps - 1]
    again, same, other = fit(config, tmp_path / "b", cuts=cuts)
    weights, twice = learner.net.state_dict(), again.net.state_dict()
    assert all(weights[name].equal(twice[name]) for name in weights)
    assert checkpoint.weights.read_bytes() == other.weights.read_bytes()
    assert {**summary, "seconds": 0} == {**same, "seconds": 0}


def test_cut_after_every_single_step(compose, tmp_path):
    config = compose(*TINY, "data.limit=700", "task.window=20", "trainer.epochs=3")
    learner, summary, _ = fit(config, tmp_path / "a")
    again, same, _ = fit(config, tmp_path / "b", every=1, cuts=range(1, summary["steps"] + 1))
    assert summary["curve"] == same["curve"]
    weights, twice = learner.net.state_dict(), again.net.state_dict()
    assert all(weights[name].equal(twice[name]) for name in weights)


def flip(path):
    content = path.read_bytes()
    path.write_bytes(content[:-5] + bytes([content[-5] ^ 1]) + content[-4:])


DAMAGES = {
    "one bit of the weights": lambda checkpoint: flip(checkpoint.weights),
    "weights cut": lambda checkpoint: checkpoint.weights.write_bytes(checkpoint.weights.read_bytes()[:100]),
    "weights removed": lambda checkpoint: checkpoint.weights.unlink(),
    "one bit of what is about them": lambda checkpoint: flip(checkpoint.about),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_best_weights_damaged_while_nobody_trains_are_put_back_and_that_is_said(compose, tmp_path, damage):
    """The best pass lies before the cut, so nothing that is trained afterwards would replace what is damaged."""
    config = compose(*TINY, *TASKS["stopped early"])
    _, summary, checkpoint = fit(config, tmp_path / "a")
    cut = summary["steps"] - 2
    assert summary["best_step"] < cut - 5
    warnings = ("the best weights were damaged; those of step",)
    _, same, other = fit(config, tmp_path / "b", cuts=[cut], befalls=damage, warnings=warnings)
    assert checkpoint.weights.read_bytes() == other.weights.read_bytes()
    assert checkpoint.about.read_bytes() == other.about.read_bytes()
    assert {**summary, "seconds": 0} == {**same, "seconds": 0}


def content(step):
    return {"step": step, "net": {"x": torch.arange(2000.0) + step}, "random": (3, (1, 2), None)}


def test_the_newest_snapshot_is_read_and_the_older_one_replaced(tmp_path):
    snapshots = Snapshots(tmp_path, print)
    assert snapshots.newest() is None
    for step in (10, 20, 30):
        snapshots.write(content(step))
        assert Snapshots(tmp_path, print).newest()["step"] == step
    assert len(list(tmp_path.iterdir())) == 2
    snapshots.clear()
    assert list(tmp_path.iterdir()) == []


def test_a_torn_or_altered_snapshot_falls_back_to_the_one_before(tmp_path):
    snapshots = Snapshots(tmp_path, print)
    snapshots.write(content(10))
    snapshots.write(content(20))
    path = snapshots.newest_path
    intact = path.read_bytes()
    broken = [intact[:size] for size in range(0, len(intact), 100)]
    broken += [
        intact[:position] + bytes([intact[position] ^ 1]) + intact[position + 1 :] for position in range(0, len(intact), 100)
    ]
    for data in broken:
        path.write_bytes(data)
        warned = []
        again = Snapshots(tmp_path, warned.append)
        assert again.newest()["step"] == 10
        assert len(warned) == 1
        assert again.newest_path != path


def test_a_pickled_program_is_never_run(tmp_path):
    class Payload:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "canary"),)

    data = pickle.dumps(Payload(), protocol=2)
    (tmp_path / "snapshot-0").write_bytes(hashlib.sha256(data).hexdigest().encode() + b"\n" + data)
    warned = []
    assert Snapshots(tmp_path, warned.append).newest() is None
    assert "is no snapshot" in warned[0]
    assert not (tmp_path / "canary").exists()


def test_a_full_disk_keeps_the_last_snapshot_and_the_training_goes_on(compose, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    config = compose(*TINY, "data.limit=700", "task.window=20", "trainer.epochs=1")
    torch.manual_seed(0)
    task = make_task(config)
    learner, checkpoint, warned = Learner(task, make_net(config, task), config.optimiser), Checkpoint(tmp_path), []
    snapshots = Snapshots(checkpoint.folder, warned.append)
    snapshots.write({"step": 1})
    real = os.replace
    monkeypatch.setattr(os, "replace", lambda old, new: full() if "snapshot" in str(new) else real(old, new))
    with pytest.raises(OSError, match="No space left"):
        snapshots.write({"step": 2})
    assert snapshots.newest() == {"step": 1}
    snapshots.clear()
    train(
        learner,
        config.trainer,
        seed=0,
        checkpoint=checkpoint,
        log=lambda *_: None,
        callbacks=[Resume(snapshots, minutes=0)],
    )
    assert checkpoint.weights.is_file()
    assert "No space left on device" in warned[0]


def undisturbed(record):
    """A record less what differs between any two runs."""
    train_part = {key: value for key, value in record["train"].items() if key != "seconds"}
    return {key: record[key] for key in ("run_id", "train_id", "status", "metrics", "data", "parameters")} | {
        "train": train_part
    }


WORDS = ("-m", "seed=0,1", *SMALL, "trainer.epochs=40", "trainer.snapshot_minutes=0.005", "speed.rounds=0", "launcher.jobs=2")


@pytest.fixture(scope="module")
def calm(tmp_path_factory):
    """The records of the sweep `WORDS` that nothing disturbed."""
    room = tmp_path_factory.mktemp("calm")
    assert bench(room, *WORDS).returncode == 0
    return {name: undisturbed(record) for name, record in records(room / "runs" / "single").items()}


@pytest.mark.parametrize("victim", ["a job", "the sweep"])
def test_killed_anywhere_and_finished_by_the_same_command(tmp_path, calm, victim, turn):
    process = start(tmp_path, *WORDS)
    wait_for(lambda: workers(process))
    time.sleep(random.Random(turn).uniform(0, 3))
    for pid in workers(process)[:1] if victim == "a job" else [process.pid]:
        os.kill(pid, signal.SIGKILL)
    process.communicate(timeout=300)
    done = bench(tmp_path, *WORDS)
    assert done.returncode == 0, done.stderr
    assert {name: undisturbed(record) for name, record in records(tmp_path / "runs" / "single").items()} == calm
    assert not list((tmp_path / "cache").rglob("snapshot-*"))


@pytest.mark.parametrize("words", [("seed=0",), ("-m", "seed=0", "launcher.jobs=1")], ids=["a run", "a sweep"])
@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_saves_and_the_same_command_continues(tmp_path, words, signal_number):
    words = (*words, *LONG, "trainer.patience=40")
    process = start(tmp_path, *words)
    wait_for(lambda: list(tmp_path.rglob("best.safetensors")))
    process.send_signal(signal_number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert len(list(tmp_path.rglob("snapshot-*"))) == 1
    process = start(tmp_path, *words)
    time.sleep(0.1)
    line = ""
    while "continues at step" not in line:
        line = process.stderr.readline()
        assert line
    process.send_signal(signal_number)
    process.communicate(timeout=60)


def test_the_first_interrupt_waits_inside_a_training_alone_and_the_second_never(monkeypatch):
    interrupts = Interrupts()
    with pytest.raises(KeyboardInterrupt):
        interrupts._hear()
    with interrupts.until_saved():
        interrupts._hear()
        assert interrupts.asked
        interrupts._hear()  # the same, by another way
        monkeypatch.setattr(interrupts_module, "TOGETHER_S", 0.0)
        with pytest.raises(KeyboardInterrupt):
            interrupts._hear()
    with interrupts.until_saved():
        assert not interrupts.asked
    with pytest.raises(KeyboardInterrupt):
        interrupts._hear()
