"""The workspace of a sweep: what it shows, and that it is saved once under one name."""

import json
from dataclasses import replace
from typing import Any

import pytest

from bench.tracking import Layout, Settings, save_layout

pytest.importorskip("wandb_workspaces", reason="the extra `workspaces` is not installed")

LAYOUT = Layout(
    sweep="paper/cells",
    curves=("validation/nats_per_char",),
    scores=("score/test/nats_per_char",),
    tables=("tables/quick/char_lm/pydocs",),
    figures=("figures/curves",),
    pictures=("attention/1",),
)


def names(value: Any) -> set[str]:
    """Every text in a saved workspace."""
    if isinstance(value, str):
        return {value}
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return set().union(*map(names, inner))


def test_a_workspace_shows_what_was_logged_and_is_saved_once(settings: Settings, server: Any) -> None:
    assert save_layout(settings, LAYOUT) == "workspace saved"
    (view,) = server.views.values()
    assert view["displayName"] == "sweep paper/cells"
    section = json.loads(view["spec"])["section"]
    shown = {section_shown["name"]: names(section_shown["panels"]) for section_shown in section["panelBankConfig"]["sections"]}
    for title, key in (
        ("Tables", "tables/quick/char_lm/pydocs"),
        ("Figures", "figures/curves"),
        ("Quality", "validation/nats_per_char"),
        ("Quality", "score/test/nats_per_char"),
        ("Gradients", "train/gradient_norm"),
        ("Attention and other matrices", "attention/1"),
        ("Samples", "samples"),
    ):
        assert key in shown[title], title
    assert "paper/cells" in names(section["runSets"])  # only this sweep's runs

    request_count = server.requests
    assert save_layout(settings, LAYOUT) == "workspace unchanged"
    assert server.requests == request_count
    assert save_layout(settings, replace(LAYOUT, figures=())) == "workspace saved"
    (view,) = server.views.values()
    assert "figures/curves" not in names(json.loads(view["spec"]))


@pytest.mark.usefixtures("no_server")
def test_a_workspace_that_cannot_be_saved_ends_nothing(settings: Settings, capfd: pytest.CaptureFixture[str]) -> None:
    assert save_layout(replace(settings, timeout_s=2), LAYOUT) == "workspace not saved"
    assert capfd.readouterr().err.count("\n") == 1
