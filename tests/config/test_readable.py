"""A task refuses the data set of another kind, before it is loaded."""

import pytest

from bench.config.compatibility import check_readable
from bench.config.schema import folder
from bench.errors import ConfigError

TASKS = sorted(file.stem for file in (folder() / "task").glob("*.yaml"))


@pytest.mark.parametrize("task", TASKS)
def test_a_task_reads_its_own_default(compose, task):
    check_readable(compose(f"task={task}"))


@pytest.mark.parametrize(
    ("task", "data", "sentence"),
    [
        ("char_lm", "ptb", "give one of ptb_char, pydocs, text, tinyshakespeare"),
        ("word_lm", "ptb_char", "give one of ptb, pydoc_words, wikitext2, words"),
        ("name_tagging", "multi30k data.source=de data.target=en", "give one of columns, conll2003, python_names, wnut17"),
        ("translation", "text", "give one of cmudict, multi30k, parallel, tatoeba"),
        ("parity", "cmudict", "give generated"),
        ("word_generation", "cmudict", "give one of cmudict_words, word_list"),
        ("captioning", "generated", "give one of digit_strips, feature_files"),
    ],
)
def test_another_kind_is_refused_with_what_would_do(compose, task, data, sentence):
    name, *rest = data.split()
    with pytest.raises(ConfigError, match=rf"^data={name} cannot be used with task={task}: {sentence}\.$"):
        check_readable(compose(f"task={task}", f"data={name}", *rest))
