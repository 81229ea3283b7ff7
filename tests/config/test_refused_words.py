"""Overrides that the configuration would not do, or that cannot be read: each is refused in a sentence, before any work."""

import json

import pytest
from command import SMALL, bench, records
from hydra import initialize_config_dir
from omegaconf import OmegaConf

from bench.config.compatibility import check_combinations
from bench.config.compose import Composer, to_run
from bench.config.messages import sentence, stumbled
from bench.config.schema import folder, plain, register
from bench.config.typed import check_words
from bench.errors import ConfigError
from bench.jobs.stored_config import configuration
from bench.sweeps.named_rows import check_named_rows

CASES = {
    "a key of a group added without it": (["+epochs=3"], "epochs is unknown (did you mean trainer.epochs?)"),
    "a short name of a key elsewhere": (["+lr=0.1"], "lr is unknown (did you mean optimiser.lr?)"),
    "a misspelt key added": (["+trainer.epoch=3"], "trainer.epoch is unknown (did you mean epochs?): trainer takes"),
    "a misspelt key forced": (["++stack.dept=3"], "stack.dept is unknown (did you mean depth?)"),
    "a key of another optimiser": (["+optimiser.nesterov=true"], "optimiser.nesterov is unknown"),
    "a section of an older release, misspelt": (["+report.titel=x"], "report is now in sweep"),
    "a key that is nothing": (["+foo=1"], "foo is unknown: the configuration takes seed"),
    "seeds in place of seed": (["-m", "+seeds=0,1"], "seeds is unknown (did you mean seed?)"),
    "a list of cells": (["cell=[gru,lstm]"], "give cell=gru,lstm with -m"),
    "a list of strategies": (["decode=[greedy,sample]"], "give decode=greedy,sample with -m"),
    "a list of trackers": (["track=[none,wandb]"], "give track=none,wandb with -m"),
    "a list of sweeps": (["+sweep=[quick,cells]"], "sweep takes one choice"),
    "a group without a choice": (["cell=null"], "give cell=NAME, one of "),
    "a name that chooses nothing": (["cell.name=gru"], "give cell=gru"),
    "null for a number": (["seed=null"], "seed=null is refused: give a whole number"),
    "a number for a list": (["optimiser.betas=0.9"], "give a list of numbers, such as 'optimiser.betas=[0.9,0.999]'"),
    "a key deleted": (["~stack.dropout"], "~stack.dropout is refused"),
    "a group deleted": (["~cell"], "cell is missing"),
    "a path with an equals sign": (["data=text", "data.path=some/a=b.txt"], "\"data.path='some/a=b.txt'\""),
    "a path with an umlaut": (["data=text", "data.path=ä.txt"], "\"data.path='ä.txt'\""),
    "a path with a comma": (["data=text", "data.path=some/a,b.txt"], "\"data.path='some/a,b.txt'\""),
    "a path with parentheses": (["data=text", "data.path=a(1).txt"], "\"data.path='a(1).txt'\""),
    "values with blanks between them": (["-m", "seed=0,", "1"], "'seed=0,' ends in a comma"),
    "an interval without a search": (["-m", "optimiser.lr=interval(0.001,0.1)"], "intervals are for +search="),
    "a baseline by a dotted key": (["sweep.baseline={cell.name:lstm}"], "given in the yaml of a sweep"),
    "a grid by a dotted key": (["sweep.tune={optimiser.lr:[1]}"], "a key of its own in +sweep.tune={optimiser.lr:[1]}"),
    "a group that is none in a row": (["+sweep=quick", "sweep.rows=[{cel:gru}]"], "cel is unknown (did you mean cell?)"),
    "a misspelt key in a row": (
        ["+sweep=quick", "sweep.rows=[{cell:gru,stack.dept:2}]"],
        "stack.dept is unknown (did you mean depth?)",
    ),
    "seeds of a sweep for one run": (
        ["sweep.seeds=3"],
        "sweep.seeds says which jobs a sweep runs, and this is one run; add -m",
    ),
    "a range of nothing": (["-m", "seed=range(3,0)"], "seed=range(3,0) names no value, so that there is no job"),
    "a pattern of nothing": (["-m", "cell=glob(nope*)"], "names no value"),
    "a path for a data set of its own": (["data.path=my.txt"], "give data=text data.path=my.txt"),
    "a path for a series of its own": (
        ["task=forecasting", "data=synthetic_series", "data.path=my.csv"],
        "give data=series data.path=my.csv",
    ),
    "a size beyond all machines": (["stack.hidden_size=100000000000"], "stack.hidden_size=100000000000 is out of range"),
    "a decoder beyond all machines": (
        ["task=translation", "net.decoder.hidden_size=100000000000"],
        "net.decoder.hidden_size=100000000000: give smaller numbers",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_refused_with_what_to_type(tmp_path, case):
    words, sentence = CASES[case]
    done = bench(tmp_path, *words, *([] if any("track" in word for word in words) else ["track=none"]))
    assert done.returncode == 2, done.stderr
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1 and done.stderr.startswith("refused: ")
    assert not list(tmp_path.rglob("records/*.json"))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["task=translation", "+net.decoder.dept=1"], r"net.decoder.dept is unknown \(did you mean depth\?\)"),
        (["task=translation", "net.decoder=null"], "net.decoder=null is refused: give its keys"),
        (["task=translation", "net.decoder.cell=gru"], "net.decoder.cell='gru' is refused: give keys and values"),
        (["task=translation", "net.sampling.ratio=abc"], "net.sampling.ratio='abc' is refused: give a number"),
        (["task=translation", "~net.sampling.ratio"], "net.sampling.ratio is missing"),
        (["task=name_tagging", "+net.characters.foo=1"], "net.characters.foo is unknown"),
        (["data.split.validation=null"], "data.split.validation=null is refused: give a number"),
        (["data.places.files={all:F}"], "data.places.files.all=F would not be read"),
        (["data.places.files=F"], "data.places.files='F' is refused: give keys and values, such as {KEY:VALUE} or null"),
        (["data.places=F"], r"data.places='F' is refused: give its keys, such as data.places.kind=VALUE"),
        (["data.places.kind=null"], "data.places.kind=null is refused: give text"),
        (["data=ptb", "+data.places.hub.colum=x"], r"data.places.hub.colum is unknown \(did you mean column\?\)"),
        (["data=ptb", "~data.places.hub.column"], "data.places.hub.column is missing"),
        (
            ["task=forecasting", "+data.table.sep=x"],
            "data.table.sep is unknown: data.table takes header, separator, columns",
        ),
        (["task=forecasting", "data.table.header=1"], "data.table.header=1 is refused: give true or false"),
        (["task=forecasting", "data.split.train=0.5.1"], "data.split.train='0.5.1' is refused: give a number"),
        (["task=forecasting", "~data.split.test"], "data.split.test is missing: data.split needs train, validation, test"),
        (["task=name_tagging", "data.text.zero_digits=maybe"], "data.text.zero_digits='maybe' is refused: give true or false"),
        (["task=name_tagging", "data.columns.word=0.5"], "data.columns.word=0.5 is refused: give a whole number"),
        (["task=captioning", "+data.text.joint=true"], "data.text.joint is unknown"),
        (
            ["task=text_classification", "data.text.max_length=all"],
            "data.text.max_length='all' is refused: give a whole",
        ),
        (["+track.projet=x"], r"track.projet is unknown \(did you mean project\?\)"),
        (["+launcher.job=2"], r"launcher.job is unknown \(did you mean jobs\?\)"),
        (["+paths.dat=x"], r"paths.dat is unknown \(did you mean data\?\)"),
        (["+speed.round=1"], r"speed.round is unknown \(did you mean rounds\?\)"),
        (["~trainer"], "trainer is missing"),
        (["optimiser.weight_decay=inf"], "optimiser.weight_decay=inf .* give a finite number"),
        (["paths.results="], "paths.results is empty"),
        (["paths.results='~/runs'"], r"paths.results=~/runs is refused: ~ is not read there; give paths.results=\$HOME/runs"),
        (["task=forecasting", "data.predicted=value"], r"data.predicted='value' is refused: give a list, 'data.predicted=\["),
    ],
)
def test_a_value_or_a_key_below_a_node_that_its_class_does_not_take_is_refused(compose, words, sentence):
    with pytest.raises(ConfigError, match=f"^{sentence}") as caught:
        compose(*words)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["optimiser.betas.x=1"],
            r"optimiser\.betas\.x=1 is refused: optimiser\.betas is a list, .*'optimiser\.betas=\[0\.9",
        ),
        (["plugins.mine=a"], r"plugins\.mine=a is refused: plugins is a list"),
        (["~launcher=[a]"], r"~launcher=\[a\] is refused: give ~launcher, or ~launcher=NAME"),
        (["+sweep=quick", "~sweep"], r"\+sweep=quick and ~sweep are refused together: leave one of them out"),
        (["seed=range(0,2)", "seed=5"], r"seed=range\(0,2\) and seed=5 are refused together: .* in one word, seed=A,B"),
        (["+sweep=quick", "+sweep=cells"], r"\+sweep=quick and \+sweep=cells are refused together"),
        (
            ["data.separator=,"],
            r"'data\.separator=,' .* a comma that is the value goes in quotes, \"data\.separator=','\"",
        ),
    ],
)
def test_words_that_would_undo_one_another_or_a_part_without_a_name_are_refused(words, said):
    with pytest.raises(ConfigError, match=f"^{said}"):
        check_words(words)


