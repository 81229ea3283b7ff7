"""What a training has logged is said again, whole and once, however it was cut."""

import pytest

from bench.tracking.tracker import Nobody
from bench.training.history import History


class Listener(Nobody):
    """Keeps every point."""

    def __init__(self):
        self.points = []

    def log(self, values, *, step):
        self.points.append((values, step))

    def log_all(self, points):
        self.points += points


@pytest.fixture
def logged_points(tmp_path):
    """logged_points(calls) -> the points that a new History over the same file logs."""

    def tell(calls):
        listener = Listener()
        calls(History(tmp_path / "weights" / "history.jsonl", listener, warn=pytest.fail))
        return listener.points

    return tell


def logging(*steps):
    return lambda history: [history.log({"loss": 1 / step}, step) for step in steps]


def points(*steps):
    return [({"loss": 1 / step}, step) for step in steps]


def test_a_training_that_goes_on_says_what_came_before_and_drops_what_it_takes_again(logged_points):
    assert logged_points(logging(10, 20, 30, 40)) == points(10, 20, 30, 40)
    assert logged_points(logging(30)) == points(10, 20, 30)  # killed at 40, its snapshot at 25
    assert logged_points(lambda history: history.repeat()) == points(10, 20, 30)
    assert logged_points(logging(10)) == points(10)  # from the start


def test_what_was_logged_as_it_went_is_not_repeated(logged_points):
    def log_and_repeat(history):
        history.log({"loss": 0.5}, 1)
        history.repeat()
        history.repeat()

    assert logged_points(log_and_repeat) == [({"loss": 0.5}, 1)]
    assert logged_points(lambda history: history.repeat()) == [({"loss": 0.5}, 1)]


@pytest.mark.parametrize("torn", [b'{"step": 30, "lo', b"\xff\xfe"])
def test_a_torn_end_is_dropped(logged_points, tmp_path, torn):
    logged_points(logging(10, 20))
    file = tmp_path / "weights" / "history.jsonl"
    file.write_bytes(file.read_bytes() + torn)
    assert logged_points(logging(30)) == points(10, 20, 30)
    assert logged_points(lambda history: history.repeat()) == points(10, 20, 30)


def test_a_disk_that_takes_nothing_is_told_once_and_costs_no_point(tmp_path):
    (tmp_path / "file").write_text("no folder")
    listener, warned = Listener(), []
    history = History(tmp_path / "file" / "history.jsonl", listener, warned.append)
    logging(10, 20)(history)
    assert listener.points == points(10, 20)
    assert len(warned) == 1 and "history.jsonl cannot be written" in warned[0]
