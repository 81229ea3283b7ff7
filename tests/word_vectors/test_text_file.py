"""Vectors from a text file: which word gets which, and lines that are refused."""

from pathlib import Path

import pytest
import torch

from bench.word_vectors.vectors import Coverage, WordVectors, check_common, fill, read_vectors, with_vectors

WORDS = ["Paris", "The", "rare", "the", "naïve"]


def write_vectors(folder: Path, text: str | bytes) -> str:
    path = folder / "vectors.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def test_a_word_is_looked_up_as_it_is_and_then_lower_cased(tmp_path: Path) -> None:
    path = write_vectors(tmp_path, "the 1 2\nParis 3 4\nparis 5 6\nna\u00efve -7e-1 .5\nRARE 9 9\nthe 8 8\n")
    vectors = read_vectors(path, WORDS, 2)
    assert vectors.coverage == Coverage(words=5, exact=3, lower_cased=1)
    by_index = dict(zip(vectors.index_M.tolist(), vectors.vectors_MI.tolist(), strict=True))
    assert {WORDS[index]: vector for index, vector in by_index.items()} == {
        "Paris": [3.0, 4.0],
        "The": [1.0, 2.0],
        "the": [1.0, 2.0],
        "naïve": [pytest.approx(-0.7), 0.5],
    }


@pytest.mark.parametrize(
    "text",
    [
        "2 3\nthe 1 2 3\nrare 4 5 6\n",
        "the 1 2 3 \r\nrare 4 5 6 \r\n",
        "the\t1\t2\t3\nrare  4 5   6",
        ". . . 7 8 9\nthe 1 2 3\nat name@domain 1 1 1\nrare 4 5 6\n",
        b"\xff\xfe 0 0 0\nthe 1 2 3\nrare 4 5 6\n",
    ],
    ids=["header", "space at the end", "tabs", "words with spaces", "no utf-8"],
)
def test_ways_of_writing_the_same_file(tmp_path: Path, text: str | bytes) -> None:
    vectors = read_vectors(write_vectors(tmp_path, text), ["rare", "the"], 3)
    assert vectors.vectors_MI.tolist() == [[4, 5, 6], [1, 2, 3]]


def test_filling_leaves_other_rows() -> None:
    weight_VI = torch.zeros(1000, 50)
    vectors = WordVectors(torch.arange(2, 22), torch.randn(20, 50), Coverage(1000, 20, 0))
    fill(weight_VI, vectors, first=1)
    assert torch.equal(weight_VI[3:23], vectors.vectors_MI)
    assert not weight_VI[:3].any() and not weight_VI[23:].any()


def test_vectors_without_a_word_of_the_vocabulary_are_refused(tmp_path: Path) -> None:
    path = write_vectors(tmp_path, "other 1 2\n")
    with pytest.raises(ValueError, match=r"has none of the 5 words of the vocabulary, such as 'Paris'"):
        check_common(path, WORDS, read_vectors(path, WORDS, 2))


def test_words_that_have_a_vector_are_known_by_either_spelling(tmp_path: Path) -> None:
    path = write_vectors(tmp_path, "2 2\nthe 1 2\nParis\t3\t4\nthe 5 6\nother 1 1\nother 1 1\n")
    assert with_vectors(path, ["The", "PARIS", "Paris", "rare"]) == (["The", "Paris"], 1)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("the 1 2 3\nrare 1 2\n", "line 2: 2 numbers follow the word where net.embedding_size=3 are needed"),
        ("the 1 2 3 4\n", "line 1: 4 numbers follow the word where net.embedding_size=3 are needed"),
        ("unwanted 1 2\n", "line 1: 2 numbers follow the word"),
        ("the 1 2 3\n\nrare 1 2 3\n", "line 2: 0 numbers follow the word"),
        ("unwanted 1 2 3\nthe 1 x 3\n", "line 2: 'x' is no finite number"),
        ("the 1 nan 3\n", "line 1: 'nan' is no finite number"),
        ("the 1 2 1e999\n", "line 1: '1e999' is no finite number"),
        ("", "is empty: give a text file"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(tmp_path: Path, text: str, sentence: str) -> None:
    path = write_vectors(tmp_path, text)
    with pytest.raises(ValueError, match=sentence) as refused:
        read_vectors(path, WORDS, 3)
    message = str(refused.value)
    assert message.startswith(f"net.vectors={path}")
    assert message.endswith(".")
    assert "\n" not in message


@pytest.mark.parametrize("name", ["absent.txt", "."])
def test_a_file_that_cannot_be_opened_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=r"^net.vectors=.* cannot be read \(.*\): give a text file of word vectors, or null"):
        read_vectors(str(tmp_path / name), WORDS, 3)
