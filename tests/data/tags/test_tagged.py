import pytest
import torch

from bench.data.batches.buckets import Buckets, Ordered
from bench.data.tags.capitalisation import NAMES, SHAPES, shape
from bench.data.tags.sentences import Sentence
from bench.data.tags.tag_settings import TagSettings
from bench.data.tags.tag_text import TagText, cut
from bench.data.tags.tagged import TaggedData
from bench.errors import DataError

TEXT = {"min_frequency": 1, "lowercase": True, "zero_digits": True, "max_characters": None}
ABOUT = {"source": "files", "revision": None, "scheme": "IOB2", "notes": []}


def sentence(text):
    """'Ann/B-PER sang/O' as a Sentence."""
    pairs = [word.rpartition("/")[::2] for word in text.split()]
    return Sentence(tuple(word for word, _ in pairs), tuple(tag for _, tag in pairs))


def tagged_data(train, validation="x/O", test=None, limit=None, **text):
    splits = {"train": train, "validation": [validation], **({"test": [test]} if test else {})}
    splits = {split: [sentence(row) for row in rows] for split, rows in splits.items()}
    return TaggedData(name="made", splits=splits, scheme="IOB2", text=TagSettings(**TEXT | text), limit=limit, about=ABOUT)


def test_words_are_numbered_by_frequency_and_normalised_but_characters_are_not():
    data = tagged_data(["The/O the/O THE/O Ann/B-PER A1/O a2/O"])
    assert data.text.words == ("the", "a0", "ann")
    assert data.text.word_count == 4
    assert data.text.characters == "".join(sorted(set("ThetheTHEAnnA1a2")))
    as_they_are = tagged_data(["The/O the/O a1/O a2/O"], lowercase=False, zero_digits=False)
    assert as_they_are.text.words == ("The", "a1", "a2", "the")


def test_rare_words_are_unknown_and_counted():
    data = tagged_data(["a/O a/O b/O"], validation="a/O c/O ß/O", min_frequency=2)
    batch = data.ids["train"].batch(torch.tensor([0]))
    assert batch.words_BT.tolist() == [[1, 1, 0]]
    assert data.description["notes"] == [
        "1 of 3 words of the train split are not in the vocabulary and were read as unknown",
        "2 of 3 words of the validation split are not in the vocabulary and were read as unknown",
    ]
    assert data.ids["validation"].batch(torch.tensor([0])).characters_UC.tolist() == [[1], [0], [0]]


def test_words_of_other_splits_are_read_by_their_vector_and_change_no_name(tmp_path):
    file = tmp_path / "words.vec"
    file.write_text("ann 1 2\nlondon 3 4\nrome 5 6\nnever 7 8\nthe 9 9\nrome 0 0\n")
    rows = {"train": ["The/O cat/O"], "validation": "the/O London/O Rome2/O", "test": "ANN/O rome/O dog/O"}
    data = tagged_data(**rows, vectors=str(file))
    assert data.text.words == ("cat", "the") and data.text.beyond == ("ann", "london", "rome")
    words = {split: data.ids[split].batch(torch.tensor([0])) for split in ("validation", "test")}
    assert [words["validation"].words_BT.tolist(), words["validation"].beyond_BT.tolist()] == [[[2, 0, 0]], [[0, 2, 0]]]
    assert [words["test"].words_BT.tolist(), words["test"].beyond_BT.tolist()] == [[[0, 0, 0]], [[1, 3, 0]]]
    assert data.description["notes"] == [
        "1 of 3 words of the validation split are not in the vocabulary and were read by their vector, which nothing trains",
        "1 of 3 words of the validation split are not in the vocabulary and were read as unknown",
        "2 of 3 words of the test split are not in the vocabulary and were read by their vector, which nothing trains",
        "1 of 3 words of the test split are not in the vocabulary and were read as unknown",
        "1 of 2 words of the vocabulary have a vector in words.vec",
        "1 of their spellings stand in words.vec more than once, where the first counts",
    ]
    assert data.text.characters == "".join(sorted(set("Thecat")))
    again = TagText.of(data.text.plain())
    assert again.words == data.text.words and again.sha256 == data.text.sha256
    without = tagged_data(**rows)
    assert without.description["sha256"] == data.description["sha256"] and not without.text.beyond


def test_a_batch_holds_what_its_sentences_say():
    rows = ["Ann/B-PER saw/O Ann/B-PER Lee/I-PER ./O", "B2/O", "lee/O saw/O"]
    data = tagged_data(rows)
    text, batch = data.text, data.ids["train"].batch(torch.tensor([2, 0, 1]))
    assert batch.index_B.tolist() == [2, 0, 1] and batch.lengths_B.tolist() == [2, 5, 1]
    assert batch.tokens == 8 and batch.first and batch.inputs_BT is batch.words_BT
    assert len(batch.characters_UC) == 6 and batch.characters_UC.size(1) == 3
    for position, row in enumerate(batch.index_B.tolist()):
        raw = data.raw["train"][row]
        length = len(raw.words)
        assert [text.words[number - 1] for number in batch.words_BT[position, :length]] == [
            word.lower().replace("2", "0") for word in raw.words
        ]
        assert text.decode(batch.targets_BT[position, :length].tolist()) == raw.tags
        assert batch.shapes_BT[position, :length].tolist() == [shape(word) for word in raw.words]
        for column, word in enumerate(raw.words):
            spelling = batch.word_index_BT[position, column]
            characters = batch.characters_UC[spelling, : batch.character_lengths_U[spelling]]
            assert "".join(text.characters[number - 1] for number in characters) == word
        for padded in (batch.words_BT, batch.shapes_BT, batch.word_index_BT, batch.targets_BT):
            assert padded.dtype == torch.int64 and not padded[position, length:].any()


