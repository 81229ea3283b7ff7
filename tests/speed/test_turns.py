"""What a sample of the training pass holds, told by a clock that moves only where the test says how long something takes."""

from types import SimpleNamespace

import pytest

from bench.speed import training

BUILDING, READING, FIRST_STEPS = 1000.0, 100.0, 50.0
FORWARD, BACKWARD, UPDATE = 0.5, 0.25, 0.125
SIZES = ("data.limit=9000", "trainer.batch_size=4", "task.window=20", "stack.hidden_size=8")
TOKENS_A_STEP = 4 * 20


class Clock:
    """`factor`: how many times slower than the others each cell is. A net's first two steps are slow, as they are on a GPU."""

    def __init__(self, factor: dict[str, float]) -> None:
        self.now, self.factor = 0.0, factor
        self.steps: list[str] = []

    def spend(self, seconds: float) -> None:
        self.now += seconds

    def net(self, make):
        def build(config, task):
            self.spend(BUILDING)
            net = make(config, task)
            cell, real, steps = config.cell["name"], net.loss, 0

            def loss(batch, state):
                nonlocal steps
                self.steps.append(cell)
                self.spend((FORWARD + (FIRST_STEPS if steps < 2 else 0.0)) * self.factor[cell])
                steps += 1
                (nll_sum, count), after = real(batch, state)
                nll_sum.register_hook(lambda gradient: self.spend(BACKWARD * self.factor[cell]))
                return (nll_sum, count), after

            net.loss = loss
            return net

        return build

    def task(self, make):
        def build(config):
            task = make(config)
            real = task.train_loader

            def train_loader(batch_size, seed):
                for batch in real(batch_size, seed):
                    self.spend(READING)
                    yield batch

            task.train_loader = train_loader
            return task

        return build

    def optimiser(self, make):
        def build(settings, parameters):
            optimiser = make(settings, parameters)
            optimiser.register_step_post_hook(lambda *_: self.spend(UPDATE))
            return optimiser

        return build


@pytest.fixture
def clock(monkeypatch):
    """A step of gru takes 0.875 s, one of lstm 1.625 s: the update is as long for both."""
    clock = Clock({"gru": 1.0, "lstm": 2.0})
    monkeypatch.setattr(training, "time", SimpleNamespace(perf_counter=lambda: clock.now))
    for name, wrapped in (("make_net", clock.net), ("make_task", clock.task), ("make_optimiser", clock.optimiser)):
        monkeypatch.setattr(training, name, wrapped(getattr(training, name)))
    return clock


def test_a_sample_is_its_steps_and_nothing_else(compose, clock):
    """Forward, backward and update, of which every step has one; not what builds a net, reads batches or warms up."""
    rows = training.measure([compose(f"cell={cell}", *SIZES, "speed.seconds=7", "speed.rounds=3") for cell in ("gru", "lstm")])
    for row, step_seconds in zip(rows, (0.875, 1.625), strict=True):
        assert row["train_step_seconds"]["samples"] == pytest.approx([step_seconds] * 3)
        assert row["train_tokens_per_second"]["samples"] == pytest.approx([TOKENS_A_STEP / step_seconds] * 3)


def test_turns_are_sized_by_steps_that_are_warm_and_fill_the_seconds_asked_for(compose, clock):
    """7 s are 8 steps of 0.875 s, and nearest to 4 of 1.625 s."""
    training.measure([compose(f"cell={cell}", *SIZES, "speed.seconds=7", "speed.rounds=2") for cell in ("gru", "lstm")])
    assert clock.steps[-24:] == (["gru"] * 8 + ["lstm"] * 4) * 2


def test_a_turn_has_a_step_however_long_that_takes(compose, clock):
    (row,) = training.measure([compose("cell=lstm", *SIZES, "speed.seconds=0.01", "speed.rounds=2")])
    assert row["train_step_seconds"]["samples"] == pytest.approx([1.625] * 2)


def test_the_clock_moves_where_it_should(compose, clock):
    """Else the tests above would see nothing: building, reading and a net's first steps do take time."""
    row = training.Row(compose("cell=gru", *SIZES))
    assert clock.now == BUILDING + training.BATCHES * READING
    assert row.run(2) == (2 * (FORWARD + BACKWARD + UPDATE + FIRST_STEPS), 2 * TOKENS_A_STEP)
    assert row.run(2) == (2 * (FORWARD + BACKWARD + UPDATE), 2 * TOKENS_A_STEP)
