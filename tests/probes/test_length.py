"""Longer windows than those of the training: what is read from the zero state, and what carries on."""

import choices
import pytest
import torch

from bench.config.factory import make_net
from bench.errors import DataError
from bench.jobs.job import prepare
from bench.probes import length
from bench.task import evaluate

WINDOW = 10
WORDS = (
    "data.limit=3000",
    "data.split.validation=0.012",
    f"task.window={WINDOW}",
    "stack.hidden_size=16",
    "stack.depth=2",
    "stack.dropout=0.5",
)


@pytest.fixture
def answers_of(compose, tmp_path):
    """answers_of(cell) -> (job, net, values by name) of untrained weights that lie in its checkpoint."""

    def ask(cell):
        job = prepare(compose(f"cell={cell}", f"paths.results={tmp_path}", f"paths.cache={tmp_path}", *WORDS))
        torch.manual_seed(1)
        net = make_net(job.config, job.task)
        job.checkpoint().save_best(net, {})
        (answer,) = length.ask([job])
        prefix = "nats_per_char_"
        return job, net.eval(), {name.removeprefix(prefix): metric for name, metric in answer.metrics.items()}

    return ask


@torch.no_grad()
def window_by_window(job, net, size):
    """Nats and number of targets of the validation text in windows that each start from nothing."""
    ids = job.task.data.ids
    text = torch.cat([ids["train"][-1:], ids["validation"]])
    nats = 0.0
    for start in range(0, len(text) - 1, size):
        window = text[start : start + size + 1]
        logits_BTV, _ = net.logits(window[None, :-1], None)
        nats += float(torch.nn.functional.cross_entropy(logits_BTV[0], window[1:], reduction="sum"))
    return nats / (len(text) - 1), len(text) - 1


@pytest.mark.parametrize(
    "cell", [cell for cell in choices.one_of_each_state() if choices.option_class("cell", cell).looks_back]
)
def test_every_token_is_read_once_in_windows_from_the_zero_state(answers_of, cell):
    job, net, values = answers_of(cell)
    for name, multiple in (("zero_T", 1), ("zero_2T", 2), ("zero_8T", 8)):
        nats, count = window_by_window(job, net, multiple * WINDOW)
        assert values[name].value == pytest.approx(nats, rel=1e-5)
        assert values[name].count == count
    assert abs(values["zero_T"].value - values["carried"].value) > 1e-4
    assert values["carried"].value == pytest.approx(
        evaluate(job.task, net, job.task.score_loader("validation"))["nats_per_char"].value, rel=1e-5
    )


@pytest.mark.parametrize("tokens", [640, 1290, 7])
def test_windows_follow_each_other_and_know_the_token_before(tokens):
    ids = torch.arange(1, tokens + 1)
    batches = list(length.FromZero(ids, window=10, context=0))
    assert torch.cat([batch.inputs_BT.flatten() for batch in batches]).equal(ids - 1)
    assert torch.cat([batch.targets_BT.flatten() for batch in batches]).equal(ids)
    assert all(batch.first and batch.lengths_B is None for batch in batches)
    assert [tuple(batch.inputs_BT.shape) for batch in batches] == {
        640: [(64, 10)],
        1290: [(64, 10), (64, 10), (1, 10)],
        7: [(1, 7)],
    }[tokens]


@pytest.mark.parametrize(
    "cell", [cell for cell in choices.one_of_each_state() if not choices.option_class("cell", cell).looks_back]
)
def test_without_memory_all_windows_are_worth_the_same(answers_of, cell):
    _, _, values = answers_of(cell)
    assert [values[name].value for name in values] == [pytest.approx(values["carried"].value, rel=1e-6)] * 4


def test_a_text_shorter_than_the_longest_window_is_refused(compose, tmp_path):
    places = (f"paths.results={tmp_path}", f"paths.cache={tmp_path}", "data.limit=9000", "task.window=4000")
    job = prepare(compose(*places))
    with pytest.raises(DataError, match=r"fewer than one window of 8 x task\.window=4000"):
        length.groups([job])
