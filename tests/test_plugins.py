"""Classes from packages of the user's own: trusted when they are named, refused with the line to add when they are not."""

import shlex
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
from command import ROOT, bench, records

SMALL = (
    "track=none",
    "stack.hidden_size=8",
    "data.limit=3000",
    "trainer.batch_size=4",
    "task.window=20",
    "trainer.epochs=1",
    "evaluation.sample_length=30",
    "speed.rounds=0",
)
CELL = '''
"""h_t = (1 - a) h_(t-1) + a tanh(W x_t + U h_(t-1)): leaky integration, by a package of one's own."""

import torch
from torch import Tensor, nn

from bench.cells.cell import Cell
from .gain import GAIN


class Leaky(Cell):
    def __init__(self, input_size: int, hidden_size: int, *, leak: float = 0.5) -> None:
        super().__init__(input_size, hidden_size)
        self.read, self.link = nn.Linear(input_size, hidden_size), nn.Linear(hidden_size, hidden_size, bias=False)
        self.leak = leak

    def step(self, x_BI: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        h_BH = (1 - self.leak) * state + self.leak * torch.tanh(GAIN * self.read(x_BI) + self.link(state))
        return h_BH, h_BH
'''
SWEEP = """# @package _global_
defaults: [_sweep]
plugins: [lent]
sweep:
  name: mine
  title: A cell of my own
  rows:
    - {cell: [leaky, lstm, gru]}
  seeds: 2
  baseline: {cell.name: lstm}
"""


def lend(room: Path) -> None:
    """A package with a cell, and its yaml, in an empty folder."""
    for path, content in {
        "lent/__init__.py": "",
        "lent/gain.py": "GAIN = 1.0\n",
        "lent/cell.py": CELL,
        "conf/cell/leaky.yaml": "name: leaky\n_target_: lent.cell.Leaky\nleak: 0.5\n",
        "conf/sweep/mine.yaml": SWEEP,
    }.items():
        (room / path).parent.mkdir(parents=True, exist_ok=True)
        (room / path).write_text(content)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    (wheel_file,) = folder.glob("*.whl")
    return wheel_file


def test_a_wheel_brings_one_top_level_package(wheel):
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"bench"}
    names = zipfile.ZipFile(wheel).namelist()
    assert (
        "bench/tasks/char_lm.py" in names
        and "bench/conf/config.yaml" in names
        and "bench/records/data_of_schema_1.json" in names
    )


