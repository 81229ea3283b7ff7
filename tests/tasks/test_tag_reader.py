"""What a tagger takes for words of a user's text, and what it refuses to take for them."""

import pytest
from bench.tasks.tag_reader import _check_words, _without_remarks, sentences_of

from bench.data.tags.schemes import OUTSIDE
from bench.errors import DataError

TAGS = {OUTSIDE, "B-PER", "I-PER"}
COLUMNS = ["Ann NNP B-PER", "sang VBD O", "", "Bo NNP B-PER"]


@pytest.mark.parametrize(
    ("lines", "columns"),
    [
        (COLUMNS, 3),
        (["Ann B-PER", "Bo I-PER"], 2),
        (["1\tAnn\tann\tPROPN", "2\tsang\tsing\tVERB", ""], 4),
        (["Ann\tsang a song", "Bo\tsang too"], 2),
    ],
)
def test_columns_of_a_tagged_file_are_not_read_as_words(lines, columns):
    with pytest.raises(DataError, match=rf"^the input has {columns} columns a line, .*: give the words alone, one a line"):
        _check_words(lines, TAGS)


@pytest.mark.parametrize("lines", [["Ann sang", "Bo ran"], ["Ann", "sang", "", "O"], ["I got an O", "and an A too"], [""]])
def test_sentences_and_words_are_read(lines):
    _check_words(lines, TAGS)


def test_comments_and_borders_of_documents_are_no_words_and_are_told():
    told = []
    lines = _without_remarks(["-DOCSTART- -X- O", "", "# sent_id = 1", "Ann", "#", "1", "", "# newpar", "Bo"], told.append)
    assert lines == ["", "Ann", "#", "1", "", "# newpar", "Bo"] and told == ["2 lines of comments and -DOCSTART- were skipped"]
    assert sentences_of(["Ann", "sang", "", "Bo"], told.append) == [["Ann", "sang"], ["Bo"]]
