import random

import choices
import pytest
import torch
from bench.tasks.translation import Translation
from torch import nn

from bench.config.factory import make_net, make_strategy, make_task
from bench.decoding.greedy import Greedy
from bench.errors import DataError
from bench.metrics.bleu import translation_metrics
from bench.task import evaluate
from bench.training.learner import Learner

NET = ("stack.hidden_size=12", "net.embedding_size=8", "trainer.batch_size=8", "evaluation.batch_size=5")


@pytest.fixture
def pairs(compose, tmp_path):
    """configure(*overrides) -> a RunConfig over files of a toy language: each word of the source, doubled."""
    draw = random.Random(0)
    for split, count in (("train", 60), ("val", 13), ("test", 9)):
        lines = [" ".join(draw.choices("abcdefg", k=draw.randint(1, 6))) for _ in range(count)]
        if split != "train":
            lines[3] = ""
        (tmp_path / f"{split}.xx").write_text("".join(f"{line}\n" for line in lines))
        (tmp_path / f"{split}.yy").write_text("".join(f"{' '.join(w + w for w in line.split())}\n" for line in lines))

    def configure(*overrides):
        files = [
            f"data.{split}={tmp_path / name}" for split, name in (("train", "train"), ("validation", "val"), ("test", "test"))
        ]
        languages = ("data.source=xx", "data.target=yy", "data.text.level=symbols", "data.text.min_frequency=1")
        return compose("task=translation", "data=parallel", *files, *languages, *NET, *overrides)

    return configure


def built(config, seed=0):
    torch.manual_seed(seed)
    task = make_task(config)
    return task, make_net(config, task).eval()


class Fixed(nn.Module):
    def __init__(self, nats):
        super().__init__()
        self.nats = nats
        self.nothing = nn.Parameter(torch.zeros(1))

    def loss(self, batch, state):
        return (torch.tensor(self.nats * batch.tokens), torch.tensor(batch.tokens)), ()


def test_perplexity_counts_every_target_symbol_once(pairs):
    task, net = built(pairs())
    for split in task.splits():
        scored = evaluate(task, Fixed(2.0), task.score_loader(split))["perplexity"]
        assert scored.value == pytest.approx(torch.tensor(2.0).exp().item(), rel=1e-5)
        assert scored.count == int(task.data.ids[split].target.lengths.sum())
    batched = evaluate(task, net, task.score_loader("test"))["perplexity"].value
    alone, _ = built(pairs("evaluation.batch_size=1"))
    assert evaluate(alone, net, alone.score_loader("test"))["perplexity"].value == pytest.approx(batched, rel=1e-5)


def test_the_monitor_scores_greedy_outputs_as_the_final_scorer_does(pairs):
    task, net = built(pairs())
    watched = evaluate(task, net, task.monitor_loader(), task.monitor)
    final = task.outputs(net, Greedy(), 0).metrics["validation"]
    assert next(iter(watched)) == next(iter(final)) == task.primary == "bleu"
    assert watched["bleu"].value == pytest.approx(final["bleu"].value, abs=1e-9)
    assert watched["bleu"].signature == final["bleu"].signature
    likelihood, _ = built(pairs("task.monitor=perplexity"))
    assert likelihood.primary == "perplexity"
    watched = evaluate(likelihood, net, likelihood.monitor_loader(), likelihood.monitor)
    assert next(iter(watched)) == "perplexity" and not set(watched) & set(final)


def test_lower_cased_text_is_scored_in_lower_case_and_pronunciations_by_words(pairs, compose):
    assert make_task(pairs("data.text.lowercase=true")).primary == "bleu_lowercase"
    spelling = make_task(compose("task=translation", "data.limit=500", *NET))
    assert (spelling.primary, spelling.better) == ("word_error_rate", "lower")