def test_a_cell_of_ones_own_from_an_installed_wheel(wheel, tmp_path):
    """In an environment of its own, in an empty folder: one table of the own cell, an LSTM and a GRU."""
    environment, room = tmp_path / "venv", tmp_path / "room"
    venv.create(environment, with_pip=False)
    python = environment / "bin" / "python"
    (site,) = environment.glob("lib/python*/site-packages")
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(site), str(wheel)], check=True)
    dependencies = next(path for path in sys.path if path.endswith("site-packages"))
    (site / "dependencies.pth").write_text(f"{dependencies}\n")  # what the wheel needs, not this checkout
    room.mkdir()
    lend(room)
    words = [str(python), "-m", "bench", "--config-dir", "conf", "+sweep=mine", *SMALL]
    done = subprocess.run(words, cwd=room, env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    all_records = records(room / "runs" / "mine").values()
    assert {record["config"]["cell"]["name"] for record in all_records} == {"leaky", "lstm", "gru"}
    assert all(record["status"] == "ok" for record in all_records)
    assert all(list(record["code"]["plugins"]) == ["lent"] for record in all_records)
    table = (room / "runs" / "mine" / "table.md").read_text()
    assert all(f"| {cell} |" in table for cell in ("leaky", "lstm", "gru"))


def test_the_command_of_a_job_names_the_folder_that_its_sweep_came_from(tmp_path):
    lend(tmp_path)
    words = ("--config-dir", "conf", "+sweep=mine", *SMALL)
    told = bench(tmp_path, "cost", *words)
    assert told.returncode == 0 and "6 jobs, about" in told.stdout, told.stderr
    assert bench(tmp_path, "cost", "--config-dir", "nowhere", "+sweep=mine").stderr == (
        "refused: --config-dir nowhere: there is no such folder; give one with your yaml files.\n"
    )
    assert bench(tmp_path, *words).returncode == 0
    repeated = shlex.split(bench(tmp_path, "status", "runs/mine", "--job", "1").stdout)
    assert repeated[:3] == ["python", "-m", "bench"]
    again = bench(tmp_path, *repeated[3:])
    assert again.returncode == 0 and "already done (ok)" in again.stderr, again.stderr


def test_a_folder_that_hides_the_suite_is_named(tmp_path):
    """Python prefers a folder `bench` where one works to a package that was installed with `-e`."""
    (tmp_path / "bench").mkdir()
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-m", "bench", *SMALL]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    sentence = f"refused: the folder {tmp_path / 'bench'} hides the suite from Python: work in another folder.\n"
    assert (done.returncode, done.stderr) == (2, sentence) or done.returncode == 0 or "No module named" in done.stderr


def test_a_plugin_that_is_not_named_is_refused_with_the_line_to_add(tmp_path):
    lend(tmp_path)
    done = bench(tmp_path, "--config-dir", "conf", "cell=leaky", *SMALL)
    assert done.returncode == 2
    assert "cell._target_='lent.cell.Leaky' is not allowed" in done.stderr
    assert "add plugins=[lent]" in done.stderr
    assert not (tmp_path / "runs").exists()


def test_what_a_plugin_imports_is_not_opened_by_it(tmp_path):
    lend(tmp_path)
    (tmp_path / "lent" / "tools.py").write_text("from os import system\n")
    done = bench(tmp_path, "--config-dir", "conf", "plugins=[lent]", "cell=leaky", "cell._target_=lent.tools.system", *SMALL)
    assert done.returncode == 2
    assert "is no class or function of" in done.stderr


@pytest.mark.parametrize(
    "content, shown",
    [("import nothing_of_the_kind\n", "No module named 'nothing_of_the_kind'"), ("1 / 0\n", "ZeroDivisionError")],
)
def test_a_plugin_that_does_not_import_shows_its_own_trace_and_is_named(tmp_path, content, shown):
    lend(tmp_path)
    (tmp_path / "lent" / "__init__.py").write_text(content)
    done = bench(tmp_path, "--config-dir", "conf", "plugins=[lent]", "cell=leaky", *SMALL)
    assert done.returncode == 2
    assert "Traceback" in done.stderr and shown in done.stderr
    assert "refused: plugins=[lent] cannot be imported" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    "name, why", [("nowhere_to_be_found", "cannot be imported"), ("bench", "the suite itself"), ("a-b", "names")]
)
def test_a_plugin_that_is_none_is_refused_in_a_sentence(tmp_path, name, why):
    done = bench(tmp_path, f"plugins=[{name}]", *SMALL)
    assert done.returncode == 2
    assert done.stderr.startswith("refused: ") and why in done.stderr and "Traceback" not in done.stderr


def test_a_plugins_source_is_part_of_the_names_of_its_runs(tmp_path):
    lend(tmp_path)
    words = ("--config-dir", "conf", "plugins=[lent]", "cell=leaky", *SMALL)
    assert bench(tmp_path, *words).returncode == 0
    assert bench(tmp_path, *words).returncode == 0
    first = set(records(tmp_path / "runs" / "single"))
    assert len(first) == 1
    (tmp_path / "lent" / "gain.py").write_text('GAIN = 1.0  # the same, in other words\n"""Said."""\n')
    assert bench(tmp_path, *words).returncode == 0
    assert set(records(tmp_path / "runs" / "single")) == first
    (tmp_path / "lent" / "gain.py").write_text("GAIN = 2.0\n")
    assert bench(tmp_path, *words).returncode == 0
    assert len(records(tmp_path / "runs" / "single")) == 2


def test_an_empty_tasks_file_in_the_folder_breaks_nothing(tmp_path):
    (tmp_path / "tasks.py").write_text("")
    done = bench(tmp_path, *SMALL)
    assert done.returncode == 0, done.stderr
