"""What a sweep shows at a terminal: a line for all of it, one for each job that runs, what jobs say above; else nothing."""

import io
import re
import sys
import time
from types import SimpleNamespace

import pytest

from bench.sweeps.screen import Screen, screen
from bench.terminal import Channel, Line, working
from bench.training.progress import Progress

CODE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal(io.StringIO):
    def isatty(self):
        return True

    def __enter__(self):
        self.usual, sys.stderr = sys.stderr, self
        return self

    def __exit__(self, *_):
        sys.stderr = self.usual

    def lines(self):
        return re.split(r"[\r\n]+", CODE.sub("", self.getvalue()))

    def await_text(self, text):
        """Until it was drawn, which happens some times a second."""
        end = time.monotonic() + 10
        while text not in CODE.sub("", self.getvalue()):
            assert time.monotonic() < end, self.lines()
            time.sleep(0.02)


@pytest.fixture
def terminal(monkeypatch):
    """At the width that a test sets."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return Terminal()


@pytest.mark.parametrize("width", [40, 80, 160])
def test_a_sweep_fits_the_width_whatever_its_jobs_are_called(width, terminal, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    with terminal, screen(3) as shown:
        for number in (0, 1):
            shown.start(number, f"job {number + 1} of 3  " + "a long [bold]name " * 12)
            Channel(shown.address(number)).show("training, loss 1.234", done=5, total=10, left=75.0)
        terminal.await_text("1:15")
    drawn = [line for line in terminal.lines() if line.strip()]
    assert max(map(len, drawn)) <= width
    assert any(line.startswith("job 2 of 3") for line in drawn) and any(line.startswith("sweep") for line in drawn)


def test_what_jobs_say_stands_above_and_their_stages_are_named(terminal):
    with terminal, screen(3) as shown:
        shown.start(0, "job 1 of 3  gru")
        terminal.await_text("loading")
        channel = Channel(shown.address(0))
        Line("job 1 of 3  gru", channel).stage("validating")
        terminal.await_text("validating")
        print("warning: [red] 0/0 is taken as 0", file=channel)
        Line("job 1 of 3  gru", channel).note("ok")
        shown.end(0, done=True)
        terminal.await_text("1 of 3 jobs")
        shown.start(1, "job 2 of 3  lstm")
        shown.end(1, done=False)  # another sweep is at it
        shown.skip()
        terminal.await_text("2 of 3 jobs")
    lines = [line.rstrip() for line in terminal.lines()]
    assert lines.count("warning: [red] 0/0 is taken as 0") == lines.count("job 1 of 3  gru  ok") == 1


def test_a_sweep_that_is_interrupted_leaves_the_terminal_as_it_was(terminal):
    with terminal, pytest.raises(KeyboardInterrupt), screen(1) as shown:
        shown.start(0, "job 1 of 1  gru")
        raise KeyboardInterrupt
    assert terminal.getvalue().count("\x1b[?25h") == 1  # the cursor is back


def test_where_there_is_no_terminal_nothing_is_drawn(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with screen(3) as shown, working("loading"):
        shown.start(0, "job 1 of 3")
        shown.end(0, done=True)
        shown.skip()
        Line("job 1 of 3").stage("validating")
    assert type(shown) is Screen and shown.address(0) is None and sys.stderr.getvalue() == ""


def test_a_job_outlives_its_screen(terminal):
    with terminal, screen(1) as shown:
        channel = Channel(shown.address(0))
    channel.show("training")
    print("ok", file=channel)


def test_a_training_says_how_far_it_is(terminal):
    with terminal, screen(1) as shown:
        shown.start(0, "job")
        channel = Channel(shown.address(0))
        progress = Progress("job", channel)
        trainer = SimpleNamespace(global_step=0, estimated_stepping_batches=10)
        learner = SimpleNamespace(tokens=0)
        progress.on_train_start(trainer, learner)
        progress.shown -= 1.0
        progress.started -= 30.0
        trainer.global_step, learner.tokens = 5, 500
        progress.on_train_batch_end(trainer, learner, {"loss": 1.5}, None, 0)
        terminal.await_text("training, loss 1.500")
        terminal.await_text("0:30")
        progress.on_validation_start(trainer, learner)
        terminal.await_text("validating")
