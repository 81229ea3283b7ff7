"""The n-gram model against the formulas read off one by one, and as a net whose text comes in lanes and windows."""

import itertools
import random
from collections import Counter
from dataclasses import dataclass
from math import log

import pytest
import torch
from torch import Tensor

from bench.baselines.kneser_ney import discounts
from bench.baselines.ngram import NGram
from bench.data.text.lanes import Lanes

V = 6
DICE = random.Random(4)
TEXT = [min(int(V * DICE.random() ** 2.5), V - 2) for _ in range(120)]  # token 5 never occurs


@dataclass
class Rows:
    inputs_BT: Tensor
    targets_BT: Tensor
    lengths_B: Tensor | None = None


def starting(tokens_NT: Tensor) -> Rows:
    """Rows that have read these tokens."""
    return Rows(tokens_NT, tokens_NT)


def counted(order: int, text: list[int] = TEXT, *, lanes: int = 1, window: int = 1000, size: int = V) -> NGram:
    net = NGram(make_stack=None, vocabulary_size=size, outputs=size, order=order)
    net.fit(list(Lanes(torch.tensor(text), lanes=lanes, window=window, context=None)))
    return net


def grams(text: list[int], length: int) -> list[tuple[int, ...]]:
    return [tuple(text[start : start + length]) for start in range(len(text) - length + 1)]


def adjusted(text: list[int], length: int, order: int) -> Counter[tuple[int, ...]]:
    """How often each n-gram occurs, below the highest order: after how many different words."""
    return Counter(grams(text, length) if length == order else [gram[1:] for gram in set(grams(text, length + 1))])


def removed(counts: Counter[tuple[int, ...]]) -> dict[int, float]:
    """D of each count, from the numbers of counts."""
    n = Counter(counts.values())
    if not all(n[i] for i in (1, 2, 3, 4)):
        return {1: 0.5, 2: 1.0, 3: 1.5}
    y = n[1] / (n[1] + 2 * n[2])
    by_count = {i: i - (i + 1) * y * n[i + 1] / n[i] for i in (1, 2, 3)}
    return by_count if min(by_count.values()) >= 0 else {1: 0.5, 2: 1.0, 3: 1.5}


def reference(text: list[int], order: int, history: tuple[int, ...], word: int) -> float:
    """p(word | history) by the definition: counts of the whole text at the highest order, of distinct words before it below."""

    def at(length: int, history: tuple[int, ...]) -> float:
        if not length:
            return 1 / V
        lower = at(length - 1, history[1:])
        counts = adjusted(text, length, order)
        followers = {gram[-1]: count for gram, count in counts.items() if gram[:-1] == history}
        if not followers:
            return lower
        discounts_of, total = removed(counts), sum(followers.values())
        backoff = sum(discounts_of[min(count, 3)] for count in followers.values()) / total
        count = followers.get(word, 0)
        return (count - discounts_of[min(count, 3)] if count else 0) / total + backoff * lower

    return at(len(history) + 1, history)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_every_probability_is_that_of_the_definition(order: int) -> None:
    net = counted(order)
    histories = torch.tensor(list(itertools.product(range(V), repeat=max(order - 1, 1))))
    state = net.start(starting(histories[:, :-1]))
    log_prob_NV, _ = net.step(histories[:, -1], state)
    for history, probability_V in zip(histories.tolist(), log_prob_NV.exp().tolist(), strict=True):
        context = tuple(history[len(history) - (order - 1) :])
        assert probability_V == pytest.approx([reference(TEXT, order, context, word) for word in range(V)], abs=1e-6)


@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_probabilities_add_up_to_one_after_any_history(order: int) -> None:
    net = counted(order)
    tokens_NL = torch.randint(V, (200, 6), generator=torch.Generator().manual_seed(0))
    log_prob_NV, _ = net.step(tokens_NL[:, -1], net.start(starting(tokens_NL[:, :-1])))
    torch.testing.assert_close(log_prob_NV.exp().sum(1), torch.ones(200))
    assert log_prob_NV.isfinite().all()  # token 5 too


def test_discounts_come_from_the_numbers_of_counts_where_these_give_them() -> None:
    """The text above has both kinds of order, so that both were compared with the definition."""
    estimable = [removed(adjusted(TEXT, length, 4)) != {1: 0.5, 2: 1.0, 3: 1.5} for length in (1, 2, 3, 4)]
    assert estimable == [False, True, True, True]
    assert discounts(torch.tensor([1] * 8 + [2] * 4 + [3] * 2 + [4])).tolist() == [0, 0.5, 1.25, 2.0]  # y = 1/2
    assert discounts(torch.tensor([1] * 5 + [2] * 4 + [3] * 9 + [4])).tolist() == [0, 0.5, 1, 1.5]  # D2 would be below 0


