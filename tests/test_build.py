import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest
from command import bench

from bench.build import PLACES, build, call, check_value, locate
from bench.errors import ConfigError, DataError
from bench.moved import MODULES, config_of_today, words_of_today
from bench.nets.parts.block_settings import WITHOUT
from bench.settings import Nested

COLUMNS = {"separator": None, "word": 0, "tag": -1}
TEXT = {"min_frequency": 1, "lowercase": True, "zero_digits": True, "max_characters": None}


@dataclass(frozen=True)
class Deep(Nested):
    flag: bool


@dataclass(frozen=True)
class Inner(Nested):
    rate: float
    deep: Deep
    label: str = "none"


class Net:
    def __init__(self, *, width: int, inner: Inner, shares: Mapping[str, float]) -> None:
        self.width, self.inner, self.shares = width, inner, shares


RESULTS = Path(__file__).resolve().parent.parent / "results"


def test_a_name_that_a_module_only_imports_is_refused():
    with pytest.raises(ConfigError, match="is no class or function of"):
        build({"_target_": "bench.data.pairs.parallel.Path"}, key="data")


def test_arguments_are_checked_by_name_and_type():
    node = {"_target_": "bench.decoding.sampling.Sample", "name": "x", "temperature": 1, "top_k": None, "top_p": 0.5}
    assert build(node, key="decode").top_p == 0.5
    with pytest.raises(ConfigError, match=r"decode\.top_q is unknown \(did you mean top_p\?\): decode takes temperature"):
        build({**node, "top_q": 1}, key="decode")
    with pytest.raises(ConfigError, match=r"decode\.top_k='two' is refused: give a whole number or null"):
        build({**node, "top_k": "two"}, key="decode")
    with pytest.raises(ConfigError, match=r"decode\.temperature=true is refused: give a number"):
        build({**node, "temperature": True}, key="decode")
    del node["top_p"]
    with pytest.raises(ConfigError, match=r"incomplete.*top_p"):
        build(node, key="decode")


def test_settings_that_are_one_argument_are_keys_of_the_node_itself():
    node = {"_target_": "bench.data.tags.conll.columns", "name": "mine", "train": "a", "validation": "b", "test": None}
    node |= {"columns": COLUMNS, "encoding": "utf-8", "scheme": "auto", "train_scheme": "IOB2", "text": TEXT, "limit": None}
    arguments = {"name": "mine", "folder": None}
    with pytest.raises(
        ConfigError, match=r"^data\.trian is unknown \(did you mean train\?\): data takes train, validation, test,"
    ):
        build({**node, "trian": "c"}, key="data", given=arguments)
    with pytest.raises(ConfigError, match=r"^data\.scheme=3 is refused: give text"):
        build({**node, "scheme": 3}, key="data", given=arguments)
    with pytest.raises(DataError, match=r"^data\.scheme=IOB3 is unknown"):
        build({**node, "scheme": "IOB3"}, key="data", given=arguments)
    with pytest.raises(ConfigError, match=r"^data is incomplete: scheme is missing"):
        build({key: value for key, value in node.items() if key != "scheme"}, key="data", given=arguments)


def test_settings_of_one_key_are_the_keys_below_it_each_of_its_type():
    node = {"_target_": "mine.Net", "name": "x", "width": 3, "inner": {"rate": 1, "deep": {"flag": True}}, "shares": {"a": 0.5}}
    net = call(Net, node)
    assert (net.width, net.inner, net.shares) == (3, Inner(rate=1, deep=Deep(flag=True)), {"a": 0.5})
    for value, said in (
        ({"rate": 1, "deep": {"flag": 1}}, r"^net\.inner\.deep\.flag=1 is refused: give true or false\.$"),
        ({"rate": True, "deep": {"flag": True}}, r"^net\.inner\.rate=true is refused: give a number\.$"),
        (
            {"rate": 1, "deep": {"flag": True}, "rat": 2},
            r"^net\.inner\.rat is unknown \(did you mean rate\?\): .* rate, deep, label",
        ),
        ({"deep": {"flag": True}}, r"^net\.inner\.rate is missing: net\.inner needs rate, deep;"),
        (None, r"^net\.inner=null is refused: give its keys, such as net\.inner\.rate=VALUE\.$"),
    ):
        with pytest.raises(ConfigError, match=said):
            check_value("net.inner", value, Inner)
    check_value("net.inner", None, Inner | None)
    with pytest.raises(ConfigError, match=r"^net\.shares\.b='x' is refused: give a number\.$"):
        check_value("net.shares", {"a": 1, "b": "x"}, Mapping[str, float] | None)


