"""Texts that are something else by their form: each is told, prose is not."""

import json

import pytest

from bench.data.sources.looks import other_forms

PROSE = "The cat sat on a mat, and ran.\nIt rained; we stayed.\nNo more.\n\nThe end, they say, is near.\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("".join(json.dumps({"text": f"line {n}"}) + "\n" for n in range(5)), "has 5 lines of JSON"),
        (json.dumps([{"text": "a"}, {"text": "b"}], indent=1), "is JSON"),
        ("name\tsex\tcount\nAnn\tF\t3\nBob\tM\t5\n", "has 3 lines with 2 tabs each"),
        ("Ann,3\n\nBob,5\nCy,7\n", "has 3 lines with 1 comma each"),
        ("<!DOCTYPE html><p>a\n", "begins as HTML does"),
        ("<?xml version='1.0'?>\n<a/>", "begins as XML does"),
        ("{\\rtf1 a}", "begins as RTF does"),
    ],
)
def test_a_table_json_or_markup_is_told(text, said):
    (note,) = other_forms({"train": text, "test": PROSE})
    assert note.startswith(f"the train text {said}") and note.endswith("give a file of the texts alone if those are meant")
    assert other_forms({"all": text})[0].startswith("the text ")


@pytest.mark.parametrize("text", [PROSE, "", "a\n", "[Exit]\n" * 5, "{}\nno\nno\nno\n", "a, b\nc\nd\ne, f, g\n" * 5])
def test_prose_is_none_of_these(text):
    assert other_forms({"all": text}) == []


def test_every_reader_of_plain_text_tells_it(load, write):
    rows = "".join(f"{n},{n * n}\n" for n in range(400))
    path = write("rows.csv", rows)
    sides = {"train": write("x.de", rows).removesuffix(".de"), "validation": write("x.en", rows).removesuffix(".en")}
    for data in (
        load("text", path=path),
        load("words", train=path, validation=path, test=None),
        load("word_list", path=path),
        load("parallel", **sides, source="de", target="en"),
    ):
        assert any("with 1 comma each, as rows of a table have" in note for note in data.description["notes"])
