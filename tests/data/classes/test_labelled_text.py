"""Labelled texts: lines, encodings, hub, docstrings, the published sets."""

from collections import Counter

import pytest

from bench.data.classes.python_docstrings import labelled_paragraphs, paragraphs
from bench.errors import DataError, Refusal

LINES = "good\tA fine film\nbad\ta dull film\r\n\ngood\tfine\n"


@pytest.fixture
def files(write):
    """files(train, validation, test) -> the paths of these lines."""
    return lambda *texts: dict(
        zip(("train", "validation", "test"), [write(f"{n}.txt", text) for n, text in enumerate(texts)], strict=False)
    )


def test_a_line_is_a_label_a_tab_and_a_text(load, files):
    data = load("labelled", **files(LINES, "bad\tDULL and\tfine\n", "good\tfine dull dull\n"), text={"min_frequency": 2})
    assert data.classes == ("bad", "good") and data.shown["train"] == ["A fine film", "a dull film", "fine"]
    assert data.vocabulary.words == ("a", "film", "fine")
    row = data.rows["validation"].source
    assert data.rows["validation"].steps[row[0]].tolist() == [0, 0, 3] and data.rows["train"].target.flat.tolist() == [1, 0, 1]
    assert "2 of 3 words of the validation split are read as the unknown one" in data.description["notes"]


def test_without_a_validation_part_a_tenth_of_the_texts_validates_equal_ones_together(load, files):
    lines = "".join(f"{'ab'[n % 2]}\ttext number {n % 900}\n" for n in range(1800))
    data, again = (load("labelled", **files(lines)) for _ in range(2))
    train, held_out = data.shown["train"], data.shown["validation"]
    assert len(train) + len(held_out) == 1800 and 120 < len(held_out) < 240
    assert not set(train) & set(held_out)
    assert data.description == again.description and data.shown == again.shown
    assert f"a tenth of the training texts, {len(held_out)}, validates: there is no part for it" in data.description["notes"]
    with pytest.raises(DataError, match=r"a tenth of the 2 training texts would validate, and is none: give data\.validation"):
        load("labelled", **files("a\ttext number 0\nb\ttext number 1\n"))


def test_texts_are_cut_and_counted_and_limited(load, files):
    data = load("labelled", **files(LINES, LINES), text={"max_length": 2, "min_frequency": 1}, limit=2)
    assert data.rows["train"].source.lengths.tolist() == [2, 2] and data.description["splits"] == {"train": 2, "validation": 3}
    assert any(note.startswith("2 texts of the validation split have more than 2 words") for note in data.description["notes"])
    assert "2 of 3 texts of the validation split are in training too" in data.description["notes"]


def test_the_digest_is_of_what_is_read(load, files):
    settings = files(LINES, LINES)
    digests = [
        load("labelled", **settings, text=text).description["sha256"]
        for text in ({"min_frequency": 1}, {"min_frequency": 2}, {"lowercase": False, "min_frequency": 1})
    ]
    digests.append(
        load(
            "labelled", **files(LINES.replace("bad", "so"), LINES.replace("bad", "so")), text={"min_frequency": 1}
        ).description["sha256"]
    )
    assert len(set(digests)) == 4


@pytest.mark.parametrize(
    ("train", "changes", "words"),
    [
        ("good film\n", {}, r"line 1 of .*0\.txt is not a label, '\\t' and a text \('good film'\); correct the line"),
        (LINES + "good\t \n", {}, r"line 5 of .*0\.txt is not a label"),
        (LINES, {"separator": ""}, r"data\.separator='' is not one character"),
        (" \n", {}, r"0\.txt has no row; give a file"),
        (LINES.encode() + b"bad\tcaf\xe9\n", {}, r"is not utf-8: byte 0xe9"),
        (LINES, {"text": {"max_length": 0}}, r"data\.text\.max_length=0 is out of range"),
        (LINES, {"text": {"lowercase": 1}}, r"data\.text\.lowercase=1 is refused: give true or false"),
        (LINES, {"limit": 0}, r"data\.limit=0 is out of range"),
        (LINES, {"train": None}, r"data=labelled needs data\.train: give data\.train=FILE"),
    ],
)
def test_bad_input_is_one_sentence(load, files, train, changes, words):
    with pytest.raises(Refusal, match=words) as caught:
        load("labelled", **files(train, LINES) | changes)
    assert "\n" not in str(caught.value)


