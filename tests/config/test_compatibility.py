"""What makes no sense together is refused in one sentence, whatever was given first."""

from functools import cache, partial

import choices
import pytest
from offers import offered

from bench.cells.lstm import LSTM
from bench.config import factory
from bench.config.compatibility import check_combinations, check_topology
from bench.errors import ConfigError, DataError
from bench.jobs.job import prepare

TAGS = ("task=name_tagging", "model=output_recurrent")


@pytest.mark.parametrize(
    ("overrides", "sentence"),
    [
        ([*TAGS, "decode.n_best=2"], r"decode\.n_best=2 is not allowed with decode=viterbi"),
        (
            [*TAGS, "net.recurrence=hidden", "stack.direction=bidirectional", "decode=beam_tags"],
            r"decode=beam_tags is not allowed with stack\.direction=bidirectional",
        ),
        (["task=name_tagging", "decode=beam_tags"], r"decode=beam_tags is for model=(\w+ or )*output_recurrent"),
        (["task=word_generation", "decode=beam_tags"], r"decode=beam_tags is for model=(\w+ or )*output_recurrent"),
        (["task=word_lm", "model=ngram", "cell=gru"], r"^cell=gru is not allowed with model=ngram, which has no cell"),
        (
            ["task=name_tagging", "model=hmm", "cell=window"],
            r"^cell=window is not allowed with model=hmm, which has no cell",
        ),
        (["task=translation", "net.context=both"], r"^net\.context=both is not allowed with net\.attention=additive"),
        (
            ["task=captioning", "cell=window"],
            r"net\.context=initial_state is not allowed with cell=window, which has a fixed initial state",
        ),
        (["task=captioning", "cell=feedforward"], r"net\.context=initial_state is not allowed with cell=feedforward"),
        (
            ["task=translation", "net.attention=none", "cell=feedforward"],
            r"net\.context=initial_state is not allowed with cell=feedforward",
        ),
    ],
)
def test_refused_when_composed(compose, overrides, sentence):
    with pytest.raises(ConfigError, match=rf"^{sentence}.*[^\n]$"):
        check_combinations(compose(*overrides))


@pytest.mark.parametrize(
    ("overrides", "sentence"),
    [
        (["task=word_generation", "data.limit=50"], r"stack\.direction=bidirectional is not allowed with task=word_generation"),
        (["task=captioning", "data.train=50"], r"stack\.direction=bidirectional is not allowed with task=captioning"),
        ([*TAGS, "data.limit=50"], r"stack\.direction=bidirectional is refused with net\.recurrence=output"),
    ],
)
def test_what_is_not_yet_written_is_not_read_backwards(compose, tmp_path, overrides, sentence):
    places = (f"paths.results={tmp_path}/results", f"paths.cache={tmp_path}/cache")
    with pytest.raises((ConfigError, DataError, ValueError), match=rf"^{sentence}"):
        prepare(compose(*overrides, "stack.direction=bidirectional", *places))


@pytest.fixture
def refused(compose, parsed_once):
    """refused(task, model) -> the models that are offered instead; None where the model is for the task's topology."""
    composed = cache(lambda task: compose(f"task={task}"))

    def ask(task, model):
        config = composed(task)
        config.net = {"name": model, **choices.node("model", model)}
        sentence = rf"model={model} is not allowed with task={task}, which is [a-z ]+: give model=(\w+(?: or \w+)*)\."
        return offered(partial(check_topology, config), sentence, between=" or ")

    return ask


@pytest.mark.parametrize("task", choices.names("task"))
def test_a_task_goes_with_its_own_model_and_offers_just_those_that_it_goes_with(compose, refused, task):
    offers = {model: refused(task, model) for model in choices.names("model") if choices.option_class("model", model)}
    fitting = [model for model, offered in offers.items() if offered is None]
    assert refused(task, compose(f"task={task}").net["name"]) is None
    assert all(offered == fitting for offered in offers.values() if offered is not None)
    assert len(fitting) < len(offers)


@pytest.mark.parametrize(
    ("task", "model", "instead"),
    [
        ("char_lm", "output_recurrent", "ngram"),
        ("word_lm", "tagger", "aligned"),
        ("copy_memory", "ngram", "aligned"),
        ("dyck", "pooled", "aligned"),
        ("captioning", "generator", "one_to_many"),
        ("word_generation", "one_to_many", "generator"),
        ("word_generation", "aligned", "generator"),
        ("name_tagging", "aligned", "hmm"),
        ("translation", "pooled", "encoder_decoder"),
        ("speech_recognition", "one_to_many", "encoder_decoder"),
        ("forecasting", "encoder_decoder", "pooled"),
    ],
)
def test_a_net_is_for_its_topology(refused, task, model, instead):
    assert instead in refused(task, model)


@pytest.mark.parametrize(
    ("group", "target", "name"),
    [("task", "bench.tasks.tag_reader.check_strategy", "topology"), ("net", "bench.nets.parts.crf.CRF", "topologies")],
)
def test_what_does_not_say_its_topology_is_told_so(compose, group, target, name):
    config = compose()
    getattr(config, group)["_target_"] = target
    sentence = rf"^{group}\._target_={target} does not declare its {name}: set {name} in the class, .*[^\n]$"
    with pytest.raises(ConfigError, match=sentence):
        check_topology(config)