@pytest.mark.parametrize("decode", choices.ways_to_write(), ids=" ".join)
def test_one_line_out_for_each_line_in_and_an_empty_one_for_an_empty_one(pairs, decode):
    config = pairs(*decode)
    task, net = built(config)
    outputs = task.outputs(net, make_strategy(config), 0)
    lines = outputs.files["txt"].split("\n")
    assert len(lines) == 9 + 1 and lines[3] == "" == lines[-1]
    texts = [lines[index] for index in range(9)]
    scored = translation_metrics(texts, task.data.raw["test"].references)
    assert outputs.metrics["test"]["chrf"].value == pytest.approx(scored["chrf"].value)
    assert len(outputs.rows) == 9 and all(len(row) == len(outputs.columns) for row in outputs.rows)
    assert [row[1] for row in outputs.rows] == texts


def test_outputs_do_not_depend_on_the_batch(pairs):
    config = pairs("net.input_feeding=true", "stack.direction=bidirectional")
    net = built(config)[1]
    texts = []
    for size in (1, 4, 9):
        other, _ = built(pairs("net.input_feeding=true", "stack.direction=bidirectional", f"evaluation.batch_size={size}"))
        texts.append(other.outputs(net, make_strategy(config), 0).files["txt"])
    assert texts[0] == texts[1] == texts[2]


def test_a_restored_reader_writes_what_the_task_wrote(pairs):
    config = pairs()
    task, net = built(config)
    reader = Translation.restore(task.vocabulary(), task.evaluation)
    again = make_net(config, reader).eval()
    again.load_state_dict(net.state_dict())
    lines, cut = reader.lines(again, make_strategy(config), task.data.raw["test"].sources, 0)
    assert "".join(f"{line}\n" for line in lines) == task.outputs(net, make_strategy(config), 0).files["txt"]
    assert cut == 0
    assert reader.lines(again, make_strategy(config), [], 0) == ([], 0)
    short = Translation.restore({**task.vocabulary(), "max_length": 2}, task.evaluation)
    assert short.lines(again, make_strategy(config), ["a b c d", "a"], 0)[1] == 2


def test_attention_becomes_matrices_of_symbols(pairs):
    config = pairs()
    task, net = built(config)
    matrices = task.outputs(net, make_strategy(config), 0).matrices
    assert len(matrices) == 4
    for matrix in matrices:
        assert matrix.rows[-1] == matrix.columns[-1] == "</s>"
        assert all(sum(row) == pytest.approx(1, abs=1e-5) and len(row) == len(matrix.columns) for row in matrix.values)
    task, net = built(pairs("net.attention=none"))
    assert not task.outputs(net, make_strategy(config), 0).matrices


def test_it_learns_and_the_loader_follows_the_epoch(pairs, tmp_path):
    from bench.training.checkpoint import Checkpoint
    from bench.training.trainer import train

    config = pairs("trainer.epochs=40", "optimiser.lr=0.01", "stack.hidden_size=24", "net.decoder.hidden_size=24")
    torch.manual_seed(0)
    task = make_task(config)
    learner = Learner(task, make_net(config, task), config.optimiser)
    epochs = []
    loader = task.train_loader(8, 0)
    task.train_loader = lambda batch_size, seed: loader
    loader.set_epoch = lambda epoch: epochs.append(epoch) or setattr(loader, "epoch", epoch)
    train(learner, config.trainer, seed=0, checkpoint=Checkpoint(tmp_path), log=lambda *_: None, callbacks=[])
    assert epochs == list(range(40))
    Checkpoint(tmp_path).load_best(learner.net)
    assert task.outputs(learner.net.eval(), make_strategy(config), 0).metrics["validation"]["bleu"].value > 50


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("task.monitor=never", r"task\.monitor=never is unknown"),
        ("task.batch_by=lines", r"batch_by=lines"),
        ("evaluation.batch_size=0", r"evaluation\.batch_size=0"),
        ("evaluation.length_offset=0", r"evaluation\.length_offset=0"),
    ],
)
def test_refusals(pairs, override, words):
    with pytest.raises(DataError, match=words):
        make_task(pairs(override)).train_loader(8, 0)