def test_a_batch_moves_as_a_whole_but_for_what_the_host_reads():
    batch = tagged_data(["a/O"]).ids["train"].batch(torch.tensor([0]))
    assert batch.to("cpu") is batch
    moved = batch.to("meta")
    tensors = {name: value for name, value in vars(moved).items() if isinstance(value, torch.Tensor)}
    stay = {name for name, tensor in tensors.items() if tensor.device.type == "cpu"}
    assert len(tensors) == 9 and stay == {"lengths_B", "character_lengths_U", "index_B"}


def test_the_loaders_take_each_row_once_and_by_length():
    data = tagged_data([" ".join(["w/O"] * (1 + row % 17)) for row in range(200)])
    loader = Buckets(data.ids["train"], 16, seed=0)
    batches = list(loader)
    assert sorted(torch.cat([batch.index_B for batch in batches]).tolist()) == list(range(200))
    positions = sum(batch.words_BT.numel() for batch in batches)
    assert sum(batch.tokens for batch in batches) / positions > 0.85
    loader.set_epoch(1)
    assert [batch.index_B.tolist() for batch in loader] != [batch.index_B.tolist() for batch in batches]
    lengths = torch.cat([batch.lengths_B for batch in Ordered(data.ids["train"], 16)]).tolist()
    assert lengths == sorted(lengths, reverse=True) and len(lengths) == 200
    assert all(batch.words_BT.numel() <= 64 for batch in Buckets(data.ids["train"], 64, seed=0, batch_by="tokens"))


def test_the_tags_are_those_of_training_closed_under_the_scheme():
    data = tagged_data(["a/B-X b/O"], validation="a/B-Y b/I-X")
    assert data.text.tags == ("O", "B-X", "I-X")
    assert data.ids["validation"].batch(torch.tensor([0])).targets_BT.tolist() == [[0, 2]]
    assert data.raw["validation"][0].tags == ("B-Y", "I-X")
    assert any(note.startswith("the validation split has tags that training lacks: B-Y;") for note in data.description["notes"])


def test_a_vocabulary_comes_back_from_plain_json():
    import json

    data = tagged_data(["Ann/B-PER é/O 12/O"], max_characters=8)
    again = TagText.of(json.loads(json.dumps(data.text.plain())))
    assert again == data.text and again.sha256 == data.text.sha256
    ids = again.encode([Sentence(("ann", "new"), ("O", "O"))])
    assert ids.batch(torch.tensor([0])).words_BT.tolist() == [[data.text.words.index("ann") + 1, 0]]


def test_long_words_keep_both_ends():
    assert cut("abcdefgh", 5) == "abcgh" and cut("abcdefgh", 4) == "abgh" and cut("abc", 3) == "abc"
    data = tagged_data(["abcdefgh/O"], max_characters=5)
    assert data.ids["train"].batch(torch.tensor([0])).character_lengths_U.tolist() == [5]
    assert any(
        note.startswith("1 of 1 words of the train split have more than 5 characters") for note in data.description["notes"]
    )


def test_the_digest_is_of_words_tags_and_settings():
    rows = ["Ann/B-PER sang/O"]
    digest = tagged_data(rows).description["sha256"]
    assert tagged_data(rows).description["sha256"] == digest
    others = [
        tagged_data(["Ann/O sang/O"]),
        tagged_data(["Ann/B-PER rang/O"]),
        tagged_data(rows, lowercase=False),
        tagged_data(rows, validation="y/O"),
    ]
    assert len({digest, *(data.description["sha256"] for data in others)}) == 5


def test_the_limit_is_of_training_alone_and_evenly_spaced():
    data = tagged_data([f"w{row}/O" for row in range(10)], limit=3)
    assert [row.words for row in data.raw["train"]] == [("w0",), ("w3",), ("w6",)]
    with pytest.raises(DataError, match=r"data\.limit=0 is out of range"):
        tagged_data(["a/O"], limit=0)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"min_frequency": 0}, r"data\.text\.min_frequency=0 is out of range: give a number of at least 1"),
        ({"max_characters": 1}, r"data\.text\.max_characters=1 is out of range"),
    ],
)
def test_settings_are_refused_in_one_sentence(changes, words):
    with pytest.raises(DataError, match=words) as caught:
        TagSettings(**TEXT | changes)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("the ß 日本 don't", "lower"),
        ("The A Élan J. 'Tis", "initial"),
        ("EU U.S. NATO-", "upper"),
        ("iPhone McDonald DaTa", "mixed"),
        ("3rd F16 x1", "letters_and_digits"),
        ("1996-08-22 7 1,000", "number"),
        (". -- ☺ $", "no_letter"),
    ],
)
def test_capitalisation_classes(words, name):
    assert {NAMES[shape(word)] for word in words.split()} == {name}
    assert len(NAMES) == SHAPES == 7