def test_of_plain_words_for_one_key_the_last_is_taken(compose):
    check_words(["seed=1", "seed=2", "trainer.epochs=3", "trainer.epochs=4,5"])
    assert compose("seed=1", "seed=2").seed == 2


def test_a_reference_that_makes_another_kind_of_value_is_refused(compose):
    with pytest.raises(ConfigError, match=r"^sweep\.across=0 is refused: give a list"):
        compose("sweep.across=${seed}")
    with pytest.raises(ConfigError, match=r"^plugins=0 is refused: give a list"):
        compose("plugins=${seed}")


def test_an_error_that_a_library_raises_over_the_words_is_a_refusal_and_one_of_ours_is_not():
    register()
    with initialize_config_dir(str(folder()), version_base="1.3"), pytest.raises(AttributeError) as caught:
        Composer()(["sweep.baseline={a:{b:2}}"])  # OmegaConf stumbles over a mapping in a mapping that is null
    refusal = stumbled(caught.value)
    assert isinstance(refusal, ConfigError) and str(refusal).startswith("sweep.baseline is refused as it was typed: give")
    with pytest.raises(ZeroDivisionError) as ours:
        OmegaConf.create({"a": 1 // 0})
    assert stumbled(ours.value) is ours.value


def test_a_choice_with_a_folder_in_it_is_refused_by_its_group(tmp_path):
    done = bench(tmp_path, "cell=conf/cell/gru.yaml", "--cfg", "job")
    assert done.returncode == 2 and "refused: cell=conf/cell/gru.yaml is unknown" in done.stderr


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ({"baseline": {"cell.nmae": "gru"}}, r"^sweep\.baseline names a row by cell\.nmae, .*did you mean cell\.name\?"),
        ({"baseline": {"cell": "gru"}}, r"^sweep\.baseline names a row by cell, which no job has"),
        (
            {"claims": [{"claim": "x", "better": {"cell.name": "gru"}, "than": {"stack.dept": 1}}]},
            r"^the claim 'x' in sweep\.claims names a row by stack\.dept, .*did you mean stack\.depth\?",
        ),
        (
            {"literature": [{"source": "s", "metric": "bleu", "split": "test", "values": [["A", 3, {"decode.widht": 2}]]}]},
            r"^the figure 'A' in sweep\.literature names a row by decode\.widht, .*did you mean decode\.width\?",
        ),
    ],
)
def test_a_row_that_a_table_names_is_named_by_keys_that_there_are(compose, rows, sentence):
    config = compose()
    for key, value in rows.items():
        setattr(config.sweep, key, value)
    with pytest.raises(ConfigError, match=sentence):
        check_named_rows([config])


