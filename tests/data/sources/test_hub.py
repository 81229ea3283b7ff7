"""The hub through the library `datasets`, which a stand-in replaces: what is asked of it, the commit, a branch that moved."""

import gzip
from pathlib import Path

import datasets
import pytest

from bench.data.sources.hub import load_parts
from bench.data.sources.source import Origin, Places
from bench.errors import DataError

COMMIT = "0123456789abcdef0123456789abcdef01234567"
HUB = {"id": "some/set", "config": None, "revision": "refs/convert/parquet", "label": "kind", "text": "what", "joiner": "\n"}
# printf 'bad\ta dull film\ngood\tfine\n' | sha256sum
KNOWN = "6fe62669ae093f2397cf6a5fa16e60c9a10ac901c13eaf1a66a5cdcde077b610"


@pytest.fixture
def served(monkeypatch, tmp_path):
    """served(rows by part): the hub has these rows, which the library keeps in the folder of COMMIT."""

    def serve(by_part, features=None):
        def stand_in(id, config, *, split, revision):
            kept = tmp_path / id / "0.0.0" / COMMIT / split
            datasets.Dataset.from_dict(by_part[split], features=features).save_to_disk(kept)
            return datasets.load_from_disk(kept)

        monkeypatch.setattr(datasets, "load_dataset", stand_in)

    return serve


ROWS = {"kind": ["bad", "good"], "what": ["a dull  film ", "fine"]}


def test_the_commit_of_a_branch_is_what_the_record_keeps(served):
    served({"a": ROWS, "b": ROWS})
    loaded = load_parts("mine", {**HUB, "splits": {"train": ["a", "b"]}}, "label", "text")
    assert loaded.revision == COMMIT and [part for _, part, _ in loaded.parts] == ["a", "b"] and loaded.notes == []
    served({"a": {"sentence": ["one", "two"]}})
    hub = {**HUB, "column": "sentence", "splits": {"train": ["a"]}}
    raw = Origin("mine", None, Places("hub", None, hub, None)).read()
    assert raw.revision == COMMIT and raw.splits == {"train": "one\ntwo\n"}


def test_rows_that_are_not_those_known_are_told(served):
    labels = datasets.Features({"kind": datasets.ClassLabel(names=["bad", "good"]), "what": datasets.Value("string")})
    hub = {**HUB, "splits": {"train": ["a"], "test": ["b"]}, "sha256": {"train": KNOWN, "test": KNOWN}}
    numbered = {"kind": [0, 1], "what": ROWS["what"]}
    served({"a": numbered, "b": {**numbered, "what": ["a dull film", "Fine"]}}, labels)
    (note,) = load_parts("mine", hub, "label", "text").notes
    assert "the test rows of some/set" in note and KNOWN in note
    served({"a": numbered, "b": {**numbered, "kind": [1, 0]}}, labels)
    assert len(load_parts("mine", hub, "label", "text").notes) == 1
    with pytest.raises(DataError, match=r"data\.places\.hub\.text=words is no column of some/set: give one of kind, what"):
        load_parts("mine", {**hub, "text": "words"}, "label", "text")


def test_branches_are_known_by_the_rows_of_the_files(served, load, data_folder):
    """What the hub serves is made here from the files, by the layout that each hub's card shows."""
    lines = {}
    for part, file in (("train", "train"), ("validation", "valid"), ("test", "test")):
        content = gzip.decompress(Path(data_folder, "ptb", f"ptb.{file}.txt.gz").read_bytes()).decode()
        lines[part] = {"sentence": [line.strip() for line in content.splitlines()]}
    served(lines)
    for name in ("ptb", "ptb_char"):
        files, hub = load(name, data_folder), load(name, places={"kind": "hub"})
        assert hub.description["sha256"] == files.description["sha256"] and hub.description["revision"] == COMMIT
        assert not [note for note in hub.description["notes"] if "SHA-256" in note]
    lines["test"]["sentence"][7] += " moved"
    served(lines)
    assert any("the test rows" in note for note in load("ptb", places={"kind": "hub"}).description["notes"])


@pytest.mark.parametrize(
    ("name", "files", "columns", "classes"),
    [
        ("sst2", "sst/stsa.binary.{}", ("label_text", "text"), ("negative", "positive")),
        ("trec", "trec/TREC.{}.all", ("coarse_label", "text"), ("DESC", "ENTY", "ABBR", "HUM", "LOC", "NUM")),
    ],
)
def test_labelled_branches_are_known_by_the_rows_of_the_files(served, load, data_folder, name, files, columns, classes):
    rows = {}
    for part, file in {"train": "train", "validation": "dev", "test": "test"}.items():
        path = Path(data_folder, files.format(file))
        if path.is_file():
            lines = path.read_bytes().replace(b"\xf0", b" ").decode().splitlines()  # the hub has a space for that byte
            rows[part] = dict(
                zip(columns, zip(*((classes[int(line[0])], line[2:]) for line in lines), strict=True), strict=True)
            )
    served(rows)
    assert not [note for note in load(name, places={"kind": "hub"}).description["notes"] if "SHA-256" in note]
    rows["test"][columns[1]] = [*rows["test"][columns[1]][:-1], "moved"]
    served(rows)
    assert any("the test rows" in note for note in load(name, places={"kind": "hub"}).description["notes"])
