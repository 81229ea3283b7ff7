"""The equation read once more, in plain numbers: torch has no layer to compare with. And that the start is what it was."""

from math import exp, tanh

import torch
from torch import nn

from bench.cells.gru import GRU
from bench.cells.gru_reset_after import GRUResetAfter
from bench.cells.initialise import initialise

Vector = list[float]


def sigma(a: float) -> float:
    return 1 / (1 + exp(-a))


def dot(row: Vector, column: Vector) -> float:
    return sum(a * b for a, b in zip(row, column, strict=True))


def cho(x: Vector, h: Vector, w: list[Vector], u: list[Vector], b: Vector) -> Vector:
    """One step, unit by unit; rows of w, u and b: reset gates, update gates, candidates."""
    size = len(h)
    reset = [sigma(dot(w[j], x) + dot(u[j], h) + b[j]) for j in range(size)]
    update = [sigma(dot(w[j], x) + dot(u[j], h) + b[j]) for j in range(size, 2 * size)]
    kept = [r * value for r, value in zip(reset, h, strict=True)]
    candidate = [tanh(dot(w[j], x) + dot(u[j], kept) + b[j]) for j in range(2 * size, 3 * size)]
    return [update[j] * h[j] + (1 - update[j]) * candidate[j] for j in range(size)]


def random_cell() -> GRU:
    torch.manual_seed(0)
    cell = GRU(3, 4, recurrent_init="uniform").double()
    for parameter in cell.parameters():
        nn.init.normal_(parameter)
    return cell


def test_equals_the_equation_on_ragged_rows() -> None:
    cell = random_cell()
    x_BTI, h_BH, lengths = torch.randn(4, 6, 3).double(), torch.randn(4, 4).double(), [2, 6, 1, 5]
    recurrent = [*cell.weight_rz.tolist(), *cell.weight_n.tolist()]
    y_BTH, state = cell.scan(x_BTI, h_BH, torch.tensor(lengths))
    for row, length in enumerate(lengths):
        h = h_BH[row].tolist()
        for t in range(length):
            h = cho(x_BTI[row, t].tolist(), h, cell.weight_ih.tolist(), recurrent, cell.bias.tolist())
            torch.testing.assert_close(y_BTH[row, t], torch.tensor(h).double(), rtol=0, atol=1e-6)
        torch.testing.assert_close(state[row], torch.tensor(h).double(), rtol=0, atol=1e-6)


def test_differs_from_the_reset_after_the_product() -> None:
    """With the same weights and one bias the two are close cousins, but not the same function."""
    before, after = random_cell(), GRUResetAfter(3, 4, recurrent_init="uniform").double()
    weight_GI, weight_GH, bias_G, recurrent_bias_G = after.gru.all_weights[0]
    with torch.no_grad():
        weight_GI.copy_(before.weight_ih), weight_GH.copy_(torch.cat([before.weight_rz, before.weight_n]))
        bias_G.copy_(before.bias), recurrent_bias_G.zero_()
    x_BI, h_BH = torch.randn(2, 3).double(), torch.randn(2, 4).double()
    assert (before.step(x_BI, h_BH)[0] - after.step(x_BI, h_BH)[0]).abs().max() > 0.01
    assert torch.allclose(before.step(x_BI, 0 * h_BH)[0], after.step(x_BI, 0 * h_BH)[0])


def test_initial_weights_are_filled_in_the_order_of_one_matrix() -> None:
    """r, z, n from one stream of random numbers, as before the recurrent weight was cut in two: runs keep their start."""
    torch.manual_seed(0)
    cell = GRU(3, 4, recurrent_init="orthogonal")
    torch.manual_seed(0)
    weight_GI, weight_GH, bias_G = torch.empty(12, 3), torch.empty(12, 4), torch.empty(12)
    initialise(weight_GI, weight_GH, biases=[bias_G], recurrent_init="orthogonal")
    assert torch.equal(torch.cat([cell.weight_rz, cell.weight_n]), weight_GH)
    assert torch.equal(cell.weight_ih, weight_GI)
