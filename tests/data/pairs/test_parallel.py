import pytest

from bench.data.batches.vocabulary import UNKNOWN
from bench.data.pairs.tokens import END
from bench.errors import DataError

SPLITS = ("train", "validation", "test")


@pytest.fixture
def files(write, tmp_path):
    """files(train=(de, en), ...) -> the overrides of data=parallel for these texts."""

    def write_pairs(**texts):
        for split, sides in texts.items():
            for language, content in zip(("de", "en"), sides, strict=True):
                write(f"{split}.{language}", content)
        return {split: str(tmp_path / split) for split in texts} | {"source": "de", "target": "en"}

    return write_pairs


PAIR = ("ein hund\n", "a dog\n")


def test_lines_stay_aligned_and_in_order(load, files):
    data = load("parallel", **files(train=("ein\nzwei\ndrei\n", "one\ntwo\nthree\n"), validation=("zwei", "two"), test=PAIR))
    assert data.raw["train"].sources == ["ein", "zwei", "drei"]
    assert data.raw["train"].references == [["one"], ["two"], ["three"]]
    assert data.description["splits"] == {"train": 3, "validation": 1, "test": 1}
    assert data.languages == ("de", "en")
    batch = data.ids["train"].batch(data.ids["train"].source.starts.new_tensor([2, 0]))
    assert batch.index_B.tolist() == [2, 0]
    assert batch.target_BT[:, -1].tolist() == [END, END]


def test_the_other_direction_swaps_the_sides(load, files):
    overrides = files(train=PAIR, validation=PAIR) | {"source": "en", "target": "de"}
    data = load("parallel", **overrides)
    assert data.raw["train"].sources == ["a dog"] and data.raw["train"].references == [["ein hund"]]
    assert set(data.ids) == {"train", "validation"}


def test_gzip_and_carriage_returns(load, write, tmp_path):
    for split in SPLITS:
        write(f"{split}.de.gz", "ein\r\nzwei\r\n")
        write(f"{split}.en", "a\u2028b\ntwo")
    prefixes = {split: str(tmp_path / split) for split in SPLITS}
    data = load("parallel", **prefixes, source="de", target="en", text={"level": "characters", "min_frequency": 1})
    assert data.raw["test"].sources == ["ein", "zwei"]
    assert "\r" not in data.text.source.plain()["tokens"]
    assert data.raw["test"].references == [["a\u2028b"], ["two"]]
    assert data.text.target.decode(data.ids["test"].target[0].tolist()) == "a\u2028b"


def test_test_keeps_every_row_and_training_only_whole_pairs(load, files):
    lines = "a b\na b c d e\n\na\n", "x\nx\nx\nx x x x x\n"
    overrides = files(train=lines, validation=PAIR, test=lines)
    data = load("parallel", **overrides, text={"level": "symbols", "min_frequency": 1, "max_length": 3})
    assert data.raw["train"].sources == ["a b"]
    assert data.raw["test"].sources == ["a b", "a b c d e", "", "a"]
    assert data.ids["test"].source.lengths.tolist() == [3, 4, 1, 2]
    assert data.ids["test"].source[2].tolist() == [END]
    assert data.ids["test"].target.lengths.tolist() == [2, 2, 2, 6]
    notes = "; ".join(data.description["notes"])
    assert "2 of 4 training pairs have a side of more than 3 tokens (data.text.max_length) and were left out" in notes
    assert "1 of 4 training pairs have an empty side" in notes
    assert (
        "1 of 4 source lines of the test split have more than 3 tokens (data.text.max_length): 2 tokens at their ends" in notes
    )
    assert "1 of 4 source lines of the test split are empty: their outputs are empty lines" in notes
    assert "target lines" not in notes
    blank = load(
        "parallel", **files(train=lines, validation=("a\nb\n", "x\n\n")), text={"level": "symbols", "min_frequency": 1}
    )
    assert "1 of 2 target lines of the validation split are empty: only an empty output is right" in blank.description["notes"]


def test_unknown_words_are_counted_without_the_ends(load, files):
    data = load("parallel", **files(train=("a a b\n", "x x\n"), validation=("a c\n", "y y x\n")), text={"level": "symbols"})
    assert data.ids["train"].source[0].tolist()[-2:] == [UNKNOWN, END]
    assert data.description["notes"] == [
        "1 of 3 source tokens of the train split are not in the vocabulary and were read as unknown",
        "1 of 2 source tokens and 2 of 3 target tokens of the validation split are not in the vocabulary and were read as "
        "unknown",
    ]


