"""The gradient's way back, on nets whose Jacobians are known."""

import math
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from bench.cells.state import Kind, Leaf
from bench.config.factory import make_net, make_task
from bench.errors import DataError
from bench.probes.gradient_flow import Flow, flow, hidden, norms, windows


class Linear(nn.Module):
    """h_t = W h_(t-1) + e(token): the gradient at lag k is (W^T)^k times that at lag 0."""

    def __init__(self, weight_HH):
        super().__init__()
        self.weight = nn.Parameter(weight_HH)
        self.embedding = nn.Embedding(5, weight_HH.size(0))
        self.stack = SimpleNamespace(layer_leaves=(Leaf("h", Kind.OUTPUT),))

    def start(self, batch):
        return (self.embedding.weight.new_zeros(len(batch.inputs_BT), self.weight.size(0)),)

    def step(self, token_N, state):
        h_NH = state[0] @ self.weight.t() + self.embedding(token_N)
        return (h_NH @ self.embedding.weight.t()).log_softmax(1), (h_NH,)


def drawn(rows=3, length=20):
    generator = torch.Generator().manual_seed(0)
    return torch.randint(5, (rows, length), generator=generator), torch.randint(5, (rows,), generator=generator)


@pytest.mark.parametrize("factor", [0.5, 1.0, 1.25])
def test_the_rate_of_a_scaled_rotation_is_its_scale(factor):
    turn = torch.tensor([[math.cos(0.3), -math.sin(0.3)], [math.sin(0.3), math.cos(0.3)]])
    measured = flow(Linear(factor * turn), *drawn(), lags=18)
    assert measured.rate == pytest.approx(factor, rel=1e-6)
    assert len(measured.norms) == 18


def test_norms_are_those_of_the_powers_of_the_matrix():
    torch.manual_seed(1)
    net = Linear(torch.randn(4, 4) / 2).double()
    inputs_NT, target_N = drawn()
    state = net.start(SimpleNamespace(inputs_BT=inputs_NT))
    for token_N in inputs_NT.unbind(1):
        log_prob_NV, state = net.step(token_N, state)
    back_NH = (log_prob_NV.exp() - nn.functional.one_hot(target_N, 5)) @ net.embedding.weight
    for lag, norm_N in enumerate(norms(net, inputs_NT, target_N).unbind(1)):
        assert torch.allclose(norm_N, back_NH.norm(dim=1)), lag
        back_NH = back_NH @ net.weight


def test_the_row_in_the_middle_counts_and_the_net_is_left_alone():
    net = Linear(torch.eye(2))
    inputs_NT, target_N = drawn()
    sorted_NK = norms(net.double(), inputs_NT, target_N).sort(0).values
    middle_K = (sorted_NK[(len(sorted_NK) - 1) // 2] + sorted_NK[len(sorted_NK) // 2]) / 2
    net.float().train()
    assert flow(net, inputs_NT, target_N, lags=20).norms == pytest.approx(middle_K.tolist(), rel=1e-5)
    assert net.training and net.weight.dtype == torch.float32 and net.weight.grad is None


@pytest.mark.parametrize(
    ("norms_K", "reach"), [([9, 1, 0.5, 0.02, 0.005, 1], 3), ([1, 1, 1, 1], 3), ([1, 0, 0, 0], 0), ([1, 1, 0, 0], 1)]
)
def test_the_reach_ends_where_one_percent_is_left(norms_K, reach):
    assert Flow(tuple(norms_K)).reach == reach


def test_nothing_that_arrives_is_a_rate_of_zero():
    assert Flow((1.0, 0.0, 0.0)).rate == 0.0


@pytest.mark.parametrize("cell", ["elman", "lstm"])
def test_every_layer_counts_and_gates_keep_what_a_plain_network_loses(compose, cell):
    config = compose(f"cell={cell}", "stack.depth=2", "stack.hidden_size=16", "data.limit=3000", "trainer.batch_size=4")
    task = make_task(config)
    torch.manual_seed(0)
    net = make_net(config, task)
    ids = task.data.ids["validation"]
    measured = flow(net, ids[:120].view(4, 30), ids[1:121].view(4, 30)[:, -1], lags=30)
    assert 0 < measured.norms[29] < measured.norms[1]
    assert len(hidden(net.start(SimpleNamespace(inputs_BT=ids[:4, None], lengths_B=None)), net.stack.layer_leaves)) == 2


def test_the_hidden_state_is_the_output_wherever_it_stands():
    state = tuple((torch.zeros(2, 3), torch.full((2, 3), float(layer))) for layer in (1, 2))
    outputs = hidden(state, (Leaf("n", Kind.FIXED), Leaf("h", Kind.OUTPUT)))
    assert [leaf.unique().item() for leaf in outputs] == [1, 2]


def test_windows_are_spread_over_the_whole_text(compose):
    data = make_task(compose("data.limit=3000")).data
    ids = data.ids["validation"]
    inputs_NT, target_N = windows(data, rows=3, length=10)
    starts = (0, (len(ids) - 11) // 2, len(ids) - 11)
    for row, start in enumerate(starts):
        assert inputs_NT[row].equal(ids[start : start + 10])
        assert target_N[row] == ids[start + 10]


def test_a_text_that_is_too_short_is_refused(compose):
    with pytest.raises(DataError, match="fewer than one window of 1000000"):
        windows(make_task(compose("data.limit=3000")).data, rows=3, length=1_000_000)
