"""Masks: which positions share one, how much is kept, and what stays when it is off."""

import pytest
import torch

from bench.nets.parts.dropout import Dropout


def masked(mask: str, p: float = 0.4) -> torch.Tensor:
    torch.manual_seed(0)
    return Dropout("p", p, mask)(torch.ones(200, 7, 50))


def test_a_mask_a_sequence_is_the_same_at_every_step_and_differs_between_rows():
    y_BTH = masked("sequence")
    assert (y_BTH == y_BTH[:, :1]).all()
    assert not (y_BTH[0] == y_BTH[1]).all()
    assert not (masked("step")[:, 0] == masked("step")[:, 1]).all()


@pytest.mark.parametrize("mask", ["step", "sequence"])
def test_what_is_kept_is_scaled_so_that_the_mean_stays(mask):
    y_BTH = masked(mask)
    assert y_BTH.unique().tolist() == pytest.approx([0, 1 / 0.6])
    assert y_BTH.mean().item() == pytest.approx(1, abs=0.03)
    assert (masked(mask, 1.0) == 0).all()


@pytest.mark.parametrize("mask", ["step", "sequence"])
def test_off_in_evaluation(mask):
    x_BTH = torch.randn(2, 3, 4)
    assert Dropout("p", 0.9, mask).eval()(x_BTH) is x_BTH


def test_refusals_name_the_key():
    with pytest.raises(ValueError, match=r"net\.output_dropout=2"):
        Dropout("net.output_dropout", 2, "step")
    with pytest.raises(ValueError, match=r"stack\.dropout_mask='window' is refused: choose one of step, sequence"):
        Dropout("p", 0.5, "window")
