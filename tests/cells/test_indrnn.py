"""A recurrent weight beyond its bound counts as the bound, and can come back."""

import torch

from bench.cells.indrnn import IndRNN


def test_beyond_the_bound_outputs_and_gradients_are_those_at_the_bound() -> None:
    torch.manual_seed(0)
    x_BTI, runs = torch.rand(2, 9, 3), []
    for recurrent in ([0.5, 1.0, -1.0], [0.5, 1.7, -4.0]):
        torch.manual_seed(1)
        cell = IndRNN(3, 3, recurrent_max=1.0)
        with torch.no_grad():
            cell.recurrent.copy_(torch.tensor(recurrent))
        y_BTH, _ = cell.scan(x_BTI, cell.init_state(2, x_BTI))
        y_BTH.square().sum().backward()
        runs.append([y_BTH.detach(), *(weight.grad for weight in cell.parameters())])
    assert runs[0][2].abs().min() > 0  # the gradient of the recurrent weights
    for beyond, at_bound in zip(*runs, strict=True):
        torch.testing.assert_close(beyond, at_bound)
