"""The task of generating words: what is scored, what is drawn, what counts as valid and new."""

import pytest
import torch
from bench.tasks.word_generation import shares
from torch import nn

from bench.config.factory import make_net, make_strategy, make_task
from bench.data.batches.vocabulary import UNKNOWN
from bench.data.pairs.tokens import END, START
from bench.errors import DataError
from bench.jobs.job import prepare
from bench.jobs.run import run
from bench.task import evaluate

SMALL = (
    "stack.hidden_size=8",
    "net.embedding_size=4",
    "trainer.batch_size=8",
    "evaluation.batch_size=7",
    "evaluation.drawn=30",
)


@pytest.fixture
def listed(compose, tmp_path):
    """configure(*overrides) -> a RunConfig over a file of 200 words."""
    words = [a + b + c for a in "abcde" for b in "aeiou" for c in "klmnopqr"]
    (tmp_path / "words.txt").write_text("".join(f"{word}\n" for word in words))

    def configure(*overrides):
        places = (f"paths.results={tmp_path}/results", f"paths.cache={tmp_path}/cache")
        return compose("task=word_generation", "data=word_list", f"data.path={tmp_path}/words.txt", *places, *SMALL, *overrides)

    return configure


class Writes(nn.Module):
    """Writes one word for sure: `bak` where that is allowed."""

    def __init__(self, ids):
        super().__init__()
        self.ids, self.nothing = [*ids, END], nn.Parameter(torch.zeros(1))

    def start_by_chance(self, batch, generator):
        return torch.zeros(batch.rows, dtype=torch.long)

    def step(self, token_N, state):
        log_prob_NV = torch.full((len(token_N), 40), -20.0)
        log_prob_NV[:, [START, UNKNOWN]] = -1.0
        log_prob_NV[torch.arange(len(token_N)), torch.tensor(self.ids)[state.clamp(max=len(self.ids) - 1)]] = 0.0
        return log_prob_NV.log_softmax(1), state + 1

    def loss(self, batch, state):
        return (torch.tensor(2.0 * batch.tokens), torch.tensor(batch.tokens)), ()


def test_perplexity_counts_every_letter_and_every_end_once(listed):
    task = make_task(listed())
    for split in task.splits():
        scored = evaluate(task, Writes([]), task.score_loader(split))["perplexity"]
        assert scored.value == pytest.approx(torch.tensor(2.0).exp().item(), rel=1e-5)
        assert scored.count == sum(len(word) + 1 for word in task.data.words[split])


def test_a_word_that_the_limit_leaves_out_is_valid_and_new(listed):
    task = make_task(listed("data.limit=20"))
    word = task.data.left_out[0]
    assert word not in {listed_word for words in task.data.words.values() for listed_word in words}
    outputs = task.outputs(Writes(task.data.vocabulary.encode(word)), make_strategy(listed("decode.top_k=1")), 0)
    assert outputs.metrics["validation"]["valid_words"].value == outputs.metrics["validation"]["new_valid_words"].value == 100
    assert outputs.files["tsv"] == f"{word}\tleft out by data.limit\n" * 30


def test_words_drawn_are_looked_up_in_the_lists(listed):
    task = make_task(listed())
    for split in ("train", "test"):
        word = task.data.words[split][0]
        outputs = task.outputs(Writes(task.data.vocabulary.encode(word)), make_strategy(listed("decode.top_k=1")), 0)
        values = {name: metric.value for name, metric in outputs.metrics["validation"].items()}
        new = 100 * (split != "train")
        assert values == {
            "perplexity": pytest.approx(torch.tensor(2.0).exp().item(), rel=1e-5),
            "valid_words": 100,
            "new_words": new,
            "new_valid_words": new,
            "distinct_words": pytest.approx(100 / 30),
        }
        assert outputs.files["tsv"] == f"{word}\t{split}\n" * 30


def test_shares_are_of_all_words_drawn():
    metrics = shares(["a", "b", "b", "zz"], {"a": "train", "b": "test"})
    assert [metrics[name].value for name in ("valid_words", "new_words", "new_valid_words", "distinct_words")] == [
        75,
        75,
        50,
        75,
    ]
    assert {metric.count for metric in metrics.values()} == {4}


@pytest.mark.parametrize("stop", ["end_symbol", "halting_unit", "predicted_length"])
def test_one_way_of_writing_is_drawn_often_and_searched_for_once(listed, stop):
    config = listed(f"net.stop={stop}", "net.longest=5")
    torch.manual_seed(0)
    task = make_task(config)
    net = make_net(config, task).eval()
    beam = ["decode=beam", "decode.n_best=3", "decode.min_length=1"]
    for decode, counts in ((["decode=sample"], {30}), (["decode=greedy"], {1}), (beam, {1, 2, 3})):
        outputs = task.outputs(net, make_strategy(listed(*decode)), 0)
        assert outputs.files["tsv"].count("\n") == outputs.metrics["test"]["valid_words"].count in counts
        again = task.outputs(net, make_strategy(listed(*decode)), 0)
        assert again.files == outputs.files
    other = task.outputs(net, make_strategy(listed()), 1)
    assert other.files != task.outputs(net, make_strategy(listed()), 0).files


def test_through_the_command(listed):
    job = prepare(listed("trainer.epochs=2", "optimiser.lr=0.02", "net.stop=halting_unit", "evaluation.samples=5"))
    record = run(job, "")
    assert record.status == "ok"
    assert next(iter(record.metrics["test"])) == "perplexity"
    assert record.metrics["test"]["perplexity"]["value"] < 0.6 * len(job.task.data.vocabulary)


@pytest.mark.parametrize("key", ["batch_size", "drawn", "longest"])
def test_refusals(listed, key):
    with pytest.raises(DataError, match=rf"^evaluation\.{key}=0 is out of range"):
        make_task(listed(f"evaluation.{key}=0"))
