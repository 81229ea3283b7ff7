"""Output recurrence: all steps at once equal one after the other; what links the steps; what is read at test; refusals."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import choices
import pytest
import torch
from golden.runs import in_float64
from torch.nn import functional as F

from bench.build import call
from bench.cells.elman import Elman
from bench.cells.feedforward import Feedforward
from bench.data.tags.sentences import TagBatch
from bench.decoding.beam_tags import BeamTags
from bench.nets.output_recurrent import RECURRENCES, OutputRecurrent
from bench.nets.parts.block_settings import BlockSettings
from bench.nets.parts.blocks import Blocks, Shape
from bench.nets.parts.dropout import no_dropout
from bench.nets.parts.inventory import Inventory
from bench.nets.parts.stack import Stack

TEXT = ("the cat saw Rome", "Anna", "in may incomprehensible cats saw the Cat")
WITHOUT_A_LINK = (*choices.of_class("cell", Elman), *choices.of_class("cell", Feedforward))
"""Cells that are complete without a hidden link: they weigh nothing by it."""
LINKED = [cell for cell in choices.one_of_each_state() if choices.option_class("cell", cell).has_memory]
FORMS = [("output", cell) for cell in WITHOUT_A_LINK] + [(form, cell) for form in ("hidden", "both") for cell in LINKED]

MakeNet = Callable[..., OutputRecurrent]
MakeBatch = Callable[..., TagBatch]


@pytest.fixture
def make_net(inventory: Inventory) -> MakeNet:
    def make(
        recurrence: str = "output", cell: str = "elman", *, depth: int = 1, direction: str = "forward", **options: Any
    ) -> OutputRecurrent:
        def make_stack(size: int) -> Stack:
            shape: dict[str, Any] = {"hidden_size": 8, "depth": depth, "direction": direction}
            return Stack(choices.maker(cell), input_size=size, **shape, dropout=no_dropout())

        settings: dict[str, Any] = {
            "embedding_size": 5,
            "characters": {"kind": "none", "embedding_size": 4, "size": 6, "width": 3, "dropout": 0.0},
            "capitals": 2,
            "vectors": None,
            "word_dropout": 0.0,
            "input_dropout": 0.0,
            "output_dropout": 0.0,
        }
        net = {"make_stack": make_stack, "inventory": inventory, "recurrence": recurrence}
        return call(OutputRecurrent, {**net, **settings, **options})

    return make


def sharpened(net: OutputRecurrent) -> OutputRecurrent:
    """With weights so large that a tag depends much on the one before."""
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.mul_(4.0)
    return net


def one_by_one(net: OutputRecurrent, batch: TagBatch) -> torch.Tensor:
    """The loss by single steps, the true tag read each time."""
    state, token_B, total = net.start(batch), net.first(batch), torch.zeros(())
    for position, true_B in enumerate(batch.targets_BT.unbind(1)):
        log_prob_BK, state = net.step(token_B, state)
        inside_B = position < batch.lengths_B
        total = total + F.nll_loss(log_prob_BK[inside_B], true_B[inside_B], reduction="sum")
        token_B = true_B
    return total


@pytest.mark.parametrize("depth", [1, 2])
@pytest.mark.parametrize(("recurrence", "cell"), FORMS)
def test_all_steps_at_once_are_the_steps_one_after_the_other(
    recurrence: str, cell: str, depth: int, make_net: MakeNet, make_batch: MakeBatch
) -> None:
    with in_float64():
        net, batch = sharpened(make_net(recurrence, cell, depth=depth)), make_batch(*TEXT)
        (nll_sum, count), state = net.loss(batch, None)
        assert int(count) == batch.tokens and state == ()
        sequential = one_by_one(net, batch)
        torch.testing.assert_close(nll_sum, sequential)
        weights = list(net.parameters())
        for parallel, other in zip(
            torch.autograd.grad(nll_sum, weights), torch.autograd.grad(sequential, weights), strict=True
        ):
            torch.testing.assert_close(parallel, other)
            assert parallel.abs().sum() > 0  # no weight is idle


@pytest.mark.parametrize(
    ("recurrence", "by_hidden", "by_tag"), [("hidden", True, False), ("output", False, True), ("both", True, True)]
)
def test_what_links_a_step_to_the_next(
    recurrence: str, by_hidden: bool, by_tag: bool, make_net: MakeNet, make_batch: MakeBatch
) -> None:
    net, batch = make_net(recurrence), make_batch("the cat saw Rome")
    before = net.scores(batch)[0, 1]
    other_word = replace(batch, words_BT=batch.words_BT.clone())
    other_word.words_BT[0, 0] = 4
    other_tag = replace(batch, targets_BT=batch.targets_BT.clone())
    other_tag.targets_BT[0, 0] = (batch.targets_BT[0, 0] + 1) % 3
    assert (not torch.equal(net.scores(other_word)[0, 1], before)) == by_hidden
    assert (not torch.equal(net.scores(other_tag)[0, 1], before)) == by_tag


@pytest.mark.parametrize(("recurrence", "cell"), FORMS)
def test_it_runs_on_its_own_tags_and_never_reads_the_true_ones(
    recurrence: str, cell: str, make_net: MakeNet, make_batch: MakeBatch
) -> None:
    net, batch = sharpened(make_net(recurrence, cell)), make_batch(*TEXT)
    tags_BT = net.tag(batch)
    spoilt = replace(batch, targets_BT=torch.full_like(batch.targets_BT, 2))
    assert torch.equal(net.tag(spoilt), tags_BT)
    with_own_tags = replace(batch, targets_BT=tags_BT)
    valid_BT = torch.arange(tags_BT.size(1)) < batch.lengths_B[:, None]
    assert torch.equal(net.scores(with_own_tags).argmax(2)[valid_BT], tags_BT[valid_BT])
    assert not tags_BT[~valid_BT].any()
    (loss, _), tags = net.loss_and_tags(batch)
    assert torch.equal(loss, net.loss(batch, None)[0][0]) and torch.equal(tags, tags_BT)


@pytest.mark.parametrize("recurrence", RECURRENCES)
def test_a_beam_of_one_is_the_greedy_run_and_a_wider_one_scores_as_the_loss_does(
    recurrence: str, make_net: MakeNet, make_batch: MakeBatch
) -> None:
    net, batch = sharpened(make_net(recurrence)), make_batch(*TEXT)
    assert torch.equal(BeamTags(n_best=1, width=1).tag(net, batch), net.tag(batch))
    tags_BNT, log_prob_BN = BeamTags(n_best=4, width=50).several(net, batch)  # three tags: no more than three hypotheses
    assert (log_prob_BN[:, 3] == -torch.inf).all() and (log_prob_BN.diff() <= 0).all()
    for rank in range(3):
        scored = net.loss(replace(batch, targets_BT=tags_BNT[:, rank]), None)[0][0]
        torch.testing.assert_close(-scored, log_prob_BN[:, rank].sum())
    assert all(len({tuple(row) for row in hypotheses[:3].tolist()}) == 3 for hypotheses in tags_BNT)
    assert log_prob_BN[:, 0].sum() >= -net.loss(replace(batch, targets_BT=net.tag(batch)), None)[0][0] - 1e-4


@pytest.mark.parametrize("recurrence", RECURRENCES)
def test_padding_changes_nothing(recurrence: str, make_net: MakeNet, make_batch: MakeBatch) -> None:
    net, (plain, padded) = make_net(recurrence), (make_batch(*TEXT, padding=padding) for padding in (0, 3))
    padded.targets_BT[:, :7] = plain.targets_BT
    padded.targets_BT[torch.arange(10) >= padded.lengths_B[:, None]] = 77
    torch.testing.assert_close(net.loss(padded, None)[0][0], net.loss(plain, None)[0][0])
    assert torch.equal(net.tag(padded)[:, :7], net.tag(plain))


def test_output_recurrence_has_no_weights_of_a_hidden_link(make_net: MakeNet) -> None:
    def count(recurrence: str) -> int:
        return sum(weight.numel() for weight in make_net(recurrence).parameters())

    assert count("both") - count("output") == 8 * 8 + 8
    assert count("both") - count("hidden") == 8 * 3


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"recurrence": "jordan"}, "net.recurrence='jordan' is refused"),
        ({"direction": "bidirectional"}, "stack.direction=bidirectional is refused with net.recurrence=output"),
    ],
)
def test_what_cannot_be_is_refused(options: dict[str, Any], sentence: str, make_net: MakeNet) -> None:
    with pytest.raises(ValueError, match=f"^{sentence}.*[^\n]$"):
        make_net(**options)


@pytest.mark.parametrize("cell", choices.names("cell"))
@pytest.mark.parametrize("recurrence", RECURRENCES)
def test_a_cell_is_refused_where_it_has_no_such_link(recurrence: str, cell: str, make_net: MakeNet) -> None:
    cell_class = choices.option_class("cell", cell)
    if cell in WITHOUT_A_LINK if recurrence == "output" else cell_class.has_memory:
        make_net(recurrence, cell)
        return
    with pytest.raises(
        ValueError, match=rf"^net\.recurrence={recurrence} is refused with a cell of the class {cell_class.__name__},"
    ):
        make_net(recurrence, cell)


def test_inside_blocks_too_the_tag_is_the_only_link_of_output(make_net: MakeNet, inventory: Inventory) -> None:
    def make_stack(size: int) -> Stack:
        block = BlockSettings("gated", 0, 2, 0.0)
        return Blocks(choices.maker("elman"), shape=Shape(size, 8, 2, "forward"), block=block, dropout=no_dropout())

    net = make_net("output", make_stack=make_stack)
    x_BTI = torch.randn(2, 4, net.stack.input_size, requires_grad=True)
    y_BTH, _ = net.stack.scan(x_BTI, net.stack.init_state(2, x_BTI))
    (d_x,) = torch.autograd.grad(y_BTH[:, 2].sum(), x_BTI)
    assert d_x.flatten(0, 1).view(2, 4, -1).abs().sum(2).gt(0).tolist() == [[False, False, True, False]] * 2
    with pytest.raises(ValueError, match="refused with a cell of the class LSTM"):
        make_net("output", make_stack=_lstm_blocks)


def _lstm_blocks(size: int) -> Stack:
    block = BlockSettings("residual", 3, 1, 0.0)
    return Blocks(choices.maker("lstm"), shape=Shape(size, 8, 1, "forward"), block=block, dropout=no_dropout())


@pytest.mark.parametrize(("n_best", "width", "sentence"), [(1, 0, "decode.width=0"), (3, 2, "decode.n_best=3 is refused")])
def test_a_beam_that_cannot_be_is_refused(n_best: int, width: int, sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{sentence}"):
        BeamTags(n_best=n_best, width=width)
