"""That it is not torch's unit, and that its start is what it was. (Its equation: test_equations.)"""

import torch
from torch import nn

from bench.cells.gru import GRU
from bench.cells.gru_reset_after import GRUResetAfter
from bench.cells.initialise import initialise


def random_cell() -> GRU:
    torch.manual_seed(0)
    cell = GRU(3, 4, recurrent_init="uniform").double()
    for parameter in cell.parameters():
        nn.init.normal_(parameter)
    return cell


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
