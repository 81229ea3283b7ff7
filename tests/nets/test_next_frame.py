"""The loss of a frame: the sum over its keys, the mean over true frames, beside numpy and scikit-learn."""

import numpy as np
import pytest
import torch
from sklearn.metrics import log_loss

from bench.cells.elman import Elman
from bench.data.music.pieces import PieceRows
from bench.nets.next_frame import NextFrame, frame_nll
from bench.nets.parts.dropout import DropoutAtEnds, no_dropout
from bench.nets.parts.stack import Stack


def make_net(weight_noise=0.0):
    torch.manual_seed(0)

    def make_stack(inputs):
        def make_cell(size, hidden):
            return Elman(size, hidden, nonlinearity="tanh", recurrent_init="orthogonal")

        return Stack(make_cell, input_size=inputs, hidden_size=5, depth=1, direction="forward", dropout=no_dropout())

    return NextFrame(make_stack=make_stack, keys=88, dropout=DropoutAtEnds(0.0, 0.0), weight_noise=weight_noise)


@pytest.fixture
def rolls():
    draw = np.random.default_rng(1)
    return [torch.from_numpy((draw.random((length, 88)) < 0.1).astype(np.uint8)) for length in (7, 3, 12)]


def probabilities(net, frames):
    """A reading of the equation in numpy, frame by frame."""
    W, U, b, c = (weight.detach().double().numpy() for weight in net.stack.forward_cells[0].rnn.all_weights[0])
    V, d = (weight.detach().double().numpy() for weight in (net.output.weight, net.output.bias))
    h, frame_probabilities = np.zeros(5), []
    for frame in frames[:-1]:
        h = np.tanh(W @ frame + b + U @ h + c)
        frame_probabilities.append(1 / (1 + np.exp(-(V @ h + d))))
    return np.array(frame_probabilities)


def test_the_loss_is_that_of_numpy_whatever_the_padding(rolls):
    net = make_net()
    batch = PieceRows(rolls, None).batch(torch.arange(3))
    (nll_sum, count), _ = net.loss(batch, None)
    expected = 0.0
    for roll in rolls:
        frames = roll.double().numpy()
        p, y = probabilities(net, frames), frames[1:]
        expected -= (y * np.log(p) + (1 - y) * np.log(1 - p)).sum()
    assert int(count) == 6 + 2 + 11
    assert nll_sum.item() == pytest.approx(expected, rel=1e-5)


def test_what_stands_in_the_padding_changes_nothing(rolls):
    net = make_net()
    batch = PieceRows(rolls, None).batch(torch.arange(3))
    before = net.loss(batch, None)[0][0]
    batch.inputs_BT[1, 2:], batch.targets_BT[1, 2:] = 1.0, 1.0
    assert torch.equal(net.loss(batch, None)[0][0], before)


def test_a_frame_costs_the_sum_of_its_keys_by_scikit_learn():
    draw = np.random.default_rng(2)
    logits, truth = draw.normal(size=(1, 9, 88)), (draw.random((1, 9, 88)) < 0.2).astype(float)
    nll_sum, count = frame_nll(torch.from_numpy(logits), torch.from_numpy(truth), None)
    mean_over_keys = log_loss(truth.ravel(), 1 / (1 + np.exp(-logits.ravel())))
    assert float(nll_sum) / int(count) == pytest.approx(88 * mean_over_keys)


def test_noise_acts_in_training_alone(rolls):
    net, batch = make_net(weight_noise=0.3), PieceRows(rolls, None).batch(torch.arange(3))
    plain = make_net().loss(batch, None)[0][0]
    assert not torch.equal(net.loss(batch, None)[0][0], plain)
    net.noise.add(net)
    net.frames(batch).sum().backward()
    assert torch.equal(net.eval().loss(batch, None)[0][0], plain)
