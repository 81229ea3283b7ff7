"""The command that repeats a run composes to the configuration that its record holds."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hydra import initialize_config_dir
from hydra.core.override_parser.overrides_parser import OverridesParser

from bench.config import schema
from bench.errors import ConfigError
from bench.records import record_files
from bench.records.flat import flatten
from bench.records.record import Record
from bench.report.commands import Repeater, command, quoted
from bench.tables.comparison import comparisons_of
from bench.tables.config_keys import outside

RESULTS = Path(__file__).resolve().parent.parent.parent / "results"
SWEEPS = [path.parent for path in sorted(RESULTS.rglob(record_files.NAME))]
assert SWEEPS


@pytest.fixture
def repeater() -> Iterator[Repeater]:
    schema.register()
    with initialize_config_dir(str(schema.folder()), version_base="1.3"):
        yield Repeater()


def differences(run: Record, repeater: Repeater) -> list[tuple[str, Any, Any]]:
    """Where the words of a run give another configuration than it had, as far as that goes beyond the machinery."""
    recorded, repeated = flatten(run.config), flatten(schema.plain(repeater.run(repeater.words(run))))
    return [
        (key, recorded[key], repeated.get(key)) for key in recorded if not outside(key) and recorded[key] != repeated.get(key)
    ]


@pytest.mark.parametrize("folder", SWEEPS, ids=lambda folder: folder.relative_to(RESULTS).as_posix())
def test_every_committed_row_can_be_repeated(folder: Path, repeater: Repeater) -> None:
    for comparison in comparisons_of(record_files.read_all(folder)):
        for row in comparison.rows:
            if "task" in row.records[0].config:
                assert differences(row.records[0], repeater) == []
            else:
                with pytest.raises(ConfigError, match="benchmarks/"):
                    repeater.words(row.records[0])


def test_a_sweep_without_a_yaml_is_said_in_full(make: Any, repeater: Repeater) -> None:
    chosen = ["task=translation", "decode=greedy", "cell=gru", "stack.depth=3", "net.tied=true"]
    run = schema.plain(repeater.run([*chosen, "seed=4"]))
    finished = replace(make(sweep="my own"), config=run)
    words = repeater.words(finished)
    assert words[0] == "sweep.name='my own'" and words[-1] == "seed=4"
    assert set(words[1:-1]) == set(chosen)
    assert differences(finished, repeater) == []


def test_what_cannot_be_composed_is_refused_in_one_sentence(make: Any, repeater: Repeater) -> None:
    with pytest.raises(ConfigError) as caught:
        repeater.words(make(sweep="${nothing}"))
    assert "\n" not in str(caught.value)


def test_keys_that_this_version_does_not_know_are_added(make: Any, repeater: Repeater) -> None:
    run = make(config=schema.plain(repeater.run(["+sweep=cells"])))
    run.config["cell"]["peepholes"] = 2
    assert "++cell.peepholes=2" in repeater.words(run)


PLAIN = ("plain", "", "null", "True", "1e3", "é中")
SPECIAL = ("a b", "it's", 'say "x"', "a\\b", "ends\\", "\\'", " x ", "a,b", "[x]", "{a: b}", "a=b")
OTHERS = (None, True, 3, 0.002, 1e-5, [0.9, 0.999], ["a b", None, "it's"], {"a": [1, "x y"]}, [])


@pytest.mark.parametrize("value", [*PLAIN, *SPECIAL, *OTHERS], ids=repr)
def test_values_survive_hydras_grammar(value: Any) -> None:
    (override,) = OverridesParser.create().parse_overrides([f"key={quoted(value)}"])
    parsed = override.value()
    parsed = str(parsed.text) if hasattr(parsed, "text") else parsed
    assert parsed == value and type(parsed) is type(value)


def test_one_line_repeats_all_seeds_in_a_shell() -> None:
    words = ["+sweep=cells", "cell=gru", "net.note='it''s; rm'", "seed=0"]
    assert command(words[:2] + words[3:], [7], files=False) == "python -m bench hydra.mode=RUN +sweep=cells cell=gru seed=7"
    line = command(words, [0, 2], files=True)
    assert line.startswith("for seed in 0 2; do BENCH_DATA=FOLDER python -m bench ") and line.endswith(" seed=$seed; done")
    assert words[2] in shlex.split(line)


def test_a_command_is_composed_without_what_trains() -> None:
    code = (
        "import sys\n"
        "from hydra import initialize_config_dir\n"
        "from bench.config import schema\n"
        "from bench.report.commands import Repeater\n"
        "schema.register()\n"
        "with initialize_config_dir(str(schema.folder()), version_base='1.3'):\n"
        "    Repeater().run(['task=translation', 'cell=lstm', 'seed=1'])\n"
        "print({'torch', 'pytorch_lightning'} & set(sys.modules))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.strip() == "set()"
