"""Which config keys become label columns, and what they are called."""

from __future__ import annotations

from typing import Any

import pytest

from bench.records.flat import flatten
from bench.tables.config_keys import headings, label, row_keys


def config(cell: str, depth: int, lr: float, seed: int, **more: Any) -> dict[str, Any]:
    return {
        "seed": seed,
        "stack": {"depth": depth},
        "optimiser": {"lr": lr, "betas": [0.9, 0.999]},
        "cell": {"name": cell, "_target_": f"bench.cells.{cell}"},
        **more,
    }


def grid(more: Any = lambda cell, depth, lr, seed: {}) -> list[dict[str, Any]]:
    return [
        flatten(config(*point, **more(*point)))
        for point in ((c, d, r, s) for c in ("elman", "lstm") for d in (1, 2) for r in (0.1, 0.2) for s in (5, 6))
    ]


def test_names_come_first_then_the_order_of_the_config() -> None:
    assert row_keys(grid(), ["optimiser.lr"])[0] == ["cell.name", "stack.depth"]


def test_without_tuning_the_rate_is_a_row_key() -> None:
    assert row_keys(grid(), [])[0] == ["cell.name", "stack.depth", "optimiser.lr"]


def test_a_key_that_follows_is_no_row_key() -> None:
    keys, follow = row_keys(grid(lambda c, d, r, s: {"net": {"width": 10 * d}}), ["optimiser.lr"])
    assert keys == ["cell.name", "stack.depth"]
    assert follow == ["cell._target_", "net.width"]


def test_a_key_that_follows_from_two_row_keys_together() -> None:
    keys, follow = row_keys(grid(lambda c, d, r, s: {"zone": f"{c}{d}"}), ["optimiser.lr"])
    assert "zone" in follow and keys == ["cell.name", "stack.depth"]


def test_a_group_that_follows_still_names_its_rows() -> None:
    keys, _ = row_keys(grid(lambda c, d, r, s: {"net": {"name": f"net of {c}", "size": c}}), ["optimiser.lr"])
    assert keys == ["cell.name", "net.name", "stack.depth"]


@pytest.mark.parametrize("key", ["trainer.log_every_steps", "trainer.snapshot_minutes"])
def test_what_changes_no_result_tells_no_rows_apart(key: str) -> None:
    group, _, name = key.partition(".")
    keys, _ = row_keys(grid(lambda c, d, r, s: {group: {name: d * s}}), ["optimiser.lr"])
    assert keys == ["cell.name", "stack.depth"]


@pytest.mark.parametrize("group", ["paths", "track", "hydra", "sweep", "launcher"])
def test_the_machinery_tells_no_rows_apart(group: str) -> None:
    keys, _ = row_keys(grid(lambda c, d, r, s: {group: {"folder": f"{c}{d}{r}{s}"}}), ["optimiser.lr"])
    assert keys == ["cell.name", "stack.depth"]


def test_interpolations_of_seed_and_tuned_key_are_no_row_keys() -> None:
    keys, _ = row_keys(grid(lambda c, d, r, s: {"loader": {"seed": s}, "warmup": {"peak": r}}), ["optimiser.lr"])
    assert keys == ["cell.name", "stack.depth"]


def test_a_key_that_only_some_configs_have_is_compared_as_null() -> None:
    keys, _ = row_keys(grid(lambda c, d, r, s: {"decode": {"width": 4}} if d == 2 and s == 5 else {}), ["optimiser.lr"])
    assert keys == ["cell.name", "stack.depth", "decode.width"]


def test_lists_are_values() -> None:
    flats = [flatten({"seed": 0, "optimiser": {"betas": betas}}) for betas in ([0.9, 0.99], [0.9, 0.999])]
    assert row_keys(flats, [])[0] == ["optimiser.betas"]


def test_headings_are_short_where_they_are_clear() -> None:
    named = headings(["cell.name", "stack.hidden_size", "task.name", "encoder.depth", "decoder.depth"])
    assert list(named.values()) == ["cell", "hidden size", "task", "encoder.depth", "decoder.depth"]


@pytest.mark.parametrize(("value", "text"), [(None, "none"), (True, "true"), (0.002, "0.002"), (1e-5, "1e-05"), (2, "2")])
def test_labels_are_written_as_overrides(value: Any, text: str) -> None:
    assert label(value) == text
