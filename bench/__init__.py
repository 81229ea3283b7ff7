"""The bench: what a recurrent architecture is worth, measured.

    conf -> RunConfig -> Task + Stack -> Net -> Learner -> Record -> Table -> (Markdown, LaTeX, HTML, CSV, wandb)

Data flow that one way, and so do imports, from room to room (the order is in `tests/test_architecture.py`):

commands     `commands`, `sweeps`, `probes`, `speed`, `jobs`, `training`: jobs are planned, started, trained, measured, asked
reading      `report`, `compare`, `tables`, `figures`, `stats` over `records`; `tracking` (wandb) is a view of the same numbers
meaning      `tasks` over `config`, `task.py` and `data`; `metrics`; `build.py` makes what a configuration names
models       `nets`, `nets.parts`, `baselines`, `decoding`, `cells`, `cells.scan`, `word_vectors`: torch and nothing else

What is measured lies in `bench.tasks`, one file a task: in the top-level folder `tasks/` of a checkout, and inside the package
once it is installed. Nothing imports it but the configuration, by name.
"""

from importlib import import_module
from pathlib import Path
from typing import Any

PUBLIC = {"Cell": "bench.cells.cell", "Stack": "bench.nets.parts.stack", "load": "bench.tables.runs"}
"""What is meant for other people's code, and where it lies."""

_above = Path(__file__).resolve().parent.parent
if (_above / "conf" / "config.yaml").is_file() and (_above / "tasks" / "__init__.py").is_file():
    __path__.append(str(_above))  # a checkout: `bench.tasks` lies beside this folder


def __getattr__(name: str) -> Any:
    """Imported when it is asked for: `from bench import Cell, Stack, load`."""
    if name not in PUBLIC:
        raise AttributeError(f"module 'bench' has no attribute {name!r}")
    return getattr(import_module(PUBLIC[name]), name)
