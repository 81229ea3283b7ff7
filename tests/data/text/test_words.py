import gzip

import pytest
import yaml

from bench.build import build
from bench.config.schema import folder
from bench.data.batches.vocabulary import UNKNOWN
from bench.data.batches.word_vocabulary import END, WordVocabulary
from bench.data.sources.python_topics import paragraphs
from bench.errors import DataError


def load(name, data=None, **changes):
    node = yaml.safe_load((folder() / "data" / f"{name}.yaml").read_text())
    node["places"] = node["places"] | changes.pop("places", {}) if "places" in node else None
    node = {key: value for key, value in (node | changes).items() if value is not None or key != "places"}
    return build(node, key="data", given={"name": name, "folder": data})


@pytest.fixture
def texts(tmp_path):
    """texts(train, validation, **changes) -> data=words over two files."""

    def load_words(train, validation="a\n", **changes):
        for split, text in (("train", train), ("validation", validation)):
            (tmp_path / f"{split}.txt").write_text(text)
        files = {split: str(tmp_path / f"{split}.txt") for split in ("train", "validation")}
        return load("words", **{"min_frequency": 1, **files, **changes})

    return load_words


def test_words_are_numbered_by_frequency_behind_the_unknown_one_and_the_end_of_a_line():
    vocabulary = WordVocabulary.of(["b a <unk> a", "", "c a b"], unknown="<unk>", line_end=True, min_frequency=1)
    assert vocabulary.words == ("a", "b", "c") and len(vocabulary) == 5
    numbers, outside = vocabulary.encode(["a  c\tz", "", "<unk> b"])
    assert numbers.tolist() == [2, 4, UNKNOWN, END, END, UNKNOWN, 3, END]
    assert outside == 1
    assert vocabulary.decode(numbers.tolist()) == "a c <unk>\n\n<unk> b\n"


def test_without_ends_of_lines_no_number_is_theirs():
    vocabulary = WordVocabulary.of(["b a a"], unknown="?", line_end=False, min_frequency=1)
    assert vocabulary.encode(["a b", "", "?"])[0].tolist() == [1, 2, 0]
    assert len(vocabulary) == 3 and vocabulary.decode([1, 2, 0]) == "a b ?"


@pytest.mark.parametrize("line_end", [True, False])
def test_the_last_line_of_a_prefix_goes_on(line_end):
    vocabulary = WordVocabulary.of(["a b"], unknown="?", line_end=line_end, min_frequency=1)
    a, b, ends = vocabulary.numbers["a"], vocabulary.numbers["b"], [END] * line_end
    for text, numbers in (("a", [a]), ("a\nb", [a, *ends, b]), ("\n", ends), ("a\n", [a, *ends]), ("", [])):
        assert vocabulary.prefix(text).tolist() == numbers


def test_a_text_that_spells_the_end_of_a_line_does_not_end_one(texts):
    data = texts("<eos> </s> a\n")
    assert data.ids["train"].tolist().count(END) == 1


def test_what_is_unknown_is_counted_apart_from_what_the_text_writes_so(texts):
    notes = texts("a a b b c <unk>\n", "a c z <unk>\n", min_frequency=2).description["notes"]
    assert notes == [
        "the vocabulary has 4 words, the unknown one and the end of a line among them; rarer than 2 in training is unknown",
        "1 of 7 words of the train text are written <unk>",
        "1 of 7 words of the train text are not in the vocabulary and were read as unknown",
        "1 of 5 words of the validation text are written <unk>",
        "2 of 5 words of the validation text are not in the vocabulary and were read as unknown",
    ]


def test_the_vocabulary_is_that_of_the_lines_that_train(texts):
    data = texts("a b\nc d\n", "c\n", limit=1)
    assert data.vocabulary.words == ("a", "b") and data.description["splits"]["train"] == 3
    assert data.ids["validation"].tolist() == [UNKNOWN, END]


def test_the_digest_is_of_what_the_model_sees(texts):
    text = "a a b b c\nd\n"
    digest = texts(text).description["sha256"]
    assert digest == texts(text.replace(" ", "  ")).description["sha256"]
    others = [
        texts(text.replace("d", "e")),
        texts(text, min_frequency=2),
        texts(text, line_end=False),
        texts(text, unknown="?"),
        texts(text, "b\n"),
    ]
    assert len({digest, *(other.description["sha256"] for other in others)}) == 6


def test_rows_of_the_hub_with_and_without_their_line_feed_equal_the_file(tmp_path, monkeypatch):
    import datasets

    lines = ["", " = Title = ", "", " a b <unk> ", "c"]
    bare = {"sentence": lines}
    fed = {"text": [f"{line}\n" if line else line for line in lines]}

    def stand_in(id, config, *, split, revision):
        return datasets.Dataset.from_dict(bare if "ptb" in id else fed)

    monkeypatch.setattr(datasets, "load_dataset", stand_in)
    for path in ("wikitext2/train", "wikitext2/valid", "wikitext2/test"):
        (tmp_path / "wikitext2").mkdir(exist_ok=True)
        (tmp_path / f"{path}.txt.gz").write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode()))
    digests = {load(name, places={"kind": "hub"}).description["sha256"] for name in ("ptb", "wikitext2")}
    assert digests == {load("wikitext2", str(tmp_path)).description["sha256"]}


def test_the_offline_text_shares_no_paragraph_between_splits():
    splits, revision = paragraphs()
    lines = {split: text.splitlines() for split, text in splits.items()}
    assert "Python 3." in revision
    assert sum(map(len, lines.values())) == len({line for rows in lines.values() for line in rows}) > 1500
    sizes = load("pydoc_words").description["splits"]
    assert sizes["train"] > 40_000 and min(sizes["validation"], sizes["test"]) > 4_000


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"min_frequency": 0}, r"data\.min_frequency=0 is out of range"),
        ({"limit": 0}, r"data\.limit=0 is out of range"),
        ({"train": None}, r"data=words needs data\.train: give data\.train=FILE"),
    ],
)
def test_bad_settings_are_one_sentence(texts, changes, words):
    with pytest.raises(DataError, match=words) as caught:
        if "train" in changes:
            load("words")
        texts("a\n", **changes)
    assert "\n" not in str(caught.value)


def test_an_empty_text_is_refused(texts):
    with pytest.raises(DataError, match="the validation split is empty"):
        texts("a\n", "")


def test_published_counts_of_the_real_texts(data_folder):
    ptb = load("ptb", data_folder)
    assert ptb.description["splits"] == {"train": 929_589, "validation": 73_760, "test": 82_430}
    assert len(ptb.vocabulary) == 10_000
    assert not any("not in the vocabulary" in note for note in ptb.description["notes"])
    wiki = load("wikitext2", data_folder)
    assert wiki.description["splits"] == {"train": 2_088_628, "validation": 217_646, "test": 245_569}
    assert len(wiki.vocabulary) == 33_278
