"""Words that training does not have: trained weights read them by their vectors, whatever the test and whoever brings it."""

import os
import subprocess
import sys

import pytest
from command import ROOT, bench, records

PLACES = [f"Place{letter}" for letter in "abcdefghijkl"]
VERBS = [f"verb{letter}" for letter in "abcdefghijkl"]
SMALL = (
    *("task=name_tagging", "data=columns", "net.characters.kind=none", "net.capitals=0", "net.embedding_size=2"),
    *("net.input_dropout=0", "net.output_dropout=0", "net.word_dropout=0", "stack.hidden_size=4", "optimiser.lr=0.05"),
    *("trainer.batch_size=8", "trainer.epochs=8", "speed.rounds=0", "track=none"),
)


def write_columns(path, pairs):
    """A sentence of a verb and a place for each pair."""
    path.write_text("".join(f"{verb} O\n{place} B-LOC\n\n" for verb, place in pairs))


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    """Eight verbs and places to train on, four of each for the test alone; the vector says which is which, and nothing else."""
    room = tmp_path_factory.mktemp("room")
    lines = [f"{place.lower()} 2 -0.{row + 1}" for row, place in enumerate(PLACES)]
    lines += [f"{verb} -2 0.{row + 1}" for row, verb in enumerate(VERBS)]
    (room / "words.vec").write_text("\n".join(lines) + "\n")
    known = list(zip(VERBS[:8], PLACES[:8], strict=True))
    write_columns(room / "train.txt", known * 8)
    write_columns(room / "validation.txt", known)
    write_columns(room / "test.txt", zip(VERBS[8:10], PLACES[8:10], strict=True))
    write_columns(room / "other.txt", zip(VERBS[8:], PLACES[8:], strict=True))
    write_columns(room / "unheard.txt", [("unheard", "Unseen")] * 3)
    files = [f"data.{split}={room}/{split}.txt" for split in ("train", "validation", "test")]
    done = bench(room, *SMALL, *files, f"net.vectors={room}/words.vec")
    assert done.returncode == 0, done.stderr
    return room


def checkpoint(room):
    (folder,) = (room / "cache" / "recurrent-bench" / "checkpoints").iterdir()
    return folder


def f1(record):
    return record["metrics"]["test"]["entity_f1"]["value"]


def test_the_words_of_a_test_are_in_no_name_and_no_weights(room):
    (trained,) = records(room / "runs" / "single").values()
    assert f1(trained) == 100
    assert trained["data"]["vocabulary"]["words"] == 17  # those of training, and the unknown one
    done = bench(room, "score", str(checkpoint(room)), f"data.test={room}/other.txt", "track=none")
    assert done.returncode == 0, done.stderr
    done = bench(room, "score", str(checkpoint(room)), f"data.test={room}/unheard.txt", "track=none")
    assert done.returncode == 0, done.stderr
    scored = {row["data"]["splits"]["test"]: row for row in records(room / "runs" / "score").values()}
    assert f1(scored[4]) == 100 and f1(scored[3]) < 100
    assert {row["train_id"] for row in scored.values()} == {trained["train_id"]}


def test_a_text_of_ones_own_is_read_by_its_vectors(room):
    words = [sys.executable, "-m", "bench", "decode", str(checkpoint(room))]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    text = f"{VERBS[11]} {PLACES[11]}\n{VERBS[0]} {PLACES[10]}\n"
    done = subprocess.run(words, input=text.encode(), cwd=room, env=env, capture_output=True)
    assert done.returncode == 0, done.stderr
    tags = [line.split(b" ")[1] for line in done.stdout.splitlines() if line]
    assert tags == [b"O", b"B-LOC", b"O", b"B-LOC"]
