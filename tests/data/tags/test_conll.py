import pytest

from bench.data.tags.schemes import Span, spans
from bench.errors import Refusal

FOUR = (
    "-DOCSTART- -X- O O\n\nEU NNP I-NP I-ORG\nrejects VBZ I-VP O\n\n"
    "Peter NNP I-NP I-PER\nSmith NNP I-NP I-PER\nAnn NN I-NP B-PER\n"
)
TWO = "Ann B-PER\nsang O\n"


@pytest.fixture
def files(write):
    """files(train=text, ...) -> the overrides of data=columns for these texts; validation is TWO unless given."""

    def write_splits(**texts):
        texts = {"validation": TWO} | texts
        return {split: write(f"{split}.txt", content) for split, content in texts.items()}

    return write_splits


def refused(load, words, **changes):
    with pytest.raises(Refusal, match=words) as caught:
        load("columns", **changes)
    assert "\n" not in str(caught.value)


def test_documents_blank_lines_and_columns(load, files):
    data = load("columns", **files(train=FOUR + "\n\n \t \n-DOCSTART- -X- O O\n\n\na A O O"))
    rows = data.raw["train"]
    assert [row.words for row in rows] == [("EU", "rejects"), ("Peter", "Smith", "Ann"), ("a",)]
    assert [row.tags for row in rows] == [("B-ORG", "O"), ("B-PER", "I-PER", "B-PER"), ("O",)]
    assert data.description["scheme"] == {"read": "IOB1", "trained": "IOB2"}
    assert data.description["entities"] == {"train": 3, "validation": 1}
    assert data.description["splits"] == {"train": 3, "validation": 1}


@pytest.mark.parametrize("scheme", ["IOB1", "IOB2", "BIOES"])
def test_the_spans_are_the_same_in_every_scheme(load, files, scheme):
    data = load("columns", **files(train=FOUR), train_scheme=scheme)
    expected = [Span("PER", 0, 2), Span("PER", 2, 3)]
    assert spans(data.raw["train"][1].tags) == expected
    assert data.scheme == data.text.scheme == scheme
    assert data.raw["train"][1].tags[0] == ("I-PER" if scheme == "IOB1" else "B-PER")


def test_carriage_returns_a_mark_of_byte_order_and_gzip(load, files, write):
    content = ("\ufeff" + FOUR).replace("\n", "\r\n").encode()
    data = load("columns", **files() | {"train": write("train.gz", content)})
    assert data.raw["train"] == load("columns", **files(train=FOUR)).raw["train"]


def test_a_separator_keeps_blanks_in_words(load, files):
    text = "B-LOC\tNew York\nO\tis\u00a0big\n\t\nO\tend\n"
    changes = {"columns": {"separator": "\t", "word": 1, "tag": 0}}
    data = load("columns", **files(train=text, validation=text), **changes)
    assert [row.words for row in data.raw["train"]] == [("New York", "is\u00a0big"), ("end",)]


def test_any_blanks_separate_and_white_space_of_other_kinds_is_part_of_a_word(load, files):
    data = load("columns", **files(train="a\u3000b \t O\n\u00a0   B-X \n"))
    assert data.raw["train"][0].words == ("a\u3000b", "\u00a0")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "a A O O\nb O\n",
            r"line 2 of .*train\.txt has 2 columns where the lines before it have 4 \('b O'\); correct the line",
        ),
        ("a\n", r"line 1 of .*train\.txt has 1 column where at least 2 are needed"),
        ("x O\n\na A O O\n", r"line 3 of .*train\.txt has 4 columns where the lines before it have 2"),
        ("x O\n\ny PER\n", r"line 3 of .*train\.txt has 'PER' where a tag should be: give O, or B-, I-, E- or S- and a kind"),
        ("x B-\n", r"line 1 of .*train\.txt has 'B-' where"),
        ("", r"train\.txt has no sentence; give a file with a word and its tag a line"),
        ("\n \n-DOCSTART- O\n", r"train\.txt has no sentence"),
    ],
)
def test_broken_lines_are_one_sentence_with_file_and_line(load, files, text, words):
    refused(load, words, **files(train=text))


def test_an_empty_word_is_refused(load, files):
    columns = {"separator": "\t", "word": 0, "tag": -1}
    refused(load, r"line 2 of .* has an empty word", **files(train="a\tO\n\tO\n"), columns=columns)


def test_latin_1_is_refused_and_then_read(load, files):
    overrides = files(train="Zürich B-LOC\n".encode("latin-1"))
    refused(load, r"train\.txt is not utf-8: byte 0xfc at offset 1; give data\.encoding=latin-1", **overrides)
    assert load("columns", **overrides, encoding="latin-1").raw["train"][0].words == ("Zürich",)
    refused(load, r"data\.encoding=latin-99 is unknown: give utf-8, latin-1", **overrides, encoding="latin-99")


