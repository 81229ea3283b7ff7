"""The task of name tagging: what is scored, what is written, and its hidden Markov model through the same command."""

import json

import pytest
import torch

from bench.config.factory import make_net, make_strategy, make_task
from bench.errors import ConfigError, DataError
from bench.jobs.job import prepare
from bench.jobs.run import run
from bench.metrics.entities import entity_counts, entity_metrics
from bench.task import evaluate
from bench.training.learner import Learner

SMALL = ("stack.hidden_size=8", "net.embedding_size=6", "net.characters.size=5", "trainer.batch_size=4")
SENTENCES = {
    "train": ["Anna B-PER saw O New B-LOC York I-LOC", "the O cat O saw O Anna B-PER", "Rome B-LOC is O old O"] * 4,
    "validation": ["Anna B-PER is O in O Rome B-LOC", "old O York B-LOC"],
    "test": ["the O UN B-ORG saw O New B-LOC York I-LOC", "Anna B-PER", "cat O"],
}


@pytest.fixture
def tagged(compose, tmp_path):
    """configure(*overrides) -> a RunConfig over files of a few tagged sentences."""
    for split, sentences in SENTENCES.items():
        rows = [sentence.split() for sentence in sentences]
        blocks = ["".join(f"{word} {tag}\n" for word, tag in zip(row[::2], row[1::2], strict=True)) for row in rows]
        (tmp_path / f"{split}.txt").write_text("\n".join(blocks))
    files = [f"data.{split}={tmp_path / split}.txt" for split in SENTENCES]

    def configure(*overrides, small=SMALL):
        places = (f"paths.results={tmp_path}/results", f"paths.cache={tmp_path}/cache", "track=none")
        return compose("task=name_tagging", "data=columns", "data.text.min_frequency=1", *files, *places, *small, *overrides)

    return configure


def built(config):
    torch.manual_seed(0)
    task = make_task(config)
    return task, make_net(config, task).eval()


@pytest.mark.parametrize("output", [[], ["net.crf=true"], ["net.constrained=true"], ["task.labels=binary"]])
def test_the_monitor_scores_what_the_net_tags(tagged, output):
    task, net = built(tagged(*output))
    monitored = evaluate(task, net, task.monitor_loader(), task.monitor)
    metrics = task.outputs(net, make_strategy(tagged()), 0).metrics["validation"]
    assert next(iter(monitored)) == next(iter(metrics)) == task.primary
    assert {name: monitored[name].value for name in metrics} == {name: metric.value for name, metric in metrics.items()}


def test_outputs_are_scored_against_the_tags_of_the_data_also_where_training_lacks_them(tagged):
    task, net = built(tagged())
    metrics = task.outputs(net, make_strategy(tagged()), 0).metrics["test"]
    assert metrics["entity_f1"].count == 3 and metrics["entity_f1/ORG"].count == 1


def test_the_file_holds_every_word_with_both_tags_in_the_order_of_the_data(tagged):
    task, net = built(tagged())
    outputs = task.outputs(net, make_strategy(tagged()), 0)
    blocks = [[line.split(" ") for line in block.splitlines()] for block in outputs.files["conll"].strip().split("\n\n")]
    assert [[line[0] for line in block] for block in blocks] == [sentence.split()[::2] for sentence in SENTENCES["test"]]
    gold, predicted = ([[line[column] for line in block] for block in blocks] for column in (1, 2))
    again = entity_metrics(entity_counts(predicted, gold, task.measure.kinds))
    assert again["entity_f1"].value == outputs.metrics["test"]["entity_f1"].value


def test_two_classes_are_a_names_words(tagged):
    task, _ = built(tagged("task.labels=binary"))
    batch = next(iter(task.score_loader("validation")))
    assert batch.targets_BT.tolist() == [[1, 0, 0, 1], [0, 1, 0, 0]]


def test_n_best_lists_distinct_sequences_by_falling_probability(tagged):
    config = tagged("net.crf=true", "decode.n_best=3")
    task, net = built(config)
    lines = [line.split("\t") for line in task.outputs(net, make_strategy(config), 0).files["n_best.tsv"].splitlines()]
    first = [line for line in lines if line[0] == "0"]
    assert len(first) == 3 and len({tags for _, _, tags in first}) == 3
    assert [float(score) for _, score, _ in first] == sorted((float(score) for _, score, _ in first), reverse=True)
    assert sum(torch.tensor(float(score)).exp() for _, score, _ in first) <= 1


@pytest.mark.parametrize("crf", ["false", "true"])
def test_it_learns_the_training_sentences(tagged, crf):
    config = tagged(f"net.crf={crf}", "stack.direction=bidirectional")
    task, net = built(config)
    learner = Learner(task, net.train(), config.optimiser)
    optimiser = torch.optim.Adam(net.parameters(), 0.02)
    for epoch in range(30):
        loader = task.train_loader(4, 0)
        loader.set_epoch(epoch)
        for batch in loader:
            (nll_sum, count), _ = learner.net.loss(batch, None)
            optimiser.zero_grad()
            (nll_sum / count).backward()
            optimiser.step()
    net.eval()
    batch = next(iter(task.train_loader(12, 0)))
    valid = torch.arange(batch.targets_BT.size(1)) < batch.lengths_B[:, None]
    assert net.tag(batch)[valid].equal(batch.targets_BT[valid])


def test_training_without_a_name_is_refused(tagged, tmp_path):
    (tmp_path / "train.txt").write_text("Anna O\nsaw O\n")
    with pytest.raises(DataError, match=r"^data=columns: no word of the train split has a tag other than O"):
        make_task(tagged())


def test_what_counts_is_called_by_its_model(tagged):
    assert prepare(tagged("model=hmm", small=())).label == "name_tagging hmm seed 0"


def test_other_strategies_are_refused_both_ways(tagged, compose):
    with pytest.raises(
        DataError, match=r"^task=name_tagging decodes whole sentences of tags: give decode=viterbi, or decode=beam_tags"
    ):
        prepare(tagged("decode=beam"))
    with pytest.raises(ConfigError, match=r"^decode=viterbi is for tasks of one tag a word"):
        prepare(compose("decode=viterbi", "track=none"))


def test_the_hidden_markov_model_is_counted_once_and_then_loaded(tagged):
    config = tagged("model=hmm", "speed.rounds=0", small=())
    job = prepare(config)
    record = run(job, "")
    assert record.status == "ok" and record.train["steps"] == 0 and record.parameters > 0
    assert record.metrics["validation"]["entity_f1"]["value"] == 100
    (job.folder / "records" / f"{job.run_id}.json").unlink()
    again = run(prepare(config), "")
    assert json.dumps(again.metrics) == json.dumps(record.metrics)
