"""Equal numbers of parameters instead of equal numbers of units."""

import choices
import pytest

from bench.config.compatibility import size_step
from bench.config.factory import make_net, make_task
from bench.errors import ConfigError
from bench.jobs.job import prepare


def parameters(config):
    return sum(weight.numel() for weight in make_net(config, make_task(config)).parameters())


@pytest.mark.parametrize("depth", [1, 2])
@pytest.mark.parametrize("cell", choices.names("cell"))
def test_every_cell_comes_as_near_as_it_can(compose, tmp_path, cell, depth):
    room = ("data.limit=3000", f"paths.results={tmp_path}", f"cell={cell}", f"stack.depth={depth}")
    job = prepare(compose(*room, "stack.parameters=60000"))
    units, step = job.config.stack.hidden_size, size_step(job.config)
    sizes = (units - step, units, units + step)
    distances = [abs(parameters(compose(*room, f"stack.hidden_size={n}")) - 60000) for n in sizes]
    assert distances[1] == min(distances) <= 0.03 * 60000
    assert job.config.stack.parameters == 60000
    assert job.train_id == prepare(compose(*room, f"stack.hidden_size={units}")).train_id


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["stack.parameters=100"], r"stack\.parameters=100 cannot be met within 3%.* 1 units have \d+"),
        (
            ["task=name_tagging", "model=hmm", "data=python_names", "stack.parameters=7"],
            r"is not allowed with model=hmm, whose layers are counted",
        ),
    ],
)
def test_a_number_out_of_reach_is_refused(compose, tmp_path, words, sentence):
    with pytest.raises(ConfigError, match=sentence):
        prepare(compose("data.limit=300", f"paths.results={tmp_path}", *words))


def test_units_come_in_the_multiples_that_the_cell_takes(compose, tmp_path, monkeypatch):
    room = ("data.limit=3000", f"paths.results={tmp_path}", "cell=lstm", "stack.parameters=32700")
    free = prepare(compose(*room)).config.stack.hidden_size
    monkeypatch.setattr("bench.config.model_size._sizes", {})
    monkeypatch.setattr("bench.config.model_size.size_step", lambda cell: 8)
    stepped = prepare(compose(*room)).config.stack.hidden_size
    assert stepped % 8 == 0 and free % 8 and abs(stepped - free) <= 4


def test_a_decoder_grows_with_its_encoder_unless_it_has_a_size_of_its_own(compose, tmp_path):
    room = ("task=translation", "data.limit=300", f"paths.results={tmp_path}", "cell=gru", "stack.parameters=150000")
    together, apart = prepare(compose(*room)).config, prepare(compose(*room, "net.decoder.hidden_size=40")).config
    units = together.stack.hidden_size
    assert together.net["decoder"]["hidden_size"] == units != 128 and apart.net["decoder"]["hidden_size"] == 40
    explicit = (f"stack.hidden_size={units}", f"net.decoder.hidden_size={units}")
    assert abs(parameters(compose(*room[:-1], *explicit)) - 150_000) <= 0.03 * 150_000


def test_a_net_with_layers_of_its_own_is_sized_by_them(compose, tmp_path):
    room = ("task=translation", "data.limit=300", f"paths.results={tmp_path}", "model=transformer", "stack.parameters=150000")
    job = prepare(compose(*room))
    units = job.config.stack.hidden_size
    assert job.config.net["hidden_size"] == units != 128 and units % 2 == 0
    assert abs(parameters(compose(*room[:-1], f"stack.hidden_size={units}")) - 150_000) <= 0.03 * 150_000
    assert job.train_id == prepare(compose(*room[:-1], f"stack.hidden_size={units}")).train_id