def test_the_numbers_of_files_are_named_and_others_refused(load, write):
    for split in ("train", "dev", "test"):
        write(f"sst/stsa.fine.{split}", "0 awful\n4 a gem\n2 so so\n")
    folder = write("x", "").removesuffix("/x")
    assert load("sst5", folder).classes == ("neutral", "very negative", "very positive")
    write("sst/stsa.fine.dev", "7 awful\n")
    with pytest.raises(
        DataError, match=r"line 1 of .*dev has the label '7', which data\.classes does not name \(0, 1, 2, 3, 4\)"
    ):
        load("sst5", folder)


def test_blanks_around_a_label_are_no_part_of_it(load, files):
    lines = "pos \ta fine film\npos\tfine\n neg\tdull\nneg\tdull film\n"
    data = load("labelled", **files(lines, lines), text={"min_frequency": 1})
    assert data.classes == ("neg", "pos") and data.rows["train"].target.flat.tolist() == [1, 1, 0, 0]


def test_a_line_of_headings_is_asked_about_and_no_class(load, files):
    head = "label\ttext\n"
    with pytest.raises(
        DataError, match=r"the class 'label' stands on the first line of .*0\.txt and of .*1\.txt and nowhere else, .*; delete"
    ) as caught:
        load("labelled", **files(head + LINES, head + LINES))
    assert "\n" not in str(caught.value)
    with pytest.raises(DataError, match=r"the class 'label' stands on the first line of .*0\.txt and nowhere else"):
        load("labelled", **files(head + LINES * 40))
    assert load("labelled", **files(head + LINES + "label\ttwo\n", head + LINES)).classes == ("bad", "good", "label")
    assert load("labelled", **files("bad\tdull\ngood\tfine\ngood\ta\n", LINES)).classes == ("bad", "good")


@pytest.fixture
def hub(monkeypatch):
    """hub(labels, texts, names) puts a stand-in for the hub in place; returns what is asked of it."""
    import datasets

    requests = []

    def serve(label, text, classes, names=None):
        kind = datasets.ClassLabel(names=names) if names else datasets.Value("string")
        features = datasets.Features({label: kind, "text": datasets.Value("string")})

        def stand_in(id, config, *, split, revision):
            requests.append((id, split, revision))
            texts = [f"{text} {split} {n}" for n in range(len(classes))]
            return datasets.Dataset.from_dict({label: classes, "text": texts}, features=features)

        monkeypatch.setattr(datasets, "load_dataset", stand_in)
        return requests

    return serve


def test_the_hub_reads_texts_and_class_labels(load, hub):
    requests = hub("label_text", "so", ["positive", "negative"], None)
    data = load("sst2")
    assert data.classes == ("negative", "positive") and data.shown["test"] == ["so test 0", "so test 1"]
    assert data.description["source"] == "hub" and {request[2] for request in requests} == {data.description["revision"]}
    assert [split for _, split, _ in requests] == ["train", "validation", "test"]
    hub("coarse_label", "why", [0, 1] * 50, ["ABBR", "ENTY"])
    questions = load("trec")
    assert questions.classes == ("ABBR", "ENTY") and set(questions.rows) == {"train", "validation", "test"}
    hub("label", "so", ["positive", "negative"], None)
    with pytest.raises(
        DataError, match=r"data\.places\.hub\.label=label_text is no column of SetFit/sst5: give one of label, text"
    ):
        load("sst5")


def test_a_text_without_a_word_is_refused(load, monkeypatch):
    import datasets

    empty = datasets.Dataset.from_dict({"label_text": ["positive", "negative"], "text": ["fine", " "]})
    monkeypatch.setattr(datasets, "load_dataset", lambda *_, **__: empty)
    with pytest.raises(DataError, match=r"^data=sst2: row 2 of the train split has no word; leave it out\.$"):
        load("sst2")


