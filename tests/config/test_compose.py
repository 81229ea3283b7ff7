"""Many configurations composed as Hydra composes one."""

import pytest
from hydra import compose, initialize_config_dir
from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from bench.config import compose as composing
from bench.config import schema
from bench.config.compose import Composer, to_run
from bench.errors import ConfigError


@pytest.fixture
def opened():
    schema.register()
    with initialize_config_dir(str(schema.folder()), version_base="1.3"):
        yield


def plain(config):
    return OmegaConf.to_container(config, resolve=True)


@pytest.mark.parametrize(
    "job",
    [
        ["cell=gru", "stack.depth=2", "seed=3", "optimiser.lr=1e-3"],
        ["cell=gru", "seed=4"],
        ["+sweep=decoding", "decode=sample", "decode.temperature=0.3", "trainer.max_steps=null"],
        ["task=name_tagging", "model=hmm", "data.limit=10"],
        ["task=translation", "net.decoder.hidden_size=${stack.hidden_size}", "stack.hidden_size=64"],
        ["sweep.note='a, b = c'", "optimiser.betas=[0.8,0.9]"],
        ["+sweep.mine=1", "track=none", "decode.temperature=0.5"],
    ],
)
def test_a_job_is_what_hydra_makes_of_it(opened, job):
    composer = Composer()
    composer(["cell=gru", "stack.depth=7"])  # whatever was composed before
    assert plain(composer(job)) == plain(compose("config", overrides=job))


@pytest.mark.parametrize(
    "job",
    [
        ["cell=gru", "stack.depth=2", "seed=3", "optimiser.lr=1e-3"],
        ["cell=gru", "optimiser.lr=1", "trainer.patience=null", "seed=4"],
        ["task=translation", "stack.hidden_size=64", "stack.depth=3", "net.decoder.depth=2"],  # the decoder refers to the stack
        ["trainer.epochs=3", "optimiser.weight_decay=0"],  # optimiser.periods refers to the epochs
        ["seed=2", "trainer.epochs=3", "optimiser.periods=7", "stack.depth=2"],  # and is given itself
        ["task=name_tagging", "data=columns", "data.columns.separator=tab"],
        ["task=name_tagging", "net.crf=true", "data.limit=10", "paths.results=there"],
        ["decode=sample", "decode.temperature=1", "decode.temperature=0.5"],
    ],
)
def test_a_job_put_together_is_what_composing_it_whole_gives(opened, job):
    """In types too: a whole number that stands for a rate is a float."""
    composer = Composer()
    composer.run(job[:1])
    composed = to_run(compose("config", overrides=job))
    for _ in range(2):
        assert repr(composer.run(job)) == repr(composed)


def test_jobs_of_known_words_are_put_together_and_share_no_change(opened, monkeypatch):
    composer = Composer()
    jobs = [["cell=gru", f"seed={seed}", f"stack.depth={depth}"] for seed in (0, 1) for depth in (1, 2)]
    composer.run(jobs[0])
    monkeypatch.setattr(composing, "to_run", None)
    assert [(run.seed, run.stack.depth) for run in map(composer.run, jobs)] == [(0, 1), (0, 2), (1, 1), (1, 2)]


def test_a_value_that_others_follow_is_composed_once_for_all_jobs_that_have_it(opened, monkeypatch):
    composer = Composer()
    jobs = [[f"seed={seed}", f"trainer.epochs={epochs}", "stack.depth=2"] for seed in range(4) for epochs in (3, 5)]
    for job in jobs[:2]:
        composer.run(job)
    monkeypatch.setattr(composing, "to_run", None)
    runs = [composer.run(job) for job in jobs]
    assert [(run.seed, run.trainer.epochs, run.optimiser.periods, run.stack.depth) for run in runs] == [
        (seed, epochs, epochs, 2) for seed in range(4) for epochs in (3, 5)
    ]


@pytest.mark.parametrize(
    "words", [["stack.depth=-3"], ["seed=0", "stack.dpeth=2"], ["launcher.jobs=64", "trainer.threads=2"], ["stack.depth=null"]]
)
def test_a_job_put_together_is_refused_as_a_whole_one_is(opened, words):
    with pytest.raises((ConfigError, OmegaConfBaseException, HydraException)) as composed:
        to_run(compose("config", overrides=words))
    composer = Composer()
    composer.run(["stack.depth=2"])
    for _ in range(2):
        with pytest.raises(type(composed.value)) as ours:
            composer.run(words)
        assert str(ours.value) == str(composed.value)


def test_jobs_that_differ_in_values_alone_are_composed_once(opened, monkeypatch):
    calls = []
    monkeypatch.setattr(composing, "compose", lambda **arguments: calls.append(arguments) or compose(**arguments))
    composer = Composer()
    configs = [composer([f"cell={cell}", f"seed={seed}"]) for cell in ("gru", "lstm") for seed in range(5)]
    assert len(calls) == 2
    assert [(config.cell.name, config.seed) for config in configs] == [
        (cell, seed) for cell in ("gru", "lstm") for seed in range(5)
    ]


@pytest.mark.parametrize("word", ["stack.dpeth=2", "stack.depth=two", "cell=grue", "no_such.key=1"])
def test_what_hydra_refuses_is_refused_in_hydras_words(opened, word):
    with pytest.raises(HydraException) as ours:
        Composer()(["cell=gru", word])
    with pytest.raises(HydraException) as hydras:
        compose("config", overrides=["cell=gru", word])
    assert str(ours.value) == str(hydras.value)


@pytest.mark.parametrize("job", [["data=text", "data.path=a", "++data.path=b"], ["data=text", "++data.path=b", "data.path=a"]])
def test_the_later_of_two_words_wins_however_each_is_typed(opened, job):
    assert plain(Composer()(job)) == plain(compose("config", overrides=job))


@pytest.mark.parametrize("chosen", ["[gru, lstm]", "[gru]"])
def test_a_choice_by_a_list_in_a_yaml_is_refused(opened, tmp_path, chosen):
    """Hydra takes the last one and says nothing."""
    (tmp_path / "sweep").mkdir()
    (tmp_path / "sweep" / "own.yaml").write_text(f"# @package _global_\ndefaults:\n  - override /cell: {chosen}\n")
    with pytest.raises(
        ConfigError, match=r"^cell is chosen by a list in a yaml, 'override /cell: \[\.\.\.\]'.*give one name there"
    ):
        Composer()([f"hydra.searchpath=[file://{tmp_path}]", "+sweep=own"])
