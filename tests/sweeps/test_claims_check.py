"""Rows of a claim differ in what it names alone, or the sweep is refused; budget checks are rows at twice the budget."""

from __future__ import annotations

from typing import Any

import pytest

from bench.errors import ConfigError
from bench.sweeps.budget_check import budget_checks
from bench.sweeps.claims_check import check_claims

CLAIM = {"claim": "Attention is better", "better": {"net.attention": "dot"}, "than": {"net.attention": "none"}}


def config(seed: int = 0, claims: Any = (CLAIM,), **net: Any) -> dict[str, Any]:
    sweep = {"claims": list(claims), "tune": {"optimiser.lr": [0.1, 0.2]}, "budget_check": False}
    return {
        "seed": seed,
        "stack": {"depth": 1, "hidden_size": 8, "parameters": None},
        "optimiser": {"lr": 0.1, "periods": 4},
        "trainer": {"epochs": 4, "max_steps": None},
        "cell": {"name": "gru"},
        "data": {"name": "pydocs"},
        "net": {"name": "encoder_decoder", "attention": "none", "context": "both", "decoder": {"cell": {"name": "gru"}}, **net},
        "sweep": sweep,
    }


def test_rows_that_differ_in_what_is_named_pass() -> None:
    check_claims([config(), config(1), config(attention="dot"), config(1, attention="dot")])


def test_what_else_differs_is_named_in_the_refusal() -> None:
    with pytest.raises(
        ConfigError, match=r"sweep.claims: the rows of 'Attention is better' also differ in net.context: name it"
    ):
        check_claims([config(), config(attention="dot", context="initial_state")])


def test_a_claim_that_names_the_rest_passes() -> None:
    named = {**CLAIM, "better": {"net.attention": "dot", "net.context": "initial_state"}}
    check_claims([config(claims=[named]), config(claims=[named], attention="dot", context="initial_state")])


def test_seeds_tuned_values_and_copies_of_a_named_group_differ_by_right() -> None:
    claim = {"claim": "x", "better": {"cell.name": "lstm"}, "than": {"cell.name": "gru"}}
    other = config(3, claims=[claim], decoder={"cell": {"name": "lstm", "forget_bias": 1.0}})
    other["cell"] = {"name": "lstm", "forget_bias": 1.0}
    other["optimiser"] = {"lr": 0.2, "periods": 4}
    check_claims([config(claims=[claim]), other])
    other["net"]["decoder"]["cell"]["name"] = "elman"  # not the encoder's: a second difference
    with pytest.raises(ConfigError, match=r"also differ in net.decoder.cell.name"):
        check_claims([config(claims=[claim]), other])


def test_sizes_differ_by_right_where_the_parameters_are_given() -> None:
    claim = {"claim": "x", "better": {"cell.name": "lstm"}, "than": {"cell.name": "gru"}}
    first, second = config(claims=[claim]), config(claims=[claim])
    second["cell"] = {"name": "lstm"}
    second["stack"] = {"depth": 1, "hidden_size": 6, "parameters": None}
    with pytest.raises(ConfigError, match=r"stack.hidden_size"):
        check_claims([first, second])
    first["stack"]["parameters"] = second["stack"]["parameters"] = 1000
    check_claims([first, second])


def test_rows_that_are_not_run_or_several_are_left_to_the_tables() -> None:
    check_claims([config(attention="dot", context="initial_state")])
    check_claims([config(), config(context="initial_state"), config(attention="dot")])


def test_a_budget_check_is_the_first_seed_of_a_claimed_row_at_twice_the_budget() -> None:
    configs = [config(seed, attention=attention) for attention in ("none", "dot", "general") for seed in (0, 1)]
    words = [[f"net.attention={run['net']['attention']}", f"seed={run['seed']}", "trainer.epochs=4"] for run in configs]
    twice = ["trainer.epochs=8", "optimiser.periods=4", "sweep.budget_check=twice"]
    assert list(budget_checks(configs, words)) == [
        ["net.attention=none", "seed=0", *twice],
        ["net.attention=dot", "seed=0", *twice],
    ]
    configs[0]["trainer"]["max_steps"] = 50
    assert "trainer.max_steps=100" in next(budget_checks(configs, words))
