"""The workspace of a sweep as code: which panels in which order. Needs the extra `workspaces`, and an account to save it.

It is saved under a name of its own that follows from the sweep, so saving it again replaces it; what was saved last is noted
beside the runs, so that an unchanged layout is never sent twice, and changes made by hand stay until ours changes.
"""

import hashlib
import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.tracking.call_queue import within
from bench.tracking.run_info import stable_id
from bench.tracking.settings import Settings
from bench.tracking.wandb_api import load, quieten
from bench.tracking.warnings import wandb_state

INSTALL = "pip install '.[workspaces]'"


@dataclass(frozen=True)
class Layout:
    """What a sweep's runs show, by the keys under which they logged it; `curves` and `scores`: the primary metric first."""

    sweep: str
    curves: tuple[str, ...]
    scores: tuple[str, ...]
    tables: tuple[str, ...]
    figures: tuple[str, ...]
    pictures: tuple[str, ...]


def save_layout(settings: Settings, layout: Layout) -> str:
    """Saves the workspace and says what became of it in a few words; trouble is told once and raises nothing."""
    note = Path(settings.folder) / "wandb" / f".workspace-{_name(layout)}"
    content = hashlib.sha256(repr((settings.project, settings.entity, layout)).encode()).hexdigest()
    if note.is_file() and note.read_text() == content:
        return "workspace unchanged"
    if importlib.util.find_spec("wandb_workspaces") is None:
        return f"no workspace (it needs: {INSTALL})"
    try:
        load()
        within(settings.timeout_s, lambda: _save(settings, layout))
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(content)
    except Exception as error:
        wandb_state.warn(error, "the workspace is not saved")
        return "workspace not saved"
    return "workspace saved"


def _name(layout: Layout) -> str:
    return stable_id(layout.sweep, "workspace")


def _save(settings: Settings, layout: Layout) -> None:
    import wandb
    from wandb_workspaces import workspaces

    quieten(settings.timeout_s)
    entity = settings.entity or wandb.Api().default_entity
    workspace = build(layout, entity=entity, project=settings.project)
    try:
        existing = workspaces.Workspace.from_url(f"https://wandb.ai/{entity}/{settings.project}?nw={_name(layout)}")
        workspace._internal_id = existing._internal_id
    except ValueError:
        pass  # not there yet
    workspace._internal_name = f"nw-{_name(layout)}-v"
    workspace.save()


def build(layout: Layout, *, entity: str, project: str) -> Any:
    """The workspace, not yet saved."""
    from wandb_workspaces import workspaces

    return workspaces.Workspace(
        entity=entity,
        project=project,
        name=f"sweep {layout.sweep}",
        sections=[section for section in _sections(layout) if section.panels],
        settings=workspaces.WorkspaceSettings(x_axis="step"),
        runset_settings=workspaces.RunsetSettings(
            filters=[workspaces.Metric("Group") == layout.sweep],
            pinned_columns=["run:displayName", "summary:status", *(f"summary:{score}" for score in layout.scores)],
        ),
    )


def _sections(layout: Layout) -> list[Any]:
    from wandb_workspaces import workspaces
    from wandb_workspaces.reports.v2 import BarPlot, LinePlot, MediaBrowser, RunComparer, WeavePanelSummaryTable

    def lines(*keys: str) -> list[Any]:
        return [LinePlot(title=key, x="step", y=[key]) for key in keys]

    def media(keys: Sequence[str]) -> list[Any]:
        return [MediaBrowser(title=key, media_keys=[key]) for key in keys]

    def section(name: str, panels: list[Any]) -> Any:
        return workspaces.Section(name=name, panels=panels, is_open=True)

    return [
        section("Tables", [WeavePanelSummaryTable(table_name=key) for key in layout.tables]),
        section("Figures", media(layout.figures)),
        section("Quality", [*lines(*layout.curves), *(BarPlot(title=key, metrics=[key]) for key in layout.scores)]),
        section("Training", lines("train/loss", "train/lr", "tokens")),
        section("Gradients", [*lines("train/gradient_norm"), LinePlot(title="by part", x="step", metric_regex="gradient/.*")]),
        section("Attention and other matrices", media(layout.pictures)),
        section("Samples", [WeavePanelSummaryTable(table_name="samples")]),
        section("Configurations", [RunComparer()]),
    ]