def test_ill_formed_tags_are_read_and_counted(load, files):
    data = load("columns", **files(train="a I-X\nb O\nc I-X\n\nd B-X\ne I-X\nf I-Y\n"))
    assert data.raw["train"][0].tags == ("B-X", "O", "B-X")
    assert data.raw["train"][1].tags == ("B-X", "I-X", "B-Y")
    notes = [note for note in data.description["notes"] if "conlleval" in note]
    assert notes == [
        "IOB2 is broken at 3 places of the train split, read by conlleval's rules: an I- that follows no B- or I- of its kind "
        "begins a name"
    ]
    clean = load("columns", **files(train=FOUR, validation=FOUR))
    assert not [note for note in clean.description["notes"] if "conlleval" in note]


def test_the_scheme_can_be_given(load, files):
    data = load("columns", **files(train="a I-X\n"), scheme="IOB2")
    assert any(note.startswith("IOB2 is broken at 1 place of the train split") for note in data.description["notes"])
    refused(load, r"validation split has the tag E-X, which IOB2 has not", **files(train=TWO, validation="a E-X\n"))
    refused(load, r"data\.scheme=BILOU is unknown: give one of auto, IOB1, IOB2, BIOES", **files(train=TWO), scheme="BILOU")
    refused(load, r"data\.train_scheme=auto is unknown", **files(train=TWO), train_scheme="auto")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"train": None}, r"data=columns needs data\.train: give data\.train=FILE"),
        ({"validation": "/nowhere/x"}, r"the file /nowhere/x cannot be read \(No such file or directory\)"),
        (
            {"columns": {"word": 0, "tag": 1}},
            r"data\.columns\.separator is missing: data\.columns needs separator, word, tag",
        ),
        ({"columns": {"separator": None, "word": 1, "tag": 1}}, r"name no two columns"),
        ({"columns": {"separator": None, "word": "0", "tag": 1}}, r"data\.columns\.word='0' is refused: give a whole number"),
        ({"columns": {"separator": None, "word": 3, "tag": -1}}, r"has 2 columns where at least 5 are needed"),
    ],
)
def test_settings_are_refused_in_one_sentence(load, files, changes, words):
    refused(load, words, **files(train=TWO) | changes)


def test_long_and_short_sentences(load, files):
    data = load("columns", **files(train="a B-X\n\n" + "b O\n" * 5000))
    batch = data.ids["train"].batch(data.ids["train"].words.starts.new_tensor([0, 1]))
    assert batch.words_BT.shape == (2, 5000) and batch.lengths_B.tolist() == [1, 5000]
    assert batch.characters_UC.shape == (2, 1) and batch.tokens == 5001


@pytest.fixture
def hub(monkeypatch):
    """A stand-in for the hub: rows of tokens and tags, with class labels or with texts."""
    import datasets

    requests = []

    def serve(tokens, tags, labels):
        inner = datasets.ClassLabel(names=labels) if labels else datasets.Value("string")
        features = datasets.Features(
            {"tokens": datasets.Sequence(datasets.Value("string")), "ner_tags": datasets.Sequence(inner)}
        )

        def stand_in(id, config, *, split, revision):
            requests.append((id, config, split, revision))
            return datasets.Dataset.from_dict({"tokens": tokens, "ner_tags": tags}, features=features)

        monkeypatch.setattr(datasets, "load_dataset", stand_in)
        return requests

    return serve


def test_the_hub_reads_class_labels_and_texts(load, hub):
    requests = hub([["Ann", "sang"], [], ["EU"]], [[1, 0], [], [2]], ["O", "B-PER", "I-ORG"])
    data = load("conll2003", places={"kind": "hub"})
    assert [tuple(row) for row in data.raw["test"]] == [(("Ann", "sang"), ("B-PER", "O")), (("EU",), ("B-ORG",))]
    assert (data.description["source"], len(data.description["revision"])) == ("hub", 40)
    assert [split for _, _, split, _ in requests] == ["train", "validation", "test"]
    assert {request[0] for request in requests} == {"lhoestq/conll2003"}
    hub([["Ann"]], [["S-PER"]], None)
    assert load("wnut17").description["scheme"] == {"read": "BIOES", "trained": "IOB2"}


def test_the_hub_reads_plain_tags_and_no_mark_of_byte_order(load, hub):
    hub([["\ufeffAnn", "sang"]], [[1, 0]], ["VERB", "PROPN"])
    data = load("conll2003", places={"kind": "hub"})
    assert [tuple(row) for row in data.raw["test"]] == [(("Ann", "sang"), ("PROPN", "VERB"))]
    assert data.description["scheme"] == {"read": "plain", "trained": "plain"}
    assert "1 of 1 sentences of the test split are in training too" in data.description["notes"]