def test_a_row_of_a_choice_that_the_command_left_out_is_named_rightly(compose):
    config = compose("decode=greedy")
    config.sweep.baseline = {"decode.width": 10, "cell.forget_bias": 1.0, "stack": {"depth": 2}, "net.decoder.depth": None}
    check_named_rows([config])


def test_a_target_that_is_no_name_is_refused(compose):
    with pytest.raises(ConfigError, match=r"^net\._target_=\[\] is not allowed"):
        check_combinations(compose("net._target_=[]"))


def test_signs_that_break_lines_are_spelt_in_a_refusal():
    assert (
        sentence(ConfigError("seed='a\nb\u2028c' is refused: give a number."))
        == r"seed='a\nb\u2028c' is refused: give a number."
    )


@pytest.mark.parametrize(
    "word", ["decode=[greedy,sample]", "decode=greedy,beam", "decode.width=1,2", "decode.width=[1", "+decode.x=1"]
)
def test_what_chooses_twice_or_cannot_be_read_is_refused_after_training_too(compose, tmp_path, word):
    (tmp_path / "config.json").write_text(json.dumps(plain(compose("decode=beam"))))
    with pytest.raises(ConfigError) as caught:
        configuration(tmp_path, [word], groups=("decode",))
    assert word.partition("=")[0].lstrip("+") in str(caught.value) and "\n" not in str(caught.value)


