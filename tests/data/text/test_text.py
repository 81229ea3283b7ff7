import gzip
from pathlib import Path

import pytest
import yaml

from bench.build import build
from bench.config.schema import folder
from bench.errors import DataError


def load(name, data=None, **changes):
    node = yaml.safe_load((folder() / "data" / f"{name}.yaml").read_text())
    node["places"]["kind"] = changes.pop("kind", node["places"]["kind"])
    node |= changes
    return build(node, key="data", given={"name": name, "folder": data})


def write(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    return str(path)


def test_a_text_is_cut_by_position_and_nothing_is_lost(tmp_path):
    text = "".join(chr(97 + i % 26) for i in range(1000))
    data = load("text", path=write(tmp_path / "a.txt", text.encode()), split={"validation": 0.1, "test": 0.2})
    parts = [data.vocabulary.decode(data.ids[split].tolist()) for split in ("train", "validation", "test")]
    assert "".join(parts) == text
    assert [len(part) for part in parts] == [700, 100, 200]


def test_line_ends_and_gzip_are_kept(tmp_path):
    text = "a\r\nb\u2028c\n" * 50
    data = load("text", path=write(tmp_path / "a.txt.gz", gzip.compress(text.encode())))
    assert "".join(data.vocabulary.decode(data.ids[split].tolist()) for split in data.ids) == text


def test_unseen_characters_are_reported(tmp_path):
    data = load("text", path=write(tmp_path / "a.txt", b"ab" * 90 + b"xyabababab" * 2), split={"validation": 0.1, "test": 0.0})
    assert data.unknown["validation"] == 4
    assert "4 of 20 characters of the validation text do not occur in training" in data.description["notes"][0]


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "is empty"), (b"hello \xff\xfe", "not UTF-8: byte 0xff at offset 6"), (None, "cannot be read .*paths.data=")],
)
def test_bad_files_are_one_sentence(tmp_path, content, words):
    path = tmp_path / "a.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match=words) as caught:
        load("text", path=str(path))
    assert "\n" not in str(caught.value)


def test_the_text_needs_a_path_and_shares_that_fit(tmp_path):
    with pytest.raises(DataError, match=r"data\.path=FILE"):
        load("text")
    path = write(tmp_path / "a.txt", b"abc" * 100)
    with pytest.raises(DataError, match=r"data\.split\.validation=0\.9 and data\.split\.test=0\.2"):
        load("text", path=path, split={"validation": 0.9, "test": 0.2})


def test_the_digest_is_of_the_content_not_of_the_name(tmp_path):
    first = load("text", path=write(tmp_path / "a.txt", b"abc" * 100)).description["sha256"]
    same = load("text", path=write(tmp_path / "b.txt", b"abc" * 100)).description["sha256"]
    other = load("text", path=write(tmp_path / "c.txt", b"abd" * 100)).description["sha256"]
    assert first == same != other


def test_the_offline_default_needs_no_file():
    data = load("pydocs")
    assert data.description["splits"]["train"] > 300_000
    assert "Python 3." in data.description["revision"]
    with pytest.raises(DataError, match=r"data\.places\.kind=hub: it has offline"):
        load("pydocs", kind="hub")


def test_the_offline_text_has_each_paragraph_once():
    from pydoc_data.topics import topics

    from bench.data.sources.python_topics import text

    paragraphs = text()[0]["all"].split("\n\n")
    assert len(paragraphs) == len(set(paragraphs)) > 1500
    assert all(set(topics[name].strip("\n").split("\n\n")[1:-1]) <= set(paragraphs) for name in topics)  # and loses none


def test_spaced_characters_are_joined(tmp_path):
    for split in ("train", "valid", "test"):
        (tmp_path / "ptb").mkdir(exist_ok=True)
        (tmp_path / "ptb" / f"ptb.char.{split}.txt.gz").write_bytes(gzip.compress(b" a b _ < u n k >\n c\n"))
    data = load("ptb_char", str(tmp_path))
    assert data.vocabulary.decode(data.ids["test"].tolist()) == "ab <unk>\nc\n"


def test_the_hub_path_reads_a_stand_in_and_equals_the_files(tmp_path, monkeypatch):
    import datasets

    rows = {"train": ["first line", "second"], "validation": ["third"], "test": ["fourth one"]}
    requests = []

    def stand_in(id, config, *, split, revision):
        requests.append((id, config, split, revision))
        return datasets.Dataset.from_dict({"sentence": rows[split]})

    monkeypatch.setattr(datasets, "load_dataset", stand_in)
    data = load("ptb_char", kind="hub")
    assert data.description["source"] == "hub"
    assert data.vocabulary.decode(data.ids["train"].tolist()) == "first line\nsecond\n"
    assert {revision for *_, revision in requests} == {data.description["revision"]}


def test_an_unreachable_hub_is_one_sentence(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    import datasets

    def fails(*args, **options):
        raise ConnectionError("offline\nand more")

    monkeypatch.setattr(datasets, "load_dataset", fails)
    with pytest.raises(DataError, match=r"cannot be loaded .*go online, or name a folder") as caught:
        load("tinyshakespeare")
    assert "\n" not in str(caught.value)


def test_published_counts_of_the_real_texts(data_folder):
    shakespeare = load("tinyshakespeare", data_folder)
    assert shakespeare.description["splits"] == {"train": 1_003_854, "validation": 111_540}
    assert len(shakespeare.vocabulary.characters) == 65
    ptb = load("ptb_char", data_folder)
    assert ptb.description["splits"] == {"train": 5_017_482, "validation": 393_042, "test": 442_423}
    assert len(ptb.vocabulary.characters) == 50


def test_carriage_returns_of_a_text_are_characters_and_are_told(load, write):
    lines = "the cat sat on the mat\n" * 40
    plain, windows, mac = (load("text", path=write("a.txt", lines.replace("\n", end))) for end in ("\n", "\r\n", "\r"))
    assert len(windows.vocabulary) == len(plain.vocabulary) + 1
    assert (
        "35 lines of the train text end in a carriage return too, a character to be predicted" in windows.description["notes"]
    )
    assert any("lone carriage return 40 times" in note for note in mac.description["notes"])
    assert plain.description["notes"] == []
