"""`decode` and `score`: what trained weights make of a user's text is what the run made of its own test."""

import csv
import json
import subprocess
import sys

import pytest
from command import bench, environment, records
from golden import corpus

SMALL = ("track=none", "speed.rounds=0", "stack.hidden_size=10", "trainer.batch_size=4", "trainer.epochs=4", "seed=2")
FILES = "data.train={0} data.validation={1} data.test={2}"


@pytest.fixture
def trained(tmp_path):
    """trained(*words) -> (folder of the checkpoint, the record, folder of the sweep)."""
    corpus.write(tmp_path)

    def train(*words):
        done = bench(tmp_path, *words, *SMALL)
        assert done.returncode == 0, done.stderr
        (record,) = records(tmp_path / "runs" / "single").values()
        return f"cache/recurrent-bench/checkpoints/{record['train_id']}", record, tmp_path / "runs" / "single"

    return train


def decode(room, checkpoint, text, *words):
    command = [sys.executable, "-m", "bench", "decode", checkpoint, *words]
    done = subprocess.run(command, cwd=room, env=environment(room), input=text, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def outputs_of(folder, record):
    return json.loads((folder / "outputs" / f"{record['run_id']}.json").read_text())


def files(name, train="train", validation="validation", test="test"):
    return FILES.format(*(name.format(split) for split in (train, validation, test))).split()


@pytest.mark.parametrize("labels", ["spans", "binary"])
def test_a_tagger_writes_conll(trained, tmp_path, labels):
    checkpoint, record, folder = trained("task=name_tagging", "data=columns", f"task.labels={labels}", *files("{}.conll"))
    column = (tmp_path / "test.conll").read_text()
    words = [[line.split()[0] for line in block.splitlines()] for block in column.strip().split("\n\n")]
    tags = outputs_of(folder, record)["outputs"]
    expected = "".join(
        "".join(f"{w} {t}\n" for w, t in zip(*pair, strict=True)) + "\n" for pair in zip(words, tags, strict=True)
    )
    out, notes = decode(tmp_path, checkpoint, "".join(" ".join(row) + "\n" for row in words))
    assert out == expected and notes == f"read as one sentence a line, {len(words)} in all\n"
    out, notes = decode(tmp_path, checkpoint, "\n".join("".join(f"{word}\n" for word in row) for row in words))
    assert out == expected and notes.startswith("read as one word a line")
    assert decode(tmp_path, checkpoint, "")[0] == ""


def test_a_classifier_writes_a_class_a_line(trained, tmp_path):
    checkpoint, record, folder = trained("task=text_classification", "data=labelled", *files("labelled.{}.txt"))
    texts = [line.partition("\t")[2] for line in (tmp_path / "labelled.test.txt").read_text().splitlines()]
    expected = [chosen for (chosen,) in outputs_of(folder, record)["outputs"]]
    out, notes = decode(tmp_path, checkpoint, "".join(f"{text}\n" for text in [*texts, "", "Zorro sees"]))
    assert out.split("\n")[:-3] == expected and out.split("\n")[-3] == ""
    assert "are not in the vocabulary and were read as the unknown one" in notes


@pytest.mark.parametrize(
    "words, prompt",
    [
        (("task=char_lm", "data=text", "data.path=text.txt", "task.window=12", "evaluation.prompt='Ann sees'"), "Ann sees"),
        (("task=word_lm", "data=words", "task.window=6", "evaluation.prompt=Ann", *files("words.{}.txt")), "Ann"),
    ],
)
def test_a_language_model_goes_on(trained, tmp_path, words, prompt):
    checkpoint, record, folder = trained(*words, "decode=greedy", "evaluation.sample_length=15")
    text = (folder / "samples" / f"{record['run_id']}.txt").read_text()
    assert decode(tmp_path, checkpoint, prompt)[0] == text.partition("]\n")[2]
    assert len(decode(tmp_path, checkpoint, prompt, "evaluation.sample_length=3")[0]) < len(text)


@pytest.mark.parametrize("settings", [(), ("task.difference=true",), ("task.recursive=true",)])
def test_a_forecaster_writes_the_next_steps(trained, tmp_path, settings):
    words = ("task=forecasting", "data=series", "data.path=series.csv", "task.window=10", "task.horizon=3", *settings)
    checkpoint, record, folder = trained(*words)
    with (folder / "samples" / f"{record['run_id']}.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))[:3]
    lines = (tmp_path / "series.csv").read_text().splitlines()
    known_lines = lines[: 1 + int(rows[0]["step"])]
    out, notes = decode(tmp_path, checkpoint, "\n".join(known_lines) + "\n")
    name, *values = out.splitlines()
    assert name == "value" and f"{len(known_lines) - 1:,} steps" in notes
    assert [float(value) for value in values] == pytest.approx([float(row["forecast"]) for row in rows], rel=1e-5)
    short = bench_decode(tmp_path, checkpoint, "value\n1.0\n2.0\n")
    assert short.returncode == 2 and "the input has 2 steps, and the net reads" in short.stderr


def bench_decode(room, checkpoint, text, *words):
    command = [sys.executable, "-m", "bench", "decode", checkpoint, *words]
    return subprocess.run(command, cwd=room, env=environment(room), input=text, capture_output=True, text=True)


def test_what_reads_no_lines_and_what_cannot_decode_so_is_refused(trained, tmp_path):
    checkpoint, _, _ = trained("task=adding", "data.length=10", "data.train=40", "data.validation=10", "data.test=10")
    done = bench_decode(tmp_path, checkpoint, "")
    assert done.returncode == 2 and "task=adding, which cannot decode text" in done.stderr


def test_weights_are_scored_on_a_test_of_the_users_own(trained, tmp_path):
    checkpoint, record, _ = trained("task=name_tagging", "data=columns", *files("{}.conll"))
    (tmp_path / "mine.conll").write_text((tmp_path / "validation.conll").read_text())
    done = bench(tmp_path, "score", checkpoint, "data.test=mine.conll", "track=none")
    assert done.returncode == 0, done.stderr
    (scored,) = records(tmp_path / "runs" / "score").values()
    assert scored["train_id"] == record["train_id"] and scored["run_id"] != record["run_id"]
    ours = {name: metric["value"] for name, metric in scored["metrics"]["test"].items()}
    theirs = {name: metric["value"] for name, metric in record["metrics"]["validation"].items()}
    assert ours == pytest.approx(theirs)
    assert scored["data"]["splits"]["test"] == record["data"]["splits"]["validation"]
    assert len(list((tmp_path / "cache").rglob("best.safetensors"))) == 1  # nothing was trained


def test_scoring_refuses_whatever_would_train_other_weights(trained, tmp_path):
    checkpoint, _, _ = trained("task=name_tagging", "data=columns", *files("{}.conll"))
    for word, why in (
        ("data.train=validation.conll", "would need another training than"),
        ("data.text.lowercase=false", "would need another training than"),
        ("stack.depth=2", "cannot be changed after training"),
        ("data.tests=mine.conll", "data.tests is unknown (did you mean test?)"),
    ):
        done = bench(tmp_path, "score", checkpoint, word, "track=none")
        assert done.returncode == 2 and why in done.stderr, done.stderr
    assert not list((tmp_path / "runs").glob("score/records/*.json"))
    done = bench(tmp_path, "score", "nowhere", "data.test=mine.conll")
    assert done.returncode == 2 and "contains no finished training" in done.stderr
