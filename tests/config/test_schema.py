from pathlib import Path

import pytest
import yaml

from bench.config import schema
from bench.config.compatibility import check_combinations
from bench.errors import ConfigError

FOLDER = schema.folder()


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("stack.depth=0", "stack.depth=0 .* at least 1"),
        ("stack.hidden_size=0", "stack.hidden_size=0 .* at least 1"),
        ("stack.dropout=1.5", "stack.dropout=1.5 .* from 0 to 1"),
        ("stack.direction=sideways", "stack.direction=sideways is unknown: give one of forward, bidirectional"),
        ("optimiser.lr=0", "optimiser.lr=0.0 .* above 0"),
        ("optimiser.lr=inf", "optimiser.lr=inf .* above 0"),
        ("optimiser.schedule=steps", "give one of constant, linear, cosine, halving, inverse"),
        ("optimiser.betas=[0.9]", "optimiser.betas"),
        ("optimiser.periods=0", "optimiser.periods=0 .* at least 1"),
        ("trainer.epochs=0", "trainer.epochs=0 .* at least 1"),
        ("trainer.precision=float16", "give one of float32, bf16"),
        ("trainer.devices=0", "trainer.devices=0 .* at least 1"),
        ("seed=-1", "seed=-1"),
        ("sweep.name=../x", "sweep.name"),
        ("sweep.across=[stack.depth]", "sweep.across has stack.depth: give keys of data=pydocs that are not tuned"),
        ("sweep.across=[data.length]", "sweep.across has data.length: give keys of data=pydocs"),
    ],
)
def test_out_of_range_is_one_sentence(compose, override, words):
    with pytest.raises(ConfigError, match=words) as caught:
        compose(override)
    assert "\n" not in str(caught.value)


def test_a_window_that_looks_back_has_one_direction(compose):
    words = ("task=name_tagging", "stack.direction=bidirectional")
    with pytest.raises(ConfigError, match=r"^stack.direction=bidirectional is not allowed with cell=window, which"):
        check_combinations(compose("cell=window", *words))
    check_combinations(compose("cell=feedforward", *words))


def test_seed_zero_is_a_seed_like_any_other(compose):
    assert compose("seed=0").seed == 0


@pytest.mark.parametrize("group", ["cell", "data", "decode", "task", "track"])
def test_every_yaml_is_named_as_its_file(group):
    files = sorted((FOLDER / group).glob("*.yaml"))
    assert files
    for file in files:
        content = yaml.safe_load(file.read_text())
        content = content["task"] if group == "task" else content
        assert content["name"] == file.stem


@pytest.mark.parametrize("file", sorted((FOLDER / "sweep").rglob("[!_]*.yaml")), ids=lambda file: file.stem)
def test_every_sweep_writes_to_a_folder_of_its_own_name(file: Path):
    content = yaml.safe_load(file.read_text())
    assert content["sweep"]["name"] == file.relative_to(FOLDER / "sweep").with_suffix("").as_posix()


@pytest.mark.parametrize("file", sorted((FOLDER / "full").rglob("*.yaml")), ids=lambda file: file.stem)
def test_the_full_scale_of_a_sweep_writes_to_a_folder_of_its_own(file: Path):
    name = file.relative_to(FOLDER / "full").with_suffix("").as_posix()
    assert yaml.safe_load(file.read_text())["sweep"]["name"] == f"{name}_full"
    sweep = yaml.safe_load((FOLDER / "sweep" / f"{name}.yaml").read_text())
    assert {"/scale": "small"} in sweep["defaults"]


def test_every_paper_that_is_cut_has_its_own_scale_too():
    """What has no `/scale` runs at the paper's own size as it is."""
    cut = {file.name for file in (FOLDER / "sweep" / "paper").glob("*.yaml") if "/scale" in file.read_text()}
    assert {file.name for file in (FOLDER / "full" / "paper").glob("*.yaml")} == cut
