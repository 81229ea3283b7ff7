"""What a configuration names by `_target_` must belong to its place: nothing else is imported or called."""

import sys

import pytest
from command import SMALL, bench

from bench.build import build
from bench.errors import ConfigError

CALLS = {
    "os.system": "command",
    "posix.system": "command",
    "subprocess.run": "args",
    "subprocess.getoutput": "cmd",
    "builtins.exec": "source",
    "builtins.eval": "source",
    "builtins.open": "file",
    "pathlib.Path.touch": "self",
    "shutil.rmtree": "path",
    "runpy.run_path": "path_name",
    "importlib.import_module": "name",
    "pickle.load": "file",
    "torch.load": "f",
    "numpy.load": "file",
    "hydra.utils.instantiate": "config",
    "hydra.utils.call": "config",
    "webbrowser.open": "url",
    "canary.leave": "path",
    "tasks_of_others.leave": "path",
    "benchmark.leave": "path",
    "bench.build.importlib.import_module": "name",
    "bench.build.build": "node",
    "bench.records.record.write_atomically": "path",
    "bench.__main__.main": "arguments",
    "bench.cells.cell.torch.load": "f",
    "bench.cells.lstm.__builtins__.exec": "source",
    "bench.tasks.char_lm.Path.touch": "self",
    "bench.tasks.os.system": "command",
    "": "path",
    "os": "path",
}
PLACES = ("task", "evaluation", "data", "cell", "net", "decode", "net.decoder.cell")


@pytest.fixture
def canary(tmp_path, monkeypatch):
    """A module that tells on whoever imports it, and a file that no payload may leave."""
    sung = tmp_path / "sung"
    for name in ("canary", "tasks_of_others", "benchmark"):
        text = f"open({str(sung)!r}, 'w')\ndef leave(path):\n    open(path, 'w')\n"
        (tmp_path / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    yield sung
    assert not sung.exists()
    assert not {"canary", "tasks_of_others", "benchmark"} & set(sys.modules)


@pytest.mark.parametrize("key", PLACES)
@pytest.mark.parametrize("target", CALLS)
def test_a_foreign_target_is_refused_before_it_is_imported(canary, target, key):
    with pytest.raises(ConfigError, match=r"not allowed|cannot be imported|no class or function"):
        build({"_target_": target, CALLS[target]: f"touch {canary}"}, key=key)


@pytest.mark.parametrize("door", ["yaml", "command line"])
def test_a_sweep_with_a_foreign_target_starts_nothing(tmp_path, door):
    canary = tmp_path / "sung"
    if door == "yaml":
        (tmp_path / "mine" / "cell").mkdir(parents=True)
        (tmp_path / "mine" / "cell" / "evil.yaml").write_text(f"name: evil\n_target_: os.system\ncommand: touch {canary}\n")
        words = ("--config-dir", "mine", "-m", "cell=gru,evil")
    else:
        words = ("-m", "seed=0,1", "cell._target_=os.system", f"+cell.command='touch {canary}'")
    done = bench(tmp_path, *words, *SMALL)
    assert done.returncode == 2
    assert "os.system" in done.stderr and "not allowed" in done.stderr
    assert not canary.exists()
    assert not list(tmp_path.rglob("*.safetensors"))
