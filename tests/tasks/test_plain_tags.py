"""Tags that are no names: what is scored, judged from outside on what a run writes, and what of names is refused."""

import json
import sys
from subprocess import run as started

import numpy as np
import pytest
import torch
from command import bench, environment, records

from bench.config.factory import make_net, make_strategy, make_task
from bench.errors import DataError, Refusal
from bench.metrics.token_accuracy import tag_confusion, token_counts, token_metrics
from bench.task import evaluate

DATA = ("data.text.min_frequency=1", "speed.rounds=0")
SMALL = ("stack.hidden_size=8", "trainer.batch_size=4", "trainer.epochs=2")
SPLITS = {
    "train": ["the/DET cat/NOUN saw/VERB 10 000/NUM", "a/DET dog/NOUN ran/VERB", "the/DET #/_ ran/VERB"] * 4,
    "validation": ["the/DET dog/NOUN saw/VERB Rome/PROPN", "a/DET dog/NOUN ran/VERB"],
    "test": ["a/DET cat/NOUN saw/VERB 10 000/NUM", "the/DET dog/NOUN", "oh/INTJ saw/VERB"],
}
"""PROPN and INTJ are not in training."""
PLANTED = "1-2\tPLANTED\t_\tX\t_\t_\t_\t_\t_\t_\n"


def tokens(split):
    return [[tuple(token.split("/")) for token in sentence.replace("10 000", "10_000").split()] for sentence in SPLITS[split]]


def conllu(split):
    """The sentences with a comment and a range before each."""
    blocks = []
    for number, row in enumerate(tokens(split), 1):
        lines = [f"{n}\t{word.replace('_', ' ')}\t_\t{tag}\t_\t_\t_\t_\t_\t_\n" for n, (word, tag) in enumerate(row, 1)]
        blocks.append(f"# {number}\n{PLANTED}{''.join(lines)}\n")
    return "".join(blocks)


@pytest.fixture
def files(tmp_path):
    for split in SPLITS:
        (tmp_path / f"{split}.conllu").write_text(conllu(split))
    return [f"data.{split}={tmp_path / split}.conllu" for split in SPLITS]


@pytest.fixture
def configure(compose, files):
    return lambda *overrides: compose("task=name_tagging", "data=conllu", *files, *DATA, *SMALL, *overrides)


def built(config):
    torch.manual_seed(0)
    task = make_task(config)
    return task, make_net(config, task).eval()


def accuracy(predicted, gold):
    """By numpy, over the words of all sentences."""
    return 100 * float(np.mean(np.array([tag for row in predicted for tag in row]) == [tag for row in gold for tag in row]))


@pytest.mark.parametrize("words", [[], ["net.crf=true"], ["model=output_recurrent", "decode=beam_tags", "decode.width=1"]])
def test_the_monitor_scores_what_the_net_tags_also_where_training_lacks_a_tag(configure, words):
    config = configure(*words)
    task, net = built(config)
    monitored = evaluate(task, net, task.monitor_loader(), task.monitor)
    outputs = task.outputs(net, make_strategy(config), 0)
    assert next(iter(monitored)) == next(iter(outputs.metrics["validation"])) == task.primary == "token_accuracy"
    assert monitored["token_accuracy"].value == outputs.metrics["validation"]["token_accuracy"].value
    gold = [[tag for _, tag in row] for row in tokens("test")]
    assert outputs.metrics["test"]["token_accuracy"].value == pytest.approx(accuracy(outputs.scored.outputs, gold))
    assert [matrix.name for matrix in outputs.matrices][:1] == ["confusion"]


def test_no_guess_at_a_tag_that_training_lacks_is_right(configure):
    task, net = built(configure())
    net.tag = net._tags = lambda *_: torch.zeros(2, 4, dtype=torch.long)  # DET, whose number PROPN has
    metrics = evaluate(task, net, task.monitor_loader(), task.monitor)
    assert metrics["token_accuracy"].value == pytest.approx(100 * 2 / 7)


