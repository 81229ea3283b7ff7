"""CoNLL-U, and tags that are no names: what is a word, what is skipped, and which tags are plain."""

import pytest

from bench.errors import DataError

HOLA = (
    "# newdoc\n# sent_id = 1\n# text = Vamos al mar\n"
    "1\tVamos\tir\tVERB\tV\t_\t0\troot\t_\t_\n"
    "2-3\tal\t_\t_\t_\t_\t_\t_\t_\t_\n"
    "2\ta\ta\tADP\tP\t_\t4\tcase\t_\t_\n"
    "3\tel\tel\tDET\tD\t_\t4\tdet\t_\t_\n"
    "4\tmar\tmar\tNOUN\tN\t_\t1\tobl\t_\t_\n"
    "4.1\tmar\tmar\tNOUN\tN\t_\t_\t_\t_\t_\n"
)
LARGE = "# 17\n1\t10 000\t10000\tNUM\tM\t_\t2\tnummod\t_\t_\n2\t#\t#\t_\t_\t_\t0\troot\t_\t_\n"
CONLLU = HOLA + "\n" + LARGE + "\n"
WORDS = [("Vamos", "a", "el", "mar"), ("10 000", "#")]
TAGS = [("VERB", "ADP", "DET", "NOUN"), ("NUM", "_")]
BY_HAND = {"columns": {"separator": None, "word": 1, "tag": 3}}


@pytest.fixture
def read_conllu(load, write):
    """read_conllu(train, validation, name="conllu", **changes) -> the data set of these texts."""

    def load_texts(train, validation=LARGE, name="conllu", **changes):
        files = {split: write(f"{split}.txt", text) for split, text in (("train", train), ("validation", validation))}
        return load(name, **files, **changes)

    return load_texts


def notes(data):
    return [note for note in data.description["notes"] if "vocabulary" not in note]


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("conllu", {}),
        ("columns", {**BY_HAND, "scheme": "plain"}),
        ("columns", {**BY_HAND, "scheme": "auto"}),
        ("columns", {"columns": {"separator": "\t", "word": -9, "tag": -7}}),
    ],
)
def test_comments_ranges_and_empty_nodes_are_no_words_and_are_counted(read_conllu, name, changes):
    data = read_conllu(CONLLU, name=name, **changes)
    assert [row.words for row in data.raw["train"]] == WORDS
    assert [row.tags for row in data.raw["train"]] == TAGS
    assert data.text.tags == tuple(sorted({tag for row in TAGS for tag in row}))
    assert data.description["scheme"] == {"read": "plain", "trained": "plain"} and "entities" not in data.description
    assert notes(data) == [
        "4 comment lines, 1 range of words (3-4) and 1 empty node (5.1) of the train split were skipped",
        "lines have 10 columns: the word is in column 2, the tag in column 4, such as 'Vamos' and 'VERB'",
        "1 comment line of the validation split was skipped",
        "the tags are plain: each of the 6 tags of training is taken as it is, and no names are read",
        "1 word of the train split has the tag _, a tag as any other",
        "1 word of the validation split has the tag _, a tag as any other",
        "1 of 1 sentences of the validation split are in training too",
    ]


def test_ends_of_lines_marks_of_byte_order_and_joined_files_change_nothing(read_conllu):
    expected = read_conllu(CONLLU).raw["train"]
    assert read_conllu(("\ufeff" + CONLLU).replace("\n", "\r\n")).raw["train"] == expected
    assert read_conllu("\ufeff" + HOLA + "\n\ufeff" + LARGE).raw["train"] == expected
    joined = "\ufeffa\tX\n\n\ufeffb\tY\n"
    data = read_conllu(joined, joined, name="columns", scheme="plain")
    assert [row.words for row in data.raw["train"]] == [("a",), ("b",)]


def test_a_line_without_a_number_among_numbered_ones_is_refused(read_conllu):
    with pytest.raises(
        DataError, match=r"line 13 of .*train\.txt begins with 'x' where the number of a word should be"
    ) as caught:
        read_conllu(CONLLU.replace("2\t#", "x\t#"))
    assert "\n" not in str(caught.value)
    with pytest.raises(DataError, match=r"line 6 of .*train\.txt has 9 columns where the lines before it have 10"):
        read_conllu(CONLLU.replace("\t4\tcase", "\t4", 1))