def test_an_unreachable_hub_is_one_sentence(load, monkeypatch):
    import datasets

    def fails(*_, **__):
        raise ConnectionError("no way\nout")

    monkeypatch.setattr(datasets, "load_dataset", fails)
    with pytest.raises(DataError, match=r"cannot be loaded \(ConnectionError: no way\); go online, or name a folder") as caught:
        load("sst2")
    assert "\n" not in str(caught.value)


SOURCE = '''"""About  the module.

More."""
def one():
    """Return it."""
    def inner():
        "Inner function."
class Thing:
    """A thing
    of two lines."""
    def one(self):
        """Return it."""
    async def two(self):
        pass
    class Part:
        """A part."""
'''


def test_what_a_docstring_describes_follows_from_where_it_stands():
    assert list(paragraphs(SOURCE)) == [
        ("module", "About the module ."),
        ("function", "Return it ."),
        ("function", "Inner function ."),
        ("class", "A thing of two lines ."),
        ("function", "Return it ."),
        ("class", "A part ."),
    ]


def test_docstrings_are_in_one_split_each_and_the_same_every_time():
    texts, revision = labelled_paragraphs()
    rows = {split: [line.split("\t")[1].lower() for line in text.splitlines()] for split, text in texts.items()}
    every = [row for rows_of_split in rows.values() for row in rows_of_split]
    assert list(texts) == ["train", "validation", "test"] and len(every) == len(set(every)) > 1200
    assert min(len(rows_of_split) for rows_of_split in rows.values()) > 150 and revision.startswith(
        "standard library of Python 3."
    )
    kinds = Counter(line.split("\t")[0] for line in texts["test"].splitlines())
    assert kinds["class"] == kinds["function"] > kinds["module"] > 0
    assert labelled_paragraphs()[0] == texts


def test_published_counts_of_the_real_sets(load, data_folder):
    two = load("sst2", data_folder)
    assert two.description["splits"] == {"train": 6920, "validation": 872, "test": 1821}
    assert load("sst5", data_folder).description["splits"] == {"train": 8544, "validation": 1101, "test": 2210}
    questions = load("trec", data_folder)
    sizes = questions.description["splits"]
    assert sizes["train"] + sizes["validation"] == 5452 and sizes["test"] == 500
    assert not set(questions.shown["train"]) & set(questions.shown["validation"])
    named = dict(zip(questions.shown["test"], questions.rows["test"].target.flat.tolist(), strict=True))
    assert questions.classes[named["How far is it from Denver to Aspen ?"]] == "NUM"


def test_texts_in_quotation_marks_are_told(load, files):
    lines = 'good,"A fine film, really"\nbad,dull\ngood,"x"\n'
    data = load("labelled", **files(lines, "bad,dull\n"), separator=",", text={"min_frequency": 1})
    note = "2 of 3 texts of the train split stand in quotation marks, which are read with them"
    assert note in data.description["notes"] and data.shown["train"][2] == '"x"'


def test_text_and_label_the_other_way_round_are_told_so(load, files):
    rows = "".join(f"{'a rather long text of many words' * (n % 3)} number {n}\t{'ab'[n % 2]}\n" for n in range(30))
    with pytest.raises(DataError, match=r"it has 30 classes in 30 rows .*\.\.\..*; as if text or number stood where the label"):
        load("labelled", **files(rows, rows.replace("number", "text")))


def test_windows_1252_is_not_read_as_latin_1(load, write):
    content = "good\tA “fine” film\nbad\tdull\ngood\tfine\n".encode("cp1252")
    given = {"train": write("a.txt", content), "validation": write("b.txt", content), "test": None}
    assert load("labelled", **given, encoding="cp1252").shown["train"][0] == "A “fine” film"
    for encoding in ("latin-1", "ISO-8859-1", "l1"):
        with pytest.raises(DataError, match=r"byte 0x93 at offset 7 is a control character there .*give data\.encoding=cp1252"):
            load("labelled", **given, encoding=encoding)
    with pytest.raises(DataError, match=r"is not utf-8: .*; give data\.encoding=cp1252 if it is Windows-1252"):
        load("labelled", **given)
