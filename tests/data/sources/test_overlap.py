"""One file as training and validation is said, or refused, by every reader of a file a split."""

import re

import choices
import pytest

from bench.errors import DataError

ROWS = {
    "columns": "a O\nb B-PER\n\nc O\n",
    "conllu": "# one\n1\ta\ta\tDET\n2\tb\tb\tNOUN\n\n1\tc\tc\tVERB\n",
    "labelled": "good\ta b\nbad\tc d\ngood\te f\n",
    "words": "a b\nc d\n",
    "feature_files": "x,y,caption\n1,2,a\n3,4,b\n",
}
"""A few rows of each format."""
OF_A_FILE_A_SPLIT = [name for name in choices.names("data") if choices.node("data", name).get("train", "") is None]


@pytest.mark.parametrize("name", OF_A_FILE_A_SPLIT)
def test_a_file_that_trains_and_validates_is_noticed(load, write, name):
    if name == "parallel":
        write("x.de", "ein\nzwei\n"), write("x.en", "one\ntwo\n")
        files = {"train": "x", "validation": "x", "source": "de", "target": "en"}
    elif name == "recordings":
        write("list.txt", "a.wav\tyes\n")
        files = {"train": "list.txt", "validation": "list.txt"}
    else:
        assert name in ROWS, f"write a few rows of data={name} into ROWS"
        file = write("x.csv", ROWS[name])
        files = {"train": file, "validation": file}
    folder = write("here", "").removesuffix("/here")
    if name == "recordings":
        with pytest.raises(DataError, match="is listed in train and in validation"):
            load(name, folder, **files)
    else:
        notes = load(name, folder, **files).description["notes"]
        assert [
            note for note in notes if re.fullmatch(r"(\d+) of \1 [a-z ]+ of the validation split are in training too", note)
        ]


def test_rows_that_are_new_are_not_mentioned(load, write):
    trained, held_out = write("a.txt", "a b\nc d\n\n"), write("b.txt", "a c\n\nb d\n")
    notes = load("words", None, train=trained, validation=held_out).description["notes"]
    assert not [note for note in notes if "in training too" in note]
