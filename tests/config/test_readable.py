"""A task refuses the data set of another kind, before it is loaded, and offers those that it would read."""

from functools import cache, partial

import choices
import pytest
from offers import offered

from bench.config.compatibility import check_readable


@pytest.fixture
def refused(compose, parsed_once):
    """refused(task, data) -> the data sets that are offered instead; None where the task reads it."""
    composed = cache(lambda task: compose(f"task={task}"))

    def ask(task, data):
        config = composed(task)
        config.data = choices.node("data", data)
        sentence = rf"data={data} cannot be used with task={task}: give (?:one of (?=.*,))?([a-z0-9_]+(?:, [a-z0-9_]+)*)\."
        return offered(partial(check_readable, config), sentence, between=", ")

    return ask


def room(data):
    """The package of bench/data/ that the class lies in."""
    return choices.option_class("data", data).__module__.rpartition(".")[0]


@pytest.mark.parametrize("task", choices.names("task"))
def test_a_task_reads_its_own_default_and_offers_just_what_it_reads(compose, refused, task):
    """What lies in another room of bench/data/ than its default is another kind, and is neither read nor offered."""
    default = compose(f"task={task}").data["name"]
    offers = {data: refused(task, data) for data in choices.names("data")}
    readable = [data for data, offered in offers.items() if offered is None]
    assert default in readable
    assert {room(data) for data in readable} == {room(default)}
    assert all(offered == readable for offered in offers.values() if offered is not None)
    assert len(readable) < len(offers)


@pytest.mark.parametrize(
    ("task", "data", "instead"),
    [
        ("char_lm", "ptb", "ptb_char"),
        ("word_lm", "ptb_char", "ptb"),
        ("name_tagging", "multi30k", "conll2003"),
        ("translation", "text", "tatoeba"),
        ("parity", "cmudict", "generated"),
        ("word_generation", "cmudict", "cmudict_words"),
        ("captioning", "generated", "feature_files"),
    ],
)
def test_another_kind_is_refused_with_what_would_do(refused, task, data, instead):
    assert instead in refused(task, data)