def test_a_number_sign_is_a_word_where_no_column_numbers_the_words(read_conllu):
    text = "#\tSYM\n7-8\tNUM\n\n1\tNUM\n"
    data = read_conllu(text, text, name="columns", scheme="plain")
    assert [row.words for row in data.raw["train"]] == [("#", "7-8"), ("1",)]
    names = "1 Ann B-PER\n2 sang O\n"
    data = read_conllu(names, names, name="columns", columns={"separator": None, "word": 1, "tag": 2})
    assert data.raw["train"][0].words == ("Ann", "sang") and data.description["scheme"]["read"] == "IOB2"


def test_a_first_column_that_only_looks_like_numbers_is_read_as_before(read_conllu):
    text = "1 one B-X\nfoo foo O\n"
    assert read_conllu(text, text, name="columns", columns={"separator": None, "word": 1, "tag": 2}).raw["train"][0].words == (
        "one",
        "foo",
    )


def test_names_in_numbered_lines_are_names(read_conllu):
    text = "# 2001\n1\tNew\tB-LOC\n2\tYork\tI-LOC\n3-4\tisn't\tO\n3\tis\tO\n4\tn't\tO\n"
    data = read_conllu(text, text, name="columns", columns={"separator": "\t", "word": 1, "tag": 2})
    assert data.raw["train"][0].words == ("New", "York", "is", "n't")
    assert data.description["entities"] == {"train": 1, "validation": 1}


def pairs(*tags):
    return "".join(f"w{index} {tag}\n" for index, tag in enumerate(tags))


@pytest.mark.parametrize(
    ("train", "validation", "words"),
    [
        (
            ("O", "PER"),
            ("O",),
            r"line 2 of .*train\.txt has 'PER' where .* or give data\.scheme=plain for tags that are no names",
        ),
        (("NOUN", "B-PER"), ("NOUN",), r"line 1 of .*train\.txt has 'NOUN' where a tag should be"),
        (("B-PER", "O"), ("NOUN",), r"line 1 of .*validation\.txt has 'NOUN' where a tag should be"),
        (("NOUN", "VERB"), ("B-PER",), r"line 1 of .*validation\.txt has 'B-PER' where a plain tag should be"),
        (("NOUN", "VERB"), ("O",), r"line 1 of .*validation\.txt has 'O' where a plain tag should be"),
    ],
)
def test_auto_takes_no_kind_of_tags_for_the_other(read_conllu, train, validation, words):
    with pytest.raises(DataError, match=words) as caught:
        read_conllu(pairs(*train), pairs(*validation), name="columns")
    assert "\n" not in str(caught.value)
    data = read_conllu(pairs(*train), pairs(*validation), name="columns", scheme="plain")
    assert data.raw["train"][0].tags == train and data.raw["validation"][0].tags == validation


def test_tags_like_names_that_are_asked_for_as_plain_are_told(read_conllu):
    data = read_conllu(pairs("B-X", "O"), pairs("O"), name="columns", scheme="plain")
    assert "tags as those of names have are taken as they are too: B-X, O" in notes(data)
    data = read_conllu(pairs("N", "V"), pairs("Z"), name="columns")
    assert "the validation split has tags that training lacks: Z; they are missed, and are N to nats_per_tag" in notes(data)


def test_plain_tags_are_not_converted(read_conllu):
    with pytest.raises(DataError, match=r"^data\.train_scheme=BIOES is refused with plain tags"):
        read_conllu(CONLLU, train_scheme="BIOES")
    with pytest.raises(DataError, match=r"^data\.train_scheme=plain is refused with the tags that were read, .* in IOB2"):
        read_conllu(pairs("B-X"), pairs("O"), name="columns", train_scheme="plain")
    with pytest.raises(DataError, match=r"line 1 of .* has 'a b' where a tag should be: give a tag without white space"):
        read_conllu("w\ta b\n", "w\ta\n", name="columns", scheme="plain", columns={"separator": "\t", "word": 0, "tag": 1})