@pytest.mark.parametrize("order", [1, 2, 4])
def test_the_loss_is_the_sum_over_steps(order: int) -> None:
    net = counted(order)
    tokens_BL = torch.randint(V, (3, 9), generator=torch.Generator().manual_seed(1))
    lengths_B = torch.tensor([8, 0, 5])
    junk_BT = torch.arange(8) >= lengths_B[:, None]
    rows = Rows(tokens_BL[:, :-1].masked_fill(junk_BT, 9), tokens_BL[:, 1:].masked_fill(junk_BT, -100), lengths_B)
    (nll_sum, count), state = net.loss(rows, None)
    expected = 0.0
    for row, length in enumerate(lengths_B.tolist()):
        before = net.start(starting(tokens_BL[row : row + 1, :0]))
        for t in range(length):
            log_prob_NV, before = net.step(tokens_BL[row : row + 1, t], before)
            expected -= log_prob_NV[0, tokens_BL[row, t + 1]].item()
        assert torch.equal(state[row : row + 1], before)
    assert int(count) == 13
    assert nll_sum.item() == pytest.approx(expected, rel=1e-6)


def test_a_carried_state_makes_two_windows_one_text() -> None:
    net, tokens_BL = counted(4), torch.tensor([TEXT, TEXT[::-1]])
    (together, _), last = net.loss(Rows(tokens_BL[:, :-1], tokens_BL[:, 1:]), None)
    (first, _), state = net.loss(Rows(tokens_BL[:, :7], tokens_BL[:, 1:8]), None)
    (second, _), after = net.loss(Rows(tokens_BL[:, 7:-1], tokens_BL[:, 8:]), state)
    torch.testing.assert_close(first + second, together)
    assert torch.equal(after, last)


@pytest.mark.parametrize(("lanes", "window"), [(1, 3), (4, 5), (3, 100), (119, 1)])
def test_lanes_and_windows_lose_nothing_of_the_text(lanes: int, window: int) -> None:
    at_once, in_lanes = counted(3), counted(3, lanes=lanes, window=window)
    for name, tensor in at_once.state_dict().items():
        assert torch.equal(in_lanes.state_dict()[name], tensor)


def test_it_finds_the_source_that_it_was_drawn_from() -> None:
    """A chain of order 2 over 4 tokens: more context than it has brings little, less costs much."""
    generator = torch.Generator().manual_seed(2)
    matrix = torch.rand(16, 4, generator=generator).pow(6)
    matrix /= matrix.sum(1, keepdim=True)
    text = [0, 1]
    for _ in range(20_000):
        text.append(int(torch.multinomial(matrix[4 * text[-2] + text[-1]], 1, generator=generator)))
    nats = {}
    for order in (1, 2, 3, 5):
        net = counted(order, text[:15_000], size=4)
        held_out = torch.tensor([text[15_000:]])
        (nll_sum, count), _ = net.loss(Rows(held_out[:, :-1], held_out[:, 1:]), None)
        nats[order] = nll_sum.item() / int(count)
    held_out_text = torch.tensor(text[15_000:])
    entropy = -matrix.log()[4 * held_out_text[:-2] + held_out_text[1:-1], held_out_text[2:]].mean().item()
    assert nats[3] == pytest.approx(entropy, abs=0.01)
    assert nats[5] == pytest.approx(entropy, abs=0.03)
    assert nats[1] > nats[2] + 0.05 > entropy + 0.1 and nats[1] < log(4)


def test_the_state_is_the_whole_model() -> None:
    from safetensors.torch import load, save

    net, other = counted(3), NGram(make_stack=None, vocabulary_size=V, outputs=V, order=3)
    other.load_state_dict(load(save(net.state_dict())))
    tokens_NL = torch.randint(V, (50, 3), generator=torch.Generator().manual_seed(3))
    log_probs = [ngram.step(tokens_NL[:, -1], ngram.start(starting(tokens_NL[:, :-1])))[0] for ngram in (net, other)]
    assert torch.equal(*log_probs)
    assert not any(parameter.requires_grad for parameter in other.parameters())


def test_fitting_again_forgets() -> None:
    net = counted(3)
    net.fit(list(Lanes(torch.tensor([0, 1, 2, 1, 0]), lanes=1, window=9, context=None)))
    fresh = counted(3, [0, 1, 2, 1, 0])
    assert all(torch.equal(fresh.state_dict()[name], tensor) for name, tensor in net.state_dict().items())


def test_nothing_counted_yet() -> None:
    net = NGram(make_stack=None, vocabulary_size=V, outputs=V, order=2)
    with pytest.raises(ValueError, match="call fit"):
        net.step(torch.tensor([1]), net.start(starting(torch.zeros(1, 0, dtype=torch.int64))))


def test_impossible_orders_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^net\.order=0 is refused"):
        NGram(make_stack=None, vocabulary_size=V, outputs=V, order=0)
    with pytest.raises(ValueError, match=r"^net\.order=5 does not fit a text of 4 tokens"):
        counted(5, [1, 2, 3, 4])
