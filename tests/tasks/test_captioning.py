"""The task of captioning: what is scored, that outputs are of their own rows, and features from a file through the command."""

import choices
import numpy as np
import pytest
import torch

from bench.config.factory import make_net, make_strategy, make_task
from bench.decoding.greedy import Greedy
from bench.errors import DataError
from bench.jobs.job import prepare
from bench.jobs.run import run
from bench.metrics.bleu import BleuSums
from bench.task import evaluate

SMALL = ("stack.hidden_size=16", "net.embedding_size=12", "trainer.batch_size=8", "evaluation.batch_size=5")
COLOURS, THINGS = ("a red", "a green", "the blue"), ("ball", "house", "tree")


@pytest.fixture
def described(compose, tmp_path):
    """configure(*overrides) -> a RunConfig over files of vectors: a colour and a thing, one-hot, with two captions each."""
    draw = np.random.default_rng(0)
    for split, count in (("train", 60), ("validation", 13), ("test", 9)):
        colour, noun = draw.integers(3, size=count), draw.integers(3, size=count)
        features = np.concatenate([np.eye(3)[colour], np.eye(3)[noun]], 1) + 0.05 * draw.normal(size=(count, 6))
        captions = [[f"{COLOURS[c]} {THINGS[t]}", f"{THINGS[t]}"] for c, t in zip(colour, noun, strict=True)]
        captions[0][1] = ""
        np.savez(tmp_path / f"{split}.npz", features=features, captions=np.array(captions))

    def configure(*overrides):
        files = [f"data.{split}={tmp_path / split}.npz" for split in ("train", "validation", "test")]
        places = (f"paths.results={tmp_path}/results", f"paths.cache={tmp_path}/cache", "data.text.min_frequency=1")
        return compose("task=captioning", "data=feature_files", *files, *places, *SMALL, *overrides)

    return configure


def built(config):
    torch.manual_seed(0)
    task = make_task(config)
    return task, make_net(config, task).eval()


def test_training_has_a_row_a_caption_and_scoring_a_row_a_vector(described):
    task, net = built(described())
    assert [len(task.data.ids[split]) for split in ("train", "validation", "test")] == [119, 13, 9]
    first = task.data.ids["train"].batch(torch.arange(4))
    assert not torch.equal(first.features_BF[0], first.features_BF[1])
    assert torch.equal(first.features_BF[1], first.features_BF[2])
    batched = evaluate(task, net, task.score_loader("test"))["perplexity"]
    alone, _ = built(described("evaluation.batch_size=1"))
    assert evaluate(alone, net, alone.score_loader("test"))["perplexity"].value == pytest.approx(batched.value, rel=1e-5)
    assert batched.count == int(task.data.ids["test"].target.lengths.sum())


def test_the_monitor_scores_greedy_captions_as_the_final_scorer_does(described):
    task, net = built(described())
    watched, final = (
        evaluate(task, net, task.monitor_loader(), task.monitor),
        task.outputs(net, Greedy(), 0).metrics["validation"],
    )
    assert next(iter(watched)) == next(iter(final)) == task.primary == "exact_match"
    assert watched["exact_match"].value == final["exact_match"].value
    likelihood, _ = built(described("task.monitor=perplexity"))
    watched = evaluate(likelihood, net, likelihood.monitor_loader(), likelihood.monitor)
    assert next(iter(watched)) == likelihood.primary == "perplexity" and not set(watched) & set(final)


@pytest.mark.parametrize("context", ["initial_state", "every_step", "both"])
def test_it_learns_and_every_strategy_writes_a_line_a_row(described, context):
    config = described(f"net.context={context}", "data.text.level=symbols")
    task, net = built(config)
    net.train()
    optimiser = torch.optim.Adam(net.parameters(), 0.02)
    for epoch in range(12):
        loader = task.train_loader(8, 0)
        loader.set_epoch(epoch)
        for batch in loader:
            (nll_sum, count), _ = net.loss(batch, None)
            optimiser.zero_grad()
            (nll_sum / count).backward()
            optimiser.step()
    net.eval()
    for decode in choices.ways_to_write():
        outputs = task.outputs(net, make_strategy(described(*decode)), 0)
        lines = outputs.files["txt"].splitlines()
        references = task.data.references["test"]
        hits = [line in captions_of_row for line, captions_of_row in zip(lines, references, strict=True)]
        assert sum(hits) >= 6
        assert outputs.metrics["test"]["exact_match"].value == pytest.approx(100 * sum(hits) / len(hits))
        expected = BleuSums.of(lines, references, lowercase=True).metric()
        assert outputs.metrics["test"]["bleu_lowercase"] == expected


@pytest.mark.parametrize("level", ["words", "characters"])
@pytest.mark.parametrize("lowercase", ["true", "false"])
def test_a_right_caption_is_right_whatever_its_capitals_and_spaces(compose, tmp_path, level, lowercase):
    captions = ["A dog runs .", "Two men sit, talking.", "It's a red ball !"]
    for split in ("train", "validation"):
        np.savez(tmp_path / f"{split}.npz", features=np.eye(3), captions=np.array(captions))
    files = [f"data.{split}={tmp_path / split}.npz" for split in ("train", "validation")]
    text = (f"data.text.level={level}", f"data.text.lowercase={lowercase}", "data.text.min_frequency=1")
    task = make_task(compose("task=captioning", "data=feature_files", *files, *text))
    decoded = [task.text.decode(task.text.encode(line)) for line in captions]
    metrics = task.compared(decoded, task.references["validation"])
    assert metrics["exact_match"].value == 100
    assert metrics["bleu_lowercase" if lowercase == "true" else "bleu"].value == pytest.approx(100)


def test_captions_do_not_depend_on_the_batch(described):
    texts = []
    for size in (1, 4, 9):
        task, net = built(described(f"evaluation.batch_size={size}"))
        texts.append(task.outputs(net, make_strategy(described()), 0).files["txt"])
    assert texts[0] == texts[1] == texts[2]


@pytest.mark.parametrize("level", ["characters", "words"])
def test_strips_of_digits_through_the_command(compose, tmp_path, level):
    places = (f"paths.results={tmp_path}/results", f"paths.cache={tmp_path}/cache")
    data = ("data.train=40", "data.validation=7", "data.test=6", f"data.text.level={level}", "speed.rounds=0")
    job = prepare(compose("task=captioning", *data, *SMALL, *places, "trainer.epochs=1", "decode.width=2"))
    record = run(job, "")
    assert record.status == "ok"
    assert next(iter(record.metrics["test"])) == job.task.primary == "exact_match"
    assert {"bleu", "perplexity"} <= set(record.metrics["test"])
    assert len((job.folder / "samples" / f"{job.run_id}.txt").read_text().splitlines()) == 6


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("task.monitor=bleu", r"^task\.monitor=bleu is unknown: give exact_match or perplexity"),
        ("evaluation.longest=0", r"^evaluation\.longest=0"),
        (
            "evaluation.longest=2",
            r"^evaluation\.longest=2 would cut .* \d+ symbols; give evaluation\.longest=\d+",
        ),
        ("data.limit=0", r"^data\.limit=0"),
    ],
)
def test_refusals(described, override, words):
    with pytest.raises(DataError, match=words):
        make_task(described(override))
