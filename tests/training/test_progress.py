import io
import warnings
from types import SimpleNamespace

import pytest

from bench.metrics.undefined import UndefinedMetric
from bench.terminal import clock, tell_warnings_plainly
from bench.training import progress
from bench.training.progress import Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def run(out, monkeypatch, steps=4):
    """Progress over some steps, one minute apart on a clock of the test's own."""
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    trainer, learner = SimpleNamespace(global_step=0, estimated_stepping_batches=10), SimpleNamespace(tokens=0)
    shown = Progress("job 3 of 12  gru", out)
    shown.on_train_start(trainer, learner)
    for _ in range(steps):
        now[0] += 60.0
        trainer.global_step += 1
        learner.tokens += 1200
        shown.on_train_batch_end(trainer, learner, {"loss": 1.5}, None, 0)
    shown.note("ok")
    return out.getvalue()


def test_plain_lines_where_there_is_no_terminal(monkeypatch):
    lines = run(io.StringIO(), monkeypatch).splitlines()
    assert lines[0] == "job 3 of 12  gru  step 1/10  loss 1.500  20 tokens/s  9:00 left"
    assert len(lines) == 5
    assert lines[-1] == "job 3 of 12  gru  ok"


def test_one_line_is_redrawn_on_a_terminal(monkeypatch):
    text = run(Terminal(), monkeypatch)
    assert text.count("\n") == 1
    assert text.count("\rjob 3 of 12  gru  step") == 4


def test_a_line_that_is_redrawn_is_cut_to_the_width(monkeypatch):
    """A line that wraps would stay, one more with each redraw."""
    monkeypatch.setenv("COLUMNS", "40")
    *drawn, last = run(Terminal(), monkeypatch).split("\r")
    assert max(map(len, drawn)) < 40
    assert last == "job 3 of 12  gru  ok\n"


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (59.6, "1:00"), (3600, "1:00:00"), (3725, "1:02:05")])
def test_clock(seconds, text):
    assert clock(seconds) == text


def test_our_warnings_are_one_line_and_others_say_where(monkeypatch):
    monkeypatch.setattr(warnings, "formatwarning", warnings.formatwarning)
    tell_warnings_plainly()
    assert warnings.formatwarning("0/0 is taken as 0", UndefinedMetric, "x.py", 3) == "warning: 0/0 is taken as 0\n"
    assert "x.py:3" in warnings.formatwarning("old", DeprecationWarning, "x.py", 3)