@pytest.mark.parametrize("model", [model for model in choices.names("model") if choices.option_class("model", model)])
def test_every_model_goes_with_a_task(refused, model):
    assert any(refused(task, model) is None for task in choices.names("task"))


def test_what_goes_together_is_let_through(compose):
    assert compose(*TAGS).cell["name"] == "elman"
    for overrides in (
        [*TAGS, "decode=beam_tags", "decode.n_best=2"],
        [*TAGS, "net.recurrence=hidden", "stack.direction=bidirectional"],
        ["task=captioning", "cell=feedforward", "net.context=every_step"],
        ["task=translation", "cell=feedforward", "net.attention=none", "net.context=every_step"],
        ["task=translation", "cell=feedforward"],
    ):
        check_combinations(compose(*overrides))


@pytest.mark.parametrize(
    ("sweep", "named"),
    [
        ("recurrence", {"task": "name_tagging", "net": "output_recurrent", "decode": "beam_tags", "cell": "elman"}),
        ("generate", {"task": "word_generation", "net": "generator", "decode": "sample"}),
        ("captioning", {"task": "captioning", "net": "one_to_many", "decode": "greedy"}),
    ],
)
def test_a_sweep_is_of_what_it_says(compose, sweep, named):
    config = compose(f"+sweep={sweep}")
    assert {key: getattr(config, key)["name"] for key in named} == named


@pytest.mark.parametrize("task", ["captioning", "word_generation", "translation"])
def test_a_length_that_the_data_need_can_be_predicted(compose, tmp_path, task):
    places = (f"paths.results={tmp_path}/results", f"paths.cache={tmp_path}/cache")
    words = (f"task={task}", "data.limit=40", "net.stop=predicted_length", *places)
    built_task = prepare(compose(*words)).task
    loaders = [built_task.train_loader(8, 0), *map(built_task.score_loader, built_task.splits())]
    needed = max(int(batch.target_lengths_B.max()) for loader in loaders for batch in loader) - 1  # without END
    prepare(compose(*words, f"net.longest={needed}"))
    sentence = rf"^net\.longest={needed - 1} is refused .* has {needed} symbols; give net\.longest={needed}\.$"
    with pytest.raises(ConfigError, match=sentence):
        prepare(compose(*words, f"net.longest={needed - 1}"))
    with pytest.raises(ConfigError, match=r"^net\.longest=null is refused: give a whole number\.$"):
        prepare(compose(*words, "net.longest=null"))


@pytest.mark.parametrize(("heads", "size", "sentence"), [(4, 10, "give a multiple of that, such as 8"), (0, 8, "its heads=0")])
def test_a_size_is_a_multiple_of_what_the_cell_says(compose, monkeypatch, heads, size, sentence):
    monkeypatch.setattr(LSTM, "multiple_of", "heads", raising=False)
    for task, key in (("char_lm", "stack"), ("translation", "net.decoder")):
        config = compose(f"task={task}", "cell=lstm", "stack.hidden_size=8")
        nodes = [config.cell, *([config.net["decoder"]["cell"]] if task == "translation" else [])]
        for node in nodes:
            node["heads"] = 4
        check_combinations(config)
        nodes[-1]["heads"] = heads
        if task == "char_lm":
            config.stack.hidden_size = size
        else:
            config.net["decoder"]["hidden_size"] = size
        with pytest.raises(ConfigError, match=rf"^{key}\.hidden_size={size} is not allowed with cell=lstm and .*{sentence}"):
            check_combinations(config)


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        (
            "stack.direction=bidirectional",
            r"^stack\.direction=bidirectional is not allowed with model=transformer, .* give stack\.direction=forward",
        ),
        ("stack.dropout_mask=sequence", r"^stack\.dropout_mask=sequence is not allowed"),
        ("stack.block=gated", r"^stack\.block=gated is not allowed"),
        ("stack.mlp=2", r"^stack\.mlp=2.* is not allowed"),
        ("net.heads=3", r"^stack\.hidden_size=128 is not allowed with model=transformer and its heads=3: .* such as 126"),
        ("cell=gru", r"^cell=gru is not allowed with model=transformer, which has no cell"),
    ],
)
def test_a_net_with_layers_of_its_own_reads_no_other_settings_of_the_stack(compose, word, sentence):
    with pytest.raises(ConfigError, match=sentence):
        check_combinations(compose("task=translation", "model=transformer", word))


def test_what_is_no_task_is_told_so(compose, monkeypatch):
    objects = {"data": object(), "evaluation": object(), "task": object()}
    monkeypatch.setattr(factory, "build", lambda node, *, key, given=None: objects[key])
    with pytest.raises(
        ConfigError, match=r"^task\._target_ creates a object, which is not a task: derive it from bench\.task\.Task"
    ):
        factory.make_task(compose("data.limit=98765"))  # of nobody else, for tasks are shared


def test_words_are_added_by_the_vectors_that_the_net_starts_from_alone(compose):
    words = ("task=name_tagging", "data.text.vectors=some.txt")
    for net in ((), ("net.vectors=other.txt",), ("model=hmm",)):
        with pytest.raises(
            ConfigError, match=r"data\.text\.vectors=some\.txt is refused with net\.vectors=.*give the same to both"
        ):
            check_combinations(compose(*words, *net))
    check_combinations(compose(*words, "net.vectors=some.txt"))
    check_combinations(compose("task=name_tagging", "net.vectors=some.txt", "data.text.vectors=null"))
