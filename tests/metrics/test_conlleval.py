import pytest

from bench.metrics.conlleval import conlleval_text

WORDS = [["Harry", "Potter", "spoke"], ["Hi"]]
GOLD = [["B-PER", "I-PER", "O"], ["O"]]
PREDICTED = [["B-PER", "O", "O"], ["B-creative-work"]]


def test_a_word_a_line_and_an_empty_line_after_each_sentence():
    text = "Harry B-PER B-PER\nPotter I-PER O\nspoke O O\n\nHi O B-creative-work\n\n"
    assert conlleval_text(WORDS, GOLD, PREDICTED) == text


@pytest.mark.parametrize("word", ["New York", "a\u00a0b", "tab\there", "", " ", "line\nbreak", "sep\u2028"])
def test_every_line_has_three_columns(word):
    line, *further_lines = conlleval_text([[word]], [["O"]], [["O"]]).split("\n")
    assert len(line.split()) == len(line.split(" ")) == 3
    assert further_lines == ["", ""]


def test_other_words_than_white_space_are_kept():
    assert conlleval_text([["_é😀-"]], [["O"]], [["O"]]).startswith("_é😀- O O\n")


@pytest.mark.parametrize(("words", "gold"), [(WORDS[:1], GOLD), (WORDS, [["O"], ["O"]]), ([["Harry"], ["Hi"]], GOLD)])
def test_what_does_not_match_is_refused(words, gold):
    with pytest.raises(ValueError, match=r"give as many|one tag a word"):
        conlleval_text(words, gold, PREDICTED)