def test_what_is_for_names_alone_is_refused(configure):
    with pytest.raises(Refusal, match=r"^net\.constrained=true is refused for tags that may follow each other in any order"):
        built(configure("net.constrained=true"))
    with pytest.raises(DataError, match=r"^task\.labels=binary is refused with data=conllu, whose tags are plain"):
        built(configure("task.labels=binary"))


def test_tags_that_are_all_one_are_refused(configure, tmp_path):
    (tmp_path / "train.conllu").write_text("1\tcat\t_\tX\t_\t_\t_\t_\t_\t_\n")
    with pytest.raises(
        DataError, match=r"^data=conllu: all words of the train split have the tag X: there is nothing to learn"
    ):
        built(configure())


def test_a_random_field_forbids_nothing(configure):
    _, net = built(configure("net.crf=true"))
    assert torch.isfinite(net.transition_scores()).all()


def test_the_counts_and_who_is_taken_for_whom():
    gold, predicted = [["N", "V"], ["_"]], [["N", "N"], ["_"]]
    assert token_metrics(token_counts(predicted, gold))["token_accuracy"].value == pytest.approx(accuracy(predicted, gold))
    matrix = tag_confusion(predicted, gold)
    assert list(matrix.rows) == list(matrix.columns) == ["N", "V", "_"]
    assert matrix.values == [[1, 0, 0], [1, 0, 0], [0, 0, 1]]


def test_a_run_from_files_to_records_decoding_scoring_and_comparison(files, tmp_path):
    """From the command line: columns by hand, the counted baseline beside a net, and what becomes of both."""
    by_hand = ("data=columns", "data.scheme=plain", "data.columns.word=1", "data.columns.tag=3")
    words = ("task=name_tagging", *by_hand, *files, *DATA, "track=none", "sweep.name=pos")
    for model in (("model=hmm",), ("net.crf=true", *SMALL)):
        done = bench(tmp_path, *words, *model)
        assert done.returncode == 0, done.stderr
    folder, gold = tmp_path / "runs" / "pos", [[tag for _, tag in row] for row in tokens("test")]
    by_net = {record["config"]["net"]["name"]: record for record in records(folder).values()}
    for record in by_net.values():
        outputs_file = json.loads((folder / "outputs" / f"{record['run_id']}.json").read_text())
        assert outputs_file["references"] == [[row] for row in gold]
        scored = record["metrics"]["test"]["token_accuracy"]
        assert scored["value"] == pytest.approx(accuracy(outputs_file["outputs"], gold)) and scored["count"] == 8
        assert "12 comment lines and 12 ranges of words (3-4) of the train split were skipped" in record["data"]["notes"]
        assert "entity_f1" not in record["metrics"]["test"]
    lines = (folder / "samples" / f"{by_net['hmm']['run_id']}.conll").read_text()
    assert "PLANTED" not in lines and "10_000 NUM" in lines

    checkpoint = f"cache/recurrent-bench/checkpoints/{by_net['tagger']['train_id']}"
    command = [sys.executable, "-m", "bench", "decode", checkpoint]
    text = "\ufeff" + "the dog\noh saw\n"
    done = started(command, cwd=tmp_path, env=environment(tmp_path), input=text, capture_output=True, text=True)
    outputs = json.loads((folder / "outputs" / f"{by_net['tagger']['run_id']}.json").read_text())["outputs"]
    rows = zip(("the dog", "oh saw"), outputs[1:], strict=True)
    expected = "".join("".join(f"{w} {t}\n" for w, t in zip(row.split(), tags, strict=True)) + "\n" for row, tags in rows)
    assert done.returncode == 0 and done.stdout == expected, done.stderr

    done = bench(tmp_path, "score", checkpoint, f"data.test={tmp_path}/validation.conllu", "track=none")
    assert done.returncode == 0, done.stderr
    (scored,) = records(tmp_path / "runs" / "score").values()
    assert scored["metrics"]["test"]["token_accuracy"]["value"] == pytest.approx(
        by_net["tagger"]["metrics"]["validation"]["token_accuracy"]["value"]
    )
    done = bench(tmp_path, "compare", str(folder), "--by-sentence")
    assert done.returncode == 0 and "token accuracy" in done.stdout and "over 3 sentences" in done.stdout, done.stderr
