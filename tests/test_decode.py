"""`python -m bench.decode` and a sweep of strategies, from outside."""

import os
import shutil
import subprocess
import sys

import pytest
from command import ROOT, bench, records

SMALL = (
    "track=none",
    "data.limit=400",
    "trainer.epochs=1",
    "trainer.batch_size=64",
    "stack.hidden_size=8",
    "net.decoder.hidden_size=8",
    "net.embedding_size=8",
    "net.longest=70",
    "evaluation.length_factor=0",
    "evaluation.length_offset=4",
    "speed.rounds=2",
    "speed.seconds=0.01",
)


WAYS = (
    "sweep.rows=[{decode.width:[1,2],decode.length_penalty:0.75},{decode:greedy},{decode:sample,decode.temperature:[0.3,1.0]}]"
)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A room in which a small sweep of strategies has run."""
    room = tmp_path_factory.mktemp("room")
    done = bench(room, "+sweep=decoding", WAYS, *SMALL)
    assert done.returncode == 0, done.stderr
    return room, done


def checkpoint(room):
    (folder,) = (room / "cache" / "recurrent-bench" / "checkpoints").iterdir()
    return folder


def decode(room, *words, text=b""):
    env = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    return subprocess.run([sys.executable, "-m", "bench", "decode", *words], input=text, cwd=room, env=env, capture_output=True)


def test_a_sweep_of_strategies_trains_once_and_measures_each(trained):
    room, done = trained
    all_records = list(records(room / "runs" / "decoding").values())
    assert len(all_records) == 5 and "job 5 of 5" in done.stderr
    assert len({record["train_id"] for record in all_records}) == 1
    names = sorted((record["config"]["decode"]["name"], record["config"]["decode"].get("width", 0)) for record in all_records)
    assert names == [("beam", 1), ("beam", 2), ("greedy", 0), ("sample", 0), ("sample", 0)]
    speeds = {tuple(record["speed"]["decode_sentences_per_second"]["samples"]) for record in all_records}
    assert len(speeds) == 5
    by_name = {record["config"]["decode"].get("width", record["config"]["decode"]["name"]): record for record in all_records}
    assert by_name["greedy"]["metrics"] == by_name[1]["metrics"]
    table = (room / "runs" / "decoding" / "table.md").read_text()
    assert "train tokens/s" not in table and "decode sentences/s" in table


def test_again_trains_and_measures_nothing(trained):
    room, _ = trained
    again = bench(room, "+sweep=decoding", WAYS, *SMALL)
    assert again.returncode == 0
    assert again.stderr.count("already done") == 5 and "speed pass" not in again.stderr


def test_a_byte_order_mark_is_no_text(trained):
    room, _ = trained
    plain, marked = (
        decode(room, str(checkpoint(room)), "decode=greedy", text=mark + b"hello\n") for mark in (b"", b"\xef\xbb\xbf")
    )
    assert plain.returncode == 0 and plain.stdout.strip() and marked.stdout == plain.stdout and marked.stderr == plain.stderr


def test_lines_in_lines_out_in_order(trained):
    room, _ = trained
    folder = str(checkpoint(room))
    text = b"hello\n\nworld\r\nlast without end"
    done = decode(room, folder, "decode=greedy", text=text)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.decode().split("\n")
    assert len(lines) == 5 and lines[1] == "" and lines[4] == ""
    alone = decode(room, folder, "decode=greedy", "evaluation.batch_size=1", text=text)
    assert alone.stdout == done.stdout
    short = decode(room, folder, "decode.width=2", "evaluation.length_offset=1", text=b"hello\n")
    assert len(short.stdout.decode().split()) <= 1
    assert decode(room, folder, text=b"").stdout == b""


def test_refusals_are_one_sentence(trained, tmp_path):
    room, _ = trained
    folder = checkpoint(room)
    for words, sentence in (
        ([str(folder), "stack.depth=3"], "stack.depth=3 cannot be changed after training"),
        ([str(folder), "decode=beam", "decode.width=0"], "decode.width=0 is refused"),
        ([str(folder), "decode=viterbi"], "decode=viterbi is for tasks of one tag a word"),
        ([str(folder), "decode=nope"], "decode=nope"),
        ([str(folder), "decode="], "decode= is refused: give decode=NAME"),
        ([str(folder), "+decode.width=3"], "+decode.width=3 cannot be changed after training"),
        ([str(folder), "decode.width=["], "'decode.width=[' cannot be read"),
        ([str(tmp_path)], "contains no finished training"),
    ):
        done = decode(room, *words)
        assert (done.returncode, done.stderr.decode().count("\n")) == (2, 1), done.stderr
        assert sentence in done.stderr.decode()
    assert "byte 0xff at offset 1" in decode(room, str(folder), text=b"a\xff").stderr.decode()


@pytest.mark.parametrize(
    ("name", "old", "new", "sentence"),
    [
        ("about.json", b"step", b"stop", "a file in it is damaged"),
        ("best.safetensors", b"F32", b"F64", "a file in it is damaged"),
        ("config.json", b'"embedding_size": 8', b'"embedding_size": 9', "do not fit its config.json"),
        ("config.json", b"bench.tasks.translation.Translation", b"os.system", "not allowed"),
    ],
)
def test_a_damaged_checkpoint_is_refused(trained, tmp_path, name, old, new, sentence):
    room, _ = trained
    shutil.copytree(checkpoint(room), tmp_path / "x")
    content = (tmp_path / "x" / name).read_bytes()
    assert old in content
    (tmp_path / "x" / name).write_bytes(content.replace(old, new, 1))
    done = decode(room, str(tmp_path / "x"), text=b"hello\n")
    assert (done.returncode, done.stderr.decode().count("\n")) == (2, 1), done.stderr
    assert sentence in done.stderr.decode()
