"""The pictures of README, drawn anew: `python -m bench +sweep=quick`, then `python tests/pictures.py runs/quick wandb`.

results/pictures/dashboard.svg shows what wandb's offline runs in the second folder hold, of the sweep's first task: panels as
`bench.tracking.workspace` lays them out, a colour a cell. results/pictures/report.png is the first screen of the sweep's report
in a browser without a window; it needs chromium, and is left as it is, and that is said, where there is none.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import matplotlib

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from matplotlib.axes import Axes  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402
from offline_runs import Stored, read_run  # noqa: E402

from bench.figures.style import SETTINGS, Identity, thousands, write  # noqa: E402
from bench.tables.looks import NUMBERS  # noqa: E402

CURVES = ("validation/nats_per_char", "train/loss", "train/gradient_norm")
BARS = ("score/test/nats_per_char", "training/tokens_per_second", "parameters")
PICTURES = ROOT / "results" / "pictures"
SCREEN_PIXELS = "1280,720"


def main(sweep: Path, wandb: Path) -> None:
    runs = [run for path in sorted(wandb.glob("*run-*/*.wandb")) if (run := read_run(path)).run is not None]
    shown = [run for run in runs if run.run.run_group == sweep.name and BARS[0] in run.summary]
    if not shown:
        raise SystemExit(f"{wandb} holds no run of {sweep.name}: run python -m bench +sweep=quick track.mode=offline.")
    with matplotlib.rc_context(SETTINGS):
        figure = Figure(figsize=(12.8, 6.0), layout="constrained")
        figure.suptitle(f"wandb, group {sweep.name}: {len(shown)} runs", x=0.01, ha="left", fontweight="bold")
        panels = list(figure.subplots(2, len(CURVES)).flat)
        for axes, key in zip(panels, CURVES + BARS, strict=True):
            axes.set_title(key, fontsize=10.0)
            (_curves if key in CURVES else _bars)(axes, key, shown)
        handles, names = panels[0].get_legend_handles_labels()
        figure.legend(handles, names, loc="outside right upper")
        write(figure, PICTURES / "dashboard")
    (PICTURES / "dashboard.png").unlink()
    _report(sweep)


def _name(run: Stored) -> str:
    return f"{_cell(run)}, seed {run.config['seed']}"


def _cell(run: Stored) -> str:
    return str(run.config["cell"]["name"])


def _look(run: Stored) -> dict[str, object]:
    identity = Identity(json.loads(NUMBERS.read_text())[_cell(run)], int(run.config["seed"]))
    return {"color": identity.colour, "linestyle": identity.dashes}


def _curves(axes: Axes, key: str, runs: Sequence[Stored]) -> None:
    for run in runs:
        axes.plot(*zip(*run.curve(key), strict=True), label=_name(run), **_look(run))
    axes.set_xlabel("step")


def _bars(axes: Axes, key: str, runs: Sequence[Stored]) -> None:
    for place, run in enumerate(runs):
        axes.barh(-place, run.summary[key], color=_look(run)["color"])
    axes.set_yticks([-place for place in range(len(runs))], [_name(run) for run in runs])
    axes.xaxis.set_major_formatter(thousands if key != BARS[0] else "{x:.1f}")


def _report(sweep: Path) -> None:
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        print("report.png is left as it is: there is no chromium")
        return
    subprocess.run([sys.executable, "-m", "bench", "report", str(sweep)], check=True, cwd=ROOT)
    options = ["--headless", "--no-sandbox", "--hide-scrollbars", f"--window-size={SCREEN_PIXELS}"]
    shot, page = PICTURES / "report.png", (sweep / "report.html").resolve().as_uri()
    subprocess.run([browser, *options, f"--screenshot={shot}", page], check=True, capture_output=True)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
