"""The bench: what a recurrent architecture is worth, measured.

    conf -> RunConfig -> Task + Stack -> Net -> Learner -> Record -> Table -> (Markdown, LaTeX, HTML, CSV, wandb)

Data flow that one way. Three wings on one hall:

models      `cells`, `stack`, `nets`, `decoding`: torch and nothing else
running     `__main__` -> `sweep` -> `run` -> `training` -> `learner`; `speed` beside it; they meet a task only through
            `task.py`, a configuration through `config.py`, and build what it names through `build.py`
reporting   `record` -> `tables`, `figures`; `publish` (wandb) is a view of the same numbers, never the store; `report` and
            `compare` are commands over finished sweeps

What is measured lives in `bench.tasks`, one file a task; nothing else of `bench` imports it: the configuration names it. Its
files lie in the top-level folder `tasks/` of a checkout, and inside the package once it is installed.
"""

from pathlib import Path

_above = Path(__file__).resolve().parent.parent
if (_above / "conf" / "config.yaml").is_file() and (_above / "tasks" / "__init__.py").is_file():
    __path__.append(str(_above))  # a checkout: `bench.tasks` lies beside this folder