def test_the_digest_is_of_content_and_text(load, files):
    overrides = files(train=PAIR, validation=PAIR, test=PAIR)
    digest = load("parallel", **overrides).description["sha256"]
    assert load("parallel", **overrides).description["sha256"] == digest
    assert load("parallel", **overrides, text={"level": "characters"}).description["sha256"] != digest
    assert (
        load("parallel", **files(train=PAIR, validation=PAIR, test=("ein hund\n", "A dog\n"))).description["sha256"] != digest
    )


def test_the_limit_is_of_training_alone_and_evenly_spaced(load, files):
    many = "".join(f"w{n}\n" for n in range(10)), "".join(f"v{n}\n" for n in range(10))
    data = load("parallel", **files(train=many, validation=many), limit=3)
    assert data.raw["train"].sources == ["w0", "w3", "w6"]
    assert data.description["splits"] == {"train": 3, "validation": 10}
    with pytest.raises(DataError, match=r"data\.limit=0"):
        load("parallel", **files(train=many, validation=many), limit=0)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"source": "fr"}, r"no file .*train\.fr or .*train\.fr\.gz for data\.source=fr; there lie train\.de, train\.en"),
        ({"target": "de"}, r"data\.source=de and data\.target=de are one language"),
        ({"train": None}, r"data=parallel needs data\.train: give data\.train=PREFIX"),
        ({"validation": "/nowhere/x"}, r"no file /nowhere/x\.de .* paths\.data= or BENCH_DATA"),
    ],
)
def test_refusals_are_one_sentence(load, files, changes, words):
    with pytest.raises(DataError, match=words) as caught:
        load("parallel", **files(train=PAIR, validation=PAIR) | changes)
    assert "\n" not in str(caught.value)


def test_broken_files_are_one_sentence(load, files):
    with pytest.raises(DataError, match=r"test files differ in length: de has 2 lines and en has 1, so line 2 of de"):
        load("parallel", **files(train=PAIR, validation=PAIR, test=("a\nb\n", "a\n")))
    with pytest.raises(DataError, match=r"train\.en is not UTF-8: byte 0xff at offset 2"):
        load("parallel", **files(train=("a\n", b"a \xff\n"), validation=PAIR))
    with pytest.raises(DataError, match=r"the validation split is empty"):
        load("parallel", **files(train=PAIR, validation=("", "")))
    with pytest.raises(DataError, match=r"no training pair is left"):
        load("parallel", **files(train=("\n", "a\n"), validation=PAIR))


def test_the_hub_reads_a_column_a_language(load, monkeypatch):
    import datasets

    rows = {"de": ["ein hund", "zwei"], "en": ["a dog", "two"]}
    requests = set()

    def stand_in(id, config, *, split, revision):
        requests.add((id, split, revision))
        return datasets.Dataset.from_dict(rows)

    monkeypatch.setattr(datasets, "load_dataset", stand_in)
    data = load("multi30k", places={"kind": "hub"})
    assert data.raw["test"].references == [["a dog"], ["two"]]
    assert (data.description["source"], len(data.description["revision"])) == ("hub", 40)
    assert {(id, revision) for id, _, revision in requests} == {("bentrevett/multi30k", data.description["revision"])}
    with pytest.raises(DataError, match=r"data\.source=fr is not a language of data=multi30k on the hub: give one of de, en"):
        load("multi30k", places={"kind": "hub"}, source="fr")


def test_published_counts_of_multi30k(load, data_folder):
    data = load("multi30k", data_folder, source="fr", target="en", text={"level": "symbols"}, limit=1000)
    assert data.description["splits"] == {"train": 1000, "validation": 1014, "test": 1000}
    assert all(data.raw["test"].sources)


@pytest.mark.parametrize("lines", ["", "\ufeff"])
def test_an_empty_test_file_is_refused_and_not_left_out(load, files, lines):
    with pytest.raises(DataError, match="the test split is empty"):
        load("parallel", **files(train=PAIR, validation=PAIR, test=(lines, lines)))


def test_many_unknown_words_of_training_are_told_as_what_words_are_not_for(load, files):
    lines = "".join(f"词{n}句{n}字\n" for n in range(200))
    blank = "".join("a dog ran\n" for _ in range(200))
    notes = load("parallel", **files(train=(blank, lines), validation=PAIR)).description["notes"]
    assert any(note.startswith("100% of the target tokens of training are unknown: words fit texts with") for note in notes)
    notes = load("parallel", **files(train=(blank, blank), validation=PAIR)).description["notes"]
    assert not any("see data.text.level" in note for note in notes)


def test_a_file_in_place_of_a_prefix_is_told_so(load, write):
    path = write("pairs.tsv", "ein hund\ta dog\n")
    with pytest.raises(DataError, match=r"pairs\.tsv is a file itself: give what the names of both files begin with, and cut"):
        load("parallel", train=path, validation=path, test=None, source="de", target="en")
