import pytest

from bench.data.sources.lines import check_aligned, lines_of, other_ends
from bench.errors import DataError


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a\nb\n", ["a", "b"]),
        ("a\nb", ["a", "b"]),
        ("a\r\nb\r\n", ["a", "b"]),
        ("a\u2028b\x0cc\x85d\n", ["a\u2028b\x0cc\x85d"]),
        ("a\rb\n", ["a\rb"]),
        ("\n\na\n\n", ["", "", "a", ""]),
        ("", []),
        ("\ufeffa\n\ufeffb\n", ["a", "\ufeffb"]),
    ],
)
def test_only_line_feeds_end_lines(text, lines):
    assert lines_of(text) == lines


def test_different_counts_say_which_and_where():
    with pytest.raises(DataError) as caught:
        check_aligned("parallel", "test", [("test.de", ["a"] * 4), ("test.en", ["a"] * 3)])
    assert "test.de has 4 lines and test.en has 3, so line 4 of test.de has no partner in test.en" in str(caught.value)
    with pytest.raises(DataError, match=r"line 1 of test\.en has no partner in test\.de"):
        check_aligned("parallel", "test", [("test.de", []), ("test.en", ["a"])])


def test_signs_that_end_a_line_elsewhere_are_counted_and_those_that_end_one_here_are_not():
    assert other_ends({"train": "a\r\nb\r\n", "all": "a\nb"}) == []
    (train, all_splits) = other_ends({"train": "a\rb\rc\r\n\x85", "all": "a\u2028b\n"})
    assert train.startswith("the train text has signs that end a line elsewhere, not here: lone carriage return 2 times, next")
    assert all_splits == "the text has signs that end a line elsewhere, not here: line separator (U+2028) 1 times"
