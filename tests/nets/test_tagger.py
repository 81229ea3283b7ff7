"""The tagger with each of its outputs: where the loss starts, what padding does, what is decoded."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise, product
from math import log
from pathlib import Path

import pytest
import torch

from bench.build import call
from bench.cells.lstm import LSTM
from bench.data.tags.sentences import TagBatch
from bench.nets.parts.dropout import no_dropout
from bench.nets.parts.inventory import Inventory
from bench.nets.parts.stack import Stack
from bench.nets.tagger import Tagger

OUTPUTS = ("softmax", "constrained", "crf", "logistic")
CHARACTERS = {"kind": "cnn", "embedding_size": 4, "size": 6, "width": 3, "dropout": 0.0}
TEXT = ("the cat saw Rome", "Anna", "in may incomprehensible cats saw the Cat")

MakeTagger = Callable[..., Tagger]
MakeBatch = Callable[..., TagBatch]


@pytest.fixture
def make_tagger(inventory: Inventory) -> MakeTagger:
    def make(output: str = "softmax", **options: object) -> Tagger:
        def make_stack(input_size: int) -> Stack:
            return Stack(
                lambda inputs, hidden: LSTM(inputs, hidden, recurrent_init="orthogonal", forget_bias=1.0),
                input_size=input_size,
                hidden_size=8,
                depth=1,
                direction="bidirectional",
                dropout=no_dropout(),
            )

        settings: dict[str, object] = {
            "make_stack": make_stack,
            "inventory": replace(inventory, tags=2, allowed=None, logistic=True) if output == "logistic" else inventory,
            "embedding_size": 5,
            "characters": CHARACTERS,
            "capitals": 2,
            "crf": output == "crf",
            "constrained": output == "constrained",
            "vectors": None,
            "word_dropout": 0.0,
            "input_dropout": 0.0,
            "output_dropout": 0.0,
        }
        return call(Tagger, {**settings, **options})

    return make


def legal(batch: TagBatch) -> TagBatch:
    """Targets that every output can have: 0 and 1 alternate."""
    batch.targets_BT.copy_(torch.arange(batch.targets_BT.size(1)) % 2)
    return batch


@pytest.mark.parametrize("output", OUTPUTS)
def test_the_loss_starts_near_ln_k(output: str, make_tagger: MakeTagger, make_batch: MakeBatch, inventory: Inventory) -> None:
    options = {"inventory": replace(inventory, allowed=None)} if output == "crf" else {}
    net, batch = make_tagger(output, **options), legal(make_batch(*TEXT * 20))
    (nll_sum, count), state = net.loss(batch, None)
    assert int(count) == batch.tokens == 240
    assert state == ()
    assert float(nll_sum.detach()) / 240 == pytest.approx(log(2 if output == "logistic" else 3), rel=0.15)


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("kind", ["none", "cnn", "lstm"])
def test_padding_changes_neither_loss_nor_gradient_nor_tags(
    output: str, kind: str, make_tagger: MakeTagger, make_batch: MakeBatch
) -> None:
    net = make_tagger(output, characters={**CHARACTERS, "kind": kind})
    runs = []
    for padding in (0, 3):
        batch = legal(make_batch(*TEXT, padding=padding))
        batch.targets_BT[torch.arange(batch.targets_BT.size(1)) >= batch.lengths_B[:, None]] = padding
        (nll_sum, _), _ = net.loss(batch, None)
        gradients = torch.autograd.grad(nll_sum, list(net.parameters()))
        runs.append([nll_sum, *gradients, net.tag(batch)[:, :7]])
        assert not net.tag(batch)[:, 7:].any()
    for first, second in zip(*runs, strict=True):
        torch.testing.assert_close(first, second)


@pytest.mark.parametrize("output", OUTPUTS)
def test_a_sentence_does_not_depend_on_the_others(output: str, make_tagger: MakeTagger, make_batch: MakeBatch) -> None:
    net, together = make_tagger(output), legal(make_batch(*TEXT))
    alone = [legal(make_batch(sentence)) for sentence in TEXT]
    losses = [net.loss(batch, None)[0][0] for batch in alone]
    torch.testing.assert_close(torch.stack(losses).sum(), net.loss(together, None)[0][0])
    for row, batch in enumerate(alone):
        assert torch.equal(net.tag(together)[row, : batch.tokens], net.tag(batch)[0])


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("kind", ["cnn", "lstm"])
def test_gradients_reach_every_parameter(output: str, kind: str, make_tagger: MakeTagger, make_batch: MakeBatch) -> None:
    net = make_tagger(output, characters={**CHARACTERS, "kind": kind}, capitals=2)
    net.loss(legal(make_batch(*TEXT)), None)[0][0].backward()
    for name, parameter in net.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name


def all_sequences(net: Tagger, batch: TagBatch) -> dict[tuple[int, ...], float]:
    """exp(-loss) of every sequence of tags of a batch of one sentence."""
    probabilities = {}
    for tags in product(range(max(net.output.units, 2)), repeat=batch.tokens):
        batch.targets_BT.copy_(torch.tensor([tags]))
        probabilities[tags] = float(torch.exp(-net.loss(batch, None)[0][0].detach()))
    return probabilities


@pytest.mark.parametrize("output", OUTPUTS)
def test_what_is_decoded_is_the_most_probable_by_the_loss(
    output: str, make_tagger: MakeTagger, make_batch: MakeBatch, inventory: Inventory
) -> None:
    net, batch = make_tagger(output), make_batch("Anna may saw the")
    with torch.no_grad():
        net.output_weight.mul_(20)
        for parameter in net.output.parameters():
            parameter.normal_()
    probable = all_sequences(net, batch)
    assert sum(probable.values()) == pytest.approx(1.0, abs=1e-4)
    if output in ("constrained", "crf"):
        probable = {tags: p for tags, p in probable.items() if is_legal(tags, inventory)}
    total = sum(probable.values())
    ranked = sorted(probable, key=lambda tags: -probable[tags])
    assert tuple(net.tag(batch)[0].tolist()) == ranked[0]
    tags_BNT, log_prob_BN = net.tag_n_best(batch, 4)
    assert [tuple(tags) for tags in tags_BNT[0].tolist()] == ranked[:4]
    expected = [log(probable[tags] / total) for tags in ranked[:4]]
    assert log_prob_BN[0].tolist() == pytest.approx(expected, abs=1e-3)


def is_legal(tags: tuple[int, ...], inventory: Inventory) -> bool:
    assert inventory.allowed is not None
    start, end, matrix = inventory.allowed
    return start[tags[0]] and end[tags[-1]] and all(matrix[a][b] for a, b in pairwise(tags))


@pytest.mark.parametrize("output", ["constrained", "crf"])
def test_no_illegal_sequence_is_decoded(
    output: str, make_tagger: MakeTagger, make_batch: MakeBatch, inventory: Inventory
) -> None:
    """Scores that favour I everywhere, so that the best tag of each word alone is illegal."""
    net, batch = make_tagger(output), make_batch(*TEXT * 10)
    with torch.no_grad():
        net.output_weight.normal_(0.0, 30.0)
        net.output_bias[2] = 20.0
    alone_BT = net.scores(batch).argmax(2)
    rows = [tuple(row[:length]) for row, length in zip(alone_BT.tolist(), batch.lengths_B.tolist(), strict=True)]
    assert not all(is_legal(row, inventory) for row in rows)
    decoded = zip(net.tag(batch).tolist(), batch.lengths_B.tolist(), strict=True)
    assert all(is_legal(tuple(row[:length]), inventory) for row, length in decoded)


def test_constraints_that_nothing_sets_are_refused(make_tagger: MakeTagger, inventory: Inventory) -> None:
    with pytest.raises(ValueError, match=r"^net.constrained=true is refused for tags that may follow each other in any order"):
        make_tagger("constrained", inventory=replace(inventory, allowed=None))


@pytest.mark.parametrize("output", OUTPUTS)
def test_loss_and_tags_of_one_pass_are_those_of_two(output: str, make_tagger: MakeTagger, make_batch: MakeBatch) -> None:
    net, batch = make_tagger(output), legal(make_batch(*TEXT))
    (nll_sum, count), tags_BT = net.loss_and_tags(batch)
    assert torch.equal(nll_sum, net.loss(batch, None)[0][0])
    assert int(count) == batch.tokens
    assert torch.equal(tags_BT, net.tag(batch))


def test_a_crf_alone_has_scores_of_transitions(make_tagger: MakeTagger) -> None:
    for output in ("softmax", "constrained", "logistic"):
        assert make_tagger(output).transition_scores() is None
    scores_KK = make_tagger("crf").transition_scores()
    assert scores_KK is not None and scores_KK.shape == (3, 3)
    assert (scores_KK == -torch.inf).nonzero().tolist() == [[0, 2]]


@pytest.mark.parametrize("dropout", ["word_dropout", "input_dropout", "output_dropout"])
def test_each_dropout_acts_in_training_alone(dropout: str, make_tagger: MakeTagger, make_batch: MakeBatch) -> None:
    net, batch = make_tagger(**{dropout: 0.5}), make_batch(*TEXT)
    assert not torch.equal(net(batch, None)[0][0], net(batch, None)[0][0])
    net.eval()
    assert torch.equal(net(batch, None)[0][0], net(batch, None)[0][0])


@pytest.mark.parametrize("output", OUTPUTS)
def test_builds_without_storage_and_weights_travel(output: str, make_tagger: MakeTagger, make_batch: MakeBatch) -> None:
    with torch.device("meta"):
        assert {parameter.device.type for parameter in make_tagger(output).parameters()} == {"meta"}
    net, other, batch = make_tagger(output), make_tagger(output), make_batch(*TEXT)
    assert not torch.equal(net.scores(batch), other.scores(batch))
    other.load_state_dict(net.state_dict())
    assert torch.equal(net.scores(batch), other.scores(batch))


def test_starts_from_the_vectors_of_a_file(tmp_path: Path, make_tagger: MakeTagger) -> None:
    path = tmp_path / "vectors.txt"
    path.write_text("the 1 2 3 4 5\n")
    net = make_tagger(vectors=str(path))
    assert net.features.coverage is not None and net.features.coverage.exact == 1
    assert net.features.embedding.weight[1].tolist() == [1, 2, 3, 4, 5]
    with torch.device("meta"):
        make_tagger(vectors=str(path))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"crf": True, "constrained": True}, "net.crf=true is refused with net.constrained=true"),
        ({"output": "logistic", "crf": True}, "net.crf=true is refused with task.labels=binary"),
        ({"output": "logistic", "constrained": True}, "net.constrained=true is refused with task.labels=binary"),
        ({"input_dropout": 1.5}, "net.input_dropout=1.5 is refused"),
    ],
)
def test_what_cannot_be_is_refused(options: dict[str, object], sentence: str, make_tagger: MakeTagger) -> None:
    with pytest.raises(ValueError, match=f"^{sentence}.*[^\n]$"):
        make_tagger(**options)  # type: ignore[arg-type]