def test_what_the_hub_cannot_give_is_one_sentence(load, hub, monkeypatch):
    import datasets

    hub([["Ann", "sang"]], [["B-PER", "verb"]], None)
    with pytest.raises(Refusal, match=r"row 0 of lhoestq/conll2003 .* has 'verb' where a tag should be: give O, or"):
        load("conll2003", places={"kind": "hub"})
    hub([["Ann", "sang"]], [["B-PER"]], None)
    with pytest.raises(Refusal, match=r"row 0 of .* has 2 words and 1 tags; each word needs"):
        load("conll2003", places={"kind": "hub"})
    node = {"id": "x", "config": None, "revision": "y", "words": "words", "tags": "ner_tags", "splits": {"train": ["train"]}}
    with pytest.raises(Refusal, match=r"data\.places\.hub\.words=words is no column of x: give one of tokens, ner_tags"):
        load("conll2003", places={"kind": "hub", "hub": node})

    def offline(*_, **__):
        raise ConnectionError("no way\nout")

    monkeypatch.setattr(datasets, "load_dataset", offline)
    with pytest.raises(Refusal, match=r"cannot be loaded \(ConnectionError: no way\); go online, or name a folder") as caught:
        load("conll2003")
    assert "\n" not in str(caught.value)


def test_a_source_that_is_not_there_is_refused(load):
    with pytest.raises(Refusal, match=r"data\.places\.kind=offline: it has files and hub"):
        load("conll2003", places={"kind": "offline"})
    with pytest.raises(Refusal, match=r"data\.places\.kind=web is unknown"):
        load("conll2003", places={"kind": "web"})


@pytest.mark.parametrize(
    ("name", "sentences", "words", "entities", "scheme"),
    [
        ("conll2003", (14041, 3250, 3453), (203621, 51362, 46435), (23499, 5942, 5648), "IOB1"),
        ("wnut17", (3394, 1009, 1287), (62730, 15733, 23394), (1975, 836, 1079), "IOB2"),
    ],
)
def test_the_counts_of_the_real_files(load, data_folder, name, sentences, words, entities, scheme):
    data = load(name, data_folder)
    splits = ("train", "validation", "test")
    assert data.description["splits"] == dict(zip(splits, sentences, strict=True))
    assert data.description["entities"] == dict(zip(splits, entities, strict=True))
    assert tuple(sum(len(row.words) for row in data.raw[split]) for split in splits) == words
    assert data.description["scheme"]["read"] == scheme
    assert not [note for note in data.description["notes"] if "conlleval" in note]
    if name == "conll2003":
        kinds = [span.kind for row in data.raw["train"] for span in spans(row.tags)]
        assert {kind: kinds.count(kind) for kind in set(kinds)} == {"LOC": 7140, "MISC": 3438, "ORG": 6321, "PER": 6600}


def test_comments_before_a_sentence_are_skipped_and_counted_and_a_hash_that_is_a_word_is_kept(load, files):
    rows = "# sent_id = 1\n# newdoc\nAnn\tB-PER\nsang\tO\n\n# text = a b c\n#\tO\none\tO\n#two\tO\n\n#three\tO\n"
    data = load("columns", **files(train=rows))
    assert [row.words for row in data.raw["train"]] == [("Ann", "sang"), ("#", "one", "#two"), ("#three",)]
    assert "3 comment lines of the train split were skipped" in data.description["notes"]
    four = "# id = 1\n" + FOUR.replace("-DOCSTART- -X- O O\n\n", "")
    assert load("columns", **files(train=four)).raw["train"] == load("columns", **files(train=FOUR)).raw["train"]
    refused(load, r"line 2 of .* has 'id' where a tag should be", **files(train="Ann\tB-PER\n# id\n"))


def test_which_columns_are_read_is_told_where_there_are_others(load, files):
    notes = load("columns", **files(train=FOUR)).description["notes"]
    assert any("the word is in column 1, the tag in column 4, such as 'EU' and" in note for note in notes)
    assert not any("columns:" in told for told in load("columns", **files(train=TWO)).description["notes"])


def test_a_long_text_without_a_blank_line_is_told_to_be_one_sentence(load, files):
    rows = "a\tO\nAnn\tB-PER\n" * 150
    notes = load("columns", **files(train=rows)).description["notes"]
    assert "the train text has no blank line, so that all its 300 words are one sentence" in notes
    assert not any("no blank line" in note for note in load("columns", **files(train=rows + "\n" + TWO)).description["notes"])
