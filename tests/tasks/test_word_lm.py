import math

import pytest
import torch
from torch import nn

from bench.config.factory import make_net, make_strategy, make_task
from bench.data.text.lanes import Lanes
from bench.errors import DataError
from bench.jobs.job import prepare
from bench.jobs.run import run
from bench.task import evaluate
from bench.training.learner import Learner


@pytest.fixture
def small(compose, tmp_path):
    """configure(*overrides) -> a RunConfig over files of a few hundred words."""
    lines = [f"{i} fox {'over' if i % 3 else 'under'} <unk> dog\n" for i in range(150)]
    files = []
    for split, part in (("train", lines[:100] * 2), ("validation", lines[90:130]), ("test", lines[130:])):
        (tmp_path / f"{split}.txt").write_text("".join(part))
        files.append(f"data.{split}={tmp_path / split}.txt")

    def configure(*overrides):
        sizes = ("stack.hidden_size=16", "trainer.batch_size=4", "task.window=10")
        return compose("task=word_lm", "data=words", *files, *sizes, *overrides)

    return configure


def built(config, seed=0):
    torch.manual_seed(seed)
    task = make_task(config)
    return task, make_net(config, task)


class Uniform(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.size = size
        self.nothing = nn.Parameter(torch.zeros(1))

    def loss(self, batch, state):
        return (torch.tensor(math.log(self.size) * batch.tokens, dtype=torch.float64), torch.tensor(batch.tokens)), state


def test_a_uniform_net_has_the_vocabulary_for_its_perplexity(small):
    task, _ = built(small())
    size = len(task.data.vocabulary)
    for split in task.splits():
        metrics = evaluate(task, Uniform(size), task.score_loader(split))
        assert metrics["perplexity"].value == pytest.approx(size, rel=1e-6)
        assert metrics["perplexity"].count == task.data.description["splits"][split]


@pytest.mark.parametrize("overrides", [[], ["model=ngram", "net.order=3"]])
def test_every_word_is_counted_once_whatever_the_windows(small, overrides):
    task, net = built(small(*overrides))
    net.eval()
    if overrides:
        net.fit(list(task.train_loader(4, 0)))
    ids, context = task.data.ids["validation"], int(task.data.ids["train"][-1])
    one_window = Lanes(ids, lanes=1, window=10_000, context=context)
    expected = evaluate(task, net, one_window)["nats_per_word"]
    for loader in (task.score_loader("validation"), Lanes(ids, lanes=1, window=7, context=context)):
        scored = evaluate(task, net, loader)["nats_per_word"]
        assert scored.count == len(ids) == expected.count
        assert scored.value == pytest.approx(expected.value, rel=1e-5)


def test_a_window_of_the_monitor_holds_no_more_predictions_than_one_of_the_scores(small):
    task, _ = built(small())
    assert [batch.tokens for batch in task.monitor_loader()] == [len(task.data.ids["validation"])]
    assert max(batch.inputs_BT.numel() for batch in built(small("task.monitor_lanes=3"))[0].monitor_loader()) <= 512


def test_the_matrix_that_embeds_is_the_one_that_predicts(small):
    task, net = built(small())
    size = len(task.data.vocabulary)
    assert [name for name, weight in net.named_parameters() if weight.shape == (size, 16)] == ["embedding.weight"]
    _, apart = built(small("model=aligned"))
    assert len([name for name, weight in apart.named_parameters() if weight.shape == (size, 16)]) == 2


def test_it_learns(small):
    config = small("cell=gru")
    task, net = built(config)
    learner, optimiser = Learner(task, net, config.optimiser), torch.optim.Adam(net.parameters(), 0.02)
    before = evaluate(task, net, task.score_loader("test"))["perplexity"].value
    for _ in range(5):
        for batch in task.train_loader(4, 0):
            optimiser.zero_grad()
            learner.training_step(batch, 0).backward()
            optimiser.step()
    assert evaluate(task, net, task.score_loader("test"))["perplexity"].value < 0.2 * before


@pytest.mark.parametrize("overrides", [["decode=greedy"], ["decode=sample"], ["model=ngram", "decode=sample decode.top_k=5"]])
def test_samples_are_repeatable_and_never_unknown(small, overrides):
    words = [word for override in overrides for word in override.split()]
    config = small(*words, "evaluation.sample_length=60", "evaluation.prompt=7 fox")
    task, net = built(config)
    if "model=ngram" in words:
        net.fit(list(task.train_loader(4, 0)))
    else:
        with torch.no_grad():
            net.output_bias[0] = 50.0  # the net would love the unknown word
    first, second = (task.outputs(net.eval(), make_strategy(config), seed=3).rows[0][1] for _ in range(2))
    assert first == second
    assert len(task.data.vocabulary.prefix(first)) == 60
    assert "<unk>" not in first


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("task.window=9000", r"has 1200 words, fewer than one window of task\.window=9000"),
        ("task.initial_state=ones", r"task\.initial_state=ones is unknown"),
        ("task.monitor_lanes=513", r"task\.monitor_lanes=513 is out of range: give a number from 1 to 512"),
        ("evaluation.prompt=' '", r"evaluation\.prompt=' ' has no words of data=words"),
        ("stack.direction=bidirectional", r"stack\.direction=bidirectional is not allowed with task=word_lm"),
    ],
)
def test_bad_settings_are_one_sentence(small, override, words):
    with pytest.raises(ValueError, match=words):
        built(small(override))


def test_more_lanes_than_words_are_refused(small):
    with pytest.raises(DataError, match=r"trainer\.batch_size=1200 lanes do not fit a training text of 1200 words"):
        built(small())[0].train_loader(1200, 0)


@pytest.mark.parametrize("task", ["word_lm", "char_lm"])
def test_the_n_gram_model_is_counted_once_and_then_loaded(compose, tmp_path, task):
    places = (f"paths.results={tmp_path}/results", f"paths.cache={tmp_path}/cache", "data.limit=3000")
    config = compose(f"task={task}", "model=ngram", "net.order=3", "evaluation.sample_length=5", *places)
    job = prepare(config)
    record = run(job, "")
    assert record.status == "ok" and record.train["steps"] == 0 and record.parameters > 1000
    assert record.metrics["validation"]["perplexity"]["value"] < 0.5 * len(job.task.data.vocabulary)
    (job.folder / "records" / f"{job.run_id}.json").unlink()
    assert run(prepare(config), "").metrics == record.metrics
