import io
import zipfile

import pytest

from bench.data.pairs.tatoeba import split
from bench.data.sources.hash_split import split_of
from bench.errors import DataError

PAIRS = [(f"sentence {n // 2}.", f"phrase {n} !") for n in range(600)]


def packed(text, name="fra.txt", compression=zipfile.ZIP_STORED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        archive.writestr("_about.txt", "about")
        archive.writestr(name, text)
    return buffer.getvalue()


def lines(pairs):
    return "".join(f"{english}\t{french}\n" for english, french in pairs)


def test_a_damaged_zip_is_one_sentence_wherever_the_damage_is(zipped):
    content = packed(lines(PAIRS), compression=zipfile.ZIP_DEFLATED)
    for at in range(0, len(content), 97):
        damaged = bytearray(content)
        damaged[at] ^= 0xFF
        try:
            zipped(bytes(damaged))
        except DataError as refusal:
            assert "fra-eng.zip" in str(refusal) and len(str(refusal).splitlines()) == 1


def test_a_byte_order_mark_is_no_text(zipped):
    plain, marked = (zipped(packed(mark + lines(PAIRS))) for mark in ("", "\ufeff"))
    assert plain.description["sha256"] == marked.description["sha256"]


@pytest.fixture
def zipped(load, write, tmp_path):
    def load_tatoeba(content, **changes):
        write("tatoeba_fra_eng/fra-eng.zip", content)
        return load("tatoeba", str(tmp_path), text={"min_frequency": 1}, **changes)

    return load_tatoeba


@pytest.mark.parametrize("english_first", [True, False])
def test_no_sentence_is_in_two_splits(english_first):
    shared = [("another one.", PAIRS[n][1]) for n in range(0, 600, 3)]
    splits, notes = split(PAIRS + shared, english_first=english_first)
    for side in (lambda raw: raw.sources, lambda raw: [line for lines in raw.references for line in lines]):
        sentences = {name: set(side(raw)) for name, raw in splits.items()}
        assert not sentences["train"] & sentences["test"] and not sentences["train"] & sentences["validation"]
        assert not sentences["validation"] & sentences["test"]
        assert sentences["validation"] and sentences["test"]
    assert "left out" in notes[0]
    pair_count = sum(len(lines) for raw in splits.values() for lines in raw.references)
    assert pair_count + int(notes[0].split()[0]) == len(PAIRS) + len(shared)


def test_translations_of_one_sentence_are_references_at_test_and_pairs_in_training():
    splits, notes = split([*PAIRS, PAIRS[0]], english_first=True)
    assert notes == []
    assert all(len(lines) == 2 for lines in splits["test"].references)
    assert len(set(splits["test"].sources)) == len(splits["test"].sources)
    assert all(split_of(source) == "test" for source in splits["test"].sources)
    assert len(splits["train"].sources) == 2 * len(set(splits["train"].sources))
    turned, _ = split(PAIRS, english_first=False)
    assert all(len(lines) == 1 for lines in turned["test"].references)


def test_a_zip_in_both_directions(zipped):
    data = zipped(packed(lines(PAIRS)))
    assert data.raw["train"].sources[0].startswith("sentence")
    data = zipped(packed(lines(PAIRS)), source="fra", target="eng")
    assert data.raw["train"].sources[0].startswith("phrase")
    assert data.languages == ("fra", "eng")


def test_a_member_that_points_out_of_the_zip_writes_nothing(zipped, tmp_path):
    data = zipped(packed(lines(PAIRS), name="../../fra.txt"))
    assert data.raw["train"].sources[0].startswith("sentence")
    assert not list(tmp_path.parent.glob("fra.txt")) and not list(tmp_path.rglob("fra.txt"))


def test_bad_zips_and_directions_are_one_sentence(zipped, load):
    with pytest.raises(DataError, match=r"data\.source=eng data\.target=deu is no direction"):
        zipped(packed(lines(PAIRS)), target="deu")
    with pytest.raises(DataError, match=r"line 1 has no tab"):
        zipped(packed("no tab\n"))
    with pytest.raises(DataError, match=r"fra-eng\.zip cannot be read .*BENCH_DATA"):
        zipped(b"no zip")
    with pytest.raises(DataError, match=r"exactly one text file"):
        zipped(packed("", name="fra.csv"))
    with pytest.raises(DataError, match=r"is not UTF-8: byte 0xff at offset 0"):
        zipped(packed(b"\xff"))
    with pytest.raises(DataError, match=r"cannot be read .*No such file"):
        load("tatoeba", "/nowhere")


def test_the_real_pairs(data_folder):
    from bench.data.pairs.tatoeba import parse, unpacked
    from bench.data.sources.lines import lines_of

    pairs = parse("tatoeba", lines_of(unpacked("tatoeba", "tatoeba_fra_eng/fra-eng.zip", data_folder)))
    assert len(pairs) == 142_787
    splits, _ = split(pairs, english_first=True)
    assert not set(splits["train"].sources) & set(splits["test"].sources)
    assert len({english for english, _ in pairs}) == 98_659
