"""Many configurations composed as Hydra composes one."""

import pytest
from hydra import compose, initialize_config_dir
from hydra.errors import HydraException
from omegaconf import OmegaConf

from bench.config import compose as composing
from bench.config import schema
from bench.config.compose import Composer


@pytest.fixture
def opened():
    schema.register()
    with initialize_config_dir(str(schema.folder()), version_base="1.3"):
        yield


def plain(made):
    return OmegaConf.to_container(made, resolve=True)


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


def test_jobs_that_differ_in_values_alone_are_composed_once(opened, monkeypatch):
    calls = []
    monkeypatch.setattr(composing, "compose", lambda **given: calls.append(given) or compose(**given))
    composer = Composer()
    made = [composer([f"cell={cell}", f"seed={seed}"]) for cell in ("gru", "lstm") for seed in range(5)]
    assert len(calls) == 2
    assert [(one.cell.name, one.seed) for one in made] == [(cell, seed) for cell in ("gru", "lstm") for seed in range(5)]


@pytest.mark.parametrize("word", ["stack.dpeth=2", "stack.depth=two", "cell=grue", "no_such.key=1"])
def test_what_hydra_refuses_is_refused_in_hydras_words(opened, word):
    with pytest.raises(HydraException) as ours:
        Composer()(["cell=gru", word])
    with pytest.raises(HydraException) as hydras:
        compose("config", overrides=["cell=gru", word])
    assert str(ours.value) == str(hydras.value)