def test_every_class_that_a_committed_record_names_is_found_where_it_lies_today():
    named = {pair for path in RESULTS.rglob("records.jsonl") for line in path.open() for pair in targets(json.loads(line), "")}
    assert ("data", "bench.data.columns.tagged") in named
    for key, target in named:
        if key in PLACES:
            named_class = locate(target, key=key)
            assert target.rpartition(".")[2] in (named_class.__name__, getattr(named_class, "known_as", ""))


def targets(content, key):
    """(key, `_target_`) of all nodes in what JSON holds."""
    if isinstance(content, dict):
        if isinstance(content.get("_target_"), str):
            yield key, content["_target_"]
        for name, inner in content.items():
            yield from targets(inner, name)
    elif isinstance(content, list):
        for inner in content:
            yield from targets(inner, key)


def test_a_module_that_moved_is_where_the_list_says():
    for former, today in MODULES.items():
        assert find_spec(today), former


def test_a_choice_by_its_former_name_is_read_and_said_once():
    sentences = []
    words = ["task=sentiment,forecasting,sentiment", "seed=0", "note=generate"]
    today = ["task=text_classification,forecasting,text_classification", "seed=0", "note=generate"]
    assert words_of_today(words, sentences.append) == today
    (line,) = sentences
    assert "task=sentiment is now called task=text_classification" in line
    assert (
        words_of_today(["task=text_classification"], sentences.append) == ["task=text_classification"] and len(sentences) == 1
    )


def test_a_yaml_of_the_users_own_is_told_what_a_task_is_called_today(tmp_path):
    (tmp_path / "sweep").mkdir()
    (tmp_path / "sweep" / "mine.yaml").write_text("# @package _global_\ndefaults:\n  - override /task: sentiment\n")
    done = bench(tmp_path, "+sweep=mine", "--config-dir", str(tmp_path))
    assert done.returncode == 2
    assert "task=sentiment is now called text_classification: use that name." in done.stderr


def test_a_committed_record_is_read_with_todays_names_and_says_the_same():
    former = {
        "task": {"name": "sentiment", "_target_": "bench.tasks.sentiment.Sentiment"},
        "seed": 0,
        "grids": [{"cell": "gru"}],
    }
    former["data"] = {"name": "cmudict", "places": {"offline": "bench.data.pronunciation.packaged", "files": None}}
    today = config_of_today(former)
    assert today["task"] == {
        "name": "text_classification",
        "_target_": "bench.tasks.text_classification.TextClassification",
    }
    assert today["data"]["places"] == {"offline": "bench.data.pairs.pronunciation.packaged", "files": None}
    assert today["seed"] == 0 and today["grids"] == former["grids"] and former["task"]["name"] == "sentiment"


def test_rows_of_before_and_after_there_were_blocks_do_not_differ_in_them():
    former = {"stack": {"depth": 1}, "net": {"decoder": {"depth": 2, "cell": {}}}}
    today = config_of_today(former)
    assert today["stack"] == {"depth": 1, **WITHOUT} and today["net"]["decoder"] == {"depth": 2, "cell": {}, **WITHOUT}
    assert former["stack"] == {"depth": 1}
    gated = {"stack": {"depth": 1, **WITHOUT, "block": "gated", "convolution": 4}, "net": {"decoder": {"kind": "lstm"}}}
    assert config_of_today(gated) == gated
