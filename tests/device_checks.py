"""No tensor of the host meets one of the device, and a training step waits for nothing: seen on a device that is not there.

`tests/test_device.py` runs these in a process of their own, since torch learns of devices before its first gradient alone.
"""

import choices
import pytest
import torch
from golden import runs
from pretended_device import NAME, moved, pretended

from bench.cells.state import detach, leaves
from bench.config.factory import make_net, make_strategy, make_task
from bench.decoding.bounds import Bounds
from bench.training.counting import Counted

CELLS = choices.cells()
B, T, I, H = 3, 5, 12, 12  # noqa: E741
RECIPES = {name: recipe for name, recipe in runs.recipes().items() if not name.startswith(("cell=", "decode="))}
SYMBOLS = 6
WAITS_A_SYMBOL = 1
AROUND = 6
"""Waits of a whole decoding besides: its outputs are read once."""


def all_on_device(tensors):
    return all(tensor.device.type == NAME for tensor in tensors)


@pytest.mark.parametrize("lengths", [None, [5, 2, 0], [0, 0, 0]], ids=["full", "ragged", "empty"])
@pytest.mark.parametrize("name", CELLS)
def test_a_cell_computes_where_its_input_lies_and_waits_for_nothing(name, lengths):
    make_cell, settings = CELLS[name]
    cell = make_cell(I, H, **settings)
    with pretended() as waits:
        moved(cell)
        x_BTI = torch.empty(B, T, I, device=NAME, requires_grad=True)
        y_BTH, state = cell.scan(x_BTI, cell.init_state(B, x_BTI), None if lengths is None else torch.tensor(lengths))
        (y_BTH.sum() + sum(leaf.sum() for leaf in leaves(state))).backward()
        step_BH, _ = cell.step(x_BTI[:, 0], state)
    assert all_on_device([y_BTH, *leaves(state), x_BTI.grad, step_BH])
    assert not waits.seen


@pytest.fixture
def built(compose, corpus_folder):
    """built(recipe) -> (configuration, task, net on the host)."""

    def build(recipe):
        config = compose(*runs.overrides(recipe, corpus_folder))
        task = make_task(config)
        return config, task, make_net(config, task)

    return build


@pytest.mark.parametrize("name", RECIPES)
def test_a_training_step_waits_for_nothing_and_scoring_mixes_no_devices(built, name):
    _, task, net = built(RECIPES[name])
    if isinstance(net, Counted):
        pytest.skip("what is counted is not trained step by step")
    batches = [batch for _, batch in zip(range(2), task.train_loader(4, 0), strict=False)]
    scored = next(iter(task.score_loader(list(task.splits())[-1])))
    with pretended() as waits:
        moved(net)
        state = None
        for batch in batches:
            (nll_sum, count), state = net.loss(batch.to(NAME), state)
            (nll_sum / count).backward()
            carried = task.carry(state)
            state = None if carried is None else detach(carried)
        torch.nn.utils.clip_grad_norm_(list(net.parameters()), 1.0)
        assert all_on_device([weight.grad for weight in net.parameters() if weight.grad is not None])
        assert not waits.seen
        net.eval()
        with torch.no_grad():
            task.monitor(net, scored.to(NAME), None)


@pytest.mark.parametrize("words", choices.ways_to_write(), ids=" ".join)
def test_a_symbol_is_waited_for_once(built, words):
    config, task, net = built(f"task=translation net.attention=dot {' '.join(words)}")
    strategy = make_strategy(config)
    batch = next(iter(task.score_loader("test")))
    with pretended(rounds=SYMBOLS) as waits, torch.no_grad():
        moved(net.eval())
        batch = batch.to(NAME)
        first_B = torch.full_like(batch.target_BT[:, 0], net.start_symbol)
        bounds = Bounds(length=SYMBOLS, eos=net.end_symbol, forbidden=[net.start_symbol], generator=None)
        strategy.generate(net.step, net.start(batch), first_B, bounds)
    assert sum(waits.seen.values()) <= WAITS_A_SYMBOL * (SYMBOLS + 1) + AROUND, waits.seen


def test_what_it_judges_by_is_noticed():
    with pretended() as waits:
        there_B, here_B = torch.empty(B, device=NAME), torch.ones(B)
        with pytest.raises(RuntimeError, match="device"):
            there_B + here_B
        int(there_B.long().max())
        there_B[there_B > 0]
        there_B.tolist()
        there_B.to("cpu", non_blocking=True)
        here_B.to(NAME)
        here_B.to(NAME, non_blocking=True)
    assert sorted(kind.partition(" in ")[0] for kind in waits.seen) == [
        "a boolean index",
        "a copy that blocks",
        "a number",
        "a tensor",
        "a tensor before it is there",
    ]