def test_what_is_typed_after_training_is_read_as_on_any_command_line(compose, tmp_path):
    (tmp_path / "config.json").write_text(json.dumps(plain(compose("decode=beam"))))
    config = configuration(tmp_path, ["decode.width=3", "evaluation.prompt='a: b, c'"], groups=("decode", "evaluation"))
    assert (config.decode["width"], config.evaluation["prompt"]) == (3, "a: b, c")


def test_a_tab_is_typed_as_a_word(compose):
    assert (
        compose("task=forecasting", "data=series", "data.path=x", "data.table.separator=tab").data["table"]["separator"] == "\t"
    )


def test_a_pattern_of_hydras_own_runs_what_it_fits(tmp_path):
    done = bench(tmp_path, "-m", "cell=glob(gru*)", *SMALL, "trainer.max_steps=2")
    assert done.returncode == 0, done.stderr
    assert {record["config"]["cell"]["name"] for record in records(tmp_path / "runs" / "single").values()} == {
        "gru",
        "gru_reset_after",
    }


def test_a_folder_of_caches_set_to_nothing_is_not_set(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert compose_anew().paths.cache == str(tmp_path / ".cache" / "recurrent-bench")


def compose_anew():
    from hydra import compose, initialize_config_dir

    from bench.config import schema

    schema.register()
    with initialize_config_dir(str(schema.folder()), version_base="1.3"):
        return to_run(compose("config", overrides=["track=none"]))


def test_a_traces_switch_set_to_0_is_off(tmp_path, monkeypatch):
    monkeypatch.setenv("HYDRA_FULL_ERROR", "0")
    done = bench(tmp_path, "seed=null")
    assert done.returncode == 2 and "Traceback" not in done.stderr


def test_a_tab_in_the_yaml_of_a_sweep_is_named_with_its_line(tmp_path):
    sweep = tmp_path / "mine" / "sweep" / "own.yaml"
    sweep.parent.mkdir(parents=True)
    sweep.write_text("# @package _global_\nstack:\n\tdepth: 2\n")
    done = bench(tmp_path, "--config-dir", "mine", "+sweep=own", "track=none")
    assert done.returncode == 2
    assert "own.yaml, line 3: " in done.stderr and "not with a tab" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(("line", "sentence"), [("stack: {dept: 2}", "did you mean depth"), ("fooo: 1", "fooo is unknown")])
def test_a_key_that_nothing_reads_in_the_yaml_of_a_sweep_is_refused(tmp_path, line, sentence):
    sweep = tmp_path / "mine" / "sweep" / "own.yaml"
    sweep.parent.mkdir(parents=True)
    sweep.write_text(f"# @package _global_\n{line}\n")
    done = bench(tmp_path, "--config-dir", "mine", "+sweep=own", "track=none")
    assert done.returncode == 2, done.stderr
    assert sentence in done.stderr and len(done.stderr.strip().splitlines()) == 1
