"""Text of files: its encoding, its byte order mark, its packing; rows of tables; numbers as they are written."""

import gzip
from pathlib import Path

import pytest

from bench.data.sources.delimited import rows_of
from bench.data.sources.files import read_text as read_path
from bench.data.sources.numbers import number, resembles_number
from bench.errors import DataError

MARK = b"\xef\xbb\xbf"


def read_text(name, path, encoding=None):
    return read_path(name, Path(path), encoding)


@pytest.mark.parametrize(
    ("content", "encoding", "text"),
    [
        (MARK + b"ab\r\nc", None, "ab\r\nc"),
        (MARK + b"ab", "utf-8", "ab"),
        (MARK + b"ab", "latin-1", "ab"),
        ("\ufeffab".encode("utf-16-le"), "utf-16-le", "ab"),
        (b"ab" + MARK, None, "ab\ufeff"),
    ],
)
def test_a_byte_order_mark_at_the_start_is_no_text(write, content, encoding, text):
    assert read_text("x", write("a.txt", content), encoding) == text
    assert read_text("x", write("a.txt.gz", content), encoding) == text


def test_a_byte_order_mark_is_no_character_of_the_vocabulary(load, write):
    plain, marked = (load("text", path=write("a.txt", start + b"abcd" * 50)) for start in (b"", MARK))
    assert marked.vocabulary.decode(marked.ids["train"].tolist()) == plain.vocabulary.decode(plain.ids["train"].tolist())
    assert marked.description == plain.description and len(marked.vocabulary) == len(plain.vocabulary)


def test_an_offline_text_that_begins_with_a_mark_is_read_without_it(monkeypatch):
    from bench.data.sources import source

    monkeypatch.setattr(source, "locate", lambda *_, **__: lambda: ({"all": "\ufeffab"}, "1"))
    assert source.Origin("x", None, source.Places("offline", None, None, "here")).read().splits == {"all": "ab"}


def test_a_text_in_utf16_is_told_so(write):
    with pytest.raises(DataError, match=r"is not UTF-8: byte 0xff at offset 0; it begins as UTF-16 does; convert it"):
        read_text("x", write("a.txt", "ab".encode("utf-16")))


def test_utf8_that_was_called_something_else_is_told_so(write):
    for content in ("é€a", "é€ab"):  # of six and of seven bytes
        with pytest.raises(DataError, match=r"is not utf-16: .*; give data\.encoding=utf-8, which it is\.$"):
            read_text("x", write("a.txt", content), "utf-16")
    assert read_text("x", write("a.txt", "ab".encode("utf-16")), "utf-16") == "ab"


def test_a_damaged_gzip_file_is_one_sentence(write):
    path = write("a.txt.gz", "".join(f"{n * n} " for n in range(3000)))
    content = Path(path).read_bytes()
    for at in (2, 12, len(content) // 2, len(content) - 6):
        Path(path).write_bytes(content[:at] + bytes(255 - byte for byte in content[at : at + 4]) + content[at + 4 :])
        with pytest.raises(DataError, match=r"a\.txt\.gz cannot be unpacked \(.*copy it again\.$") as caught:
            read_text("x", path)
        assert "\n" not in str(caught.value)
    Path(path).write_bytes(gzip.compress(b"abc")[:-9])
    with pytest.raises(DataError, match=r"cannot be unpacked"):
        read_text("x", path)


def test_cells_may_have_separators_and_line_ends_of_both_kinds():
    assert rows_of("x", "f", 'a,"b,c"\r\n\n1,2\n') == [(1, ["a", "b,c"]), (2, []), (3, ["1", "2"])]
    assert rows_of("x", "f", "a;b\n", ";") == [(1, ["a", "b"])]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b\r1,2\r3,4\r", r"line 1 of f has a carriage return inside: .*convert the line ends"),
        ('a,b\n1,"2\n3,4\n', r"of f is no row of cells between ',' \("),
        ('a,b\n1,"2"3\n', r"line 2 of f is no row of cells"),
        (f"a,b\n1,{'2' * 200_000}\n", r"line 2 of f is no row of cells .*field larger than"),
    ],
)
def test_a_table_that_is_none_is_one_sentence(text, words):
    with pytest.raises(DataError, match=words) as caught:
        rows_of("x", "f", text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("cell", "value"), [("12", 12), (" -1.5 ", -1.5), ("+.5", 0.5), ("1.", 1), ("2E-3", 0.002), ("007", 7), ("1e308", 1e308)]
)
def test_numbers_as_they_are_written(cell, value):
    assert number(cell) == value and not resembles_number(cell)


@pytest.mark.parametrize(
    "cell", ["2012_03", "101,953", "1,234.5", "$12.30", "12 €", "5%", "1 000", "3,5", "EUR 12", "(12)", "1e999"]
)
def test_what_only_looks_like_a_number_is_none(cell):
    assert number(cell) is None and (resembles_number(cell) or cell == "1e999")


@pytest.mark.parametrize(
    "cell", ["", "-", ".", "nan", "inf", "-Infinity", "Total", "2020-01-01", "10:30", "0x1f", "١٢", "Jan 2020", "x0", "A12"]
)
def test_what_is_no_number_at_all(cell):
    assert number(cell) is None
    assert not resembles_number(cell) or cell == "١٢"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le"])
def test_a_text_of_two_bytes_a_letter_without_a_mark_is_no_utf8(write, encoding):
    """Of plain letters its bytes are UTF-8 too, with zeros between them."""
    with pytest.raises(DataError, match=r"a\.txt has a zero byte in line 1, as no text has in UTF-8.*convert it to UTF-8"):
        read_text("x", write("a.txt", "plain letters\n".encode(encoding)))
    assert read_text("x", write("a.txt", "plain".encode(encoding)), encoding) == "plain"


def test_a_file_of_the_working_folder_is_named_where_a_path_begins_elsewhere(write, tmp_path, monkeypatch):
    write("here/book.txt", "a text")
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(DataError, match=rf"a path begins there, so give {tmp_path / 'here' / 'book.txt'}\.$"):
        read_text("text", tmp_path / "data" / "book.txt")
    with pytest.raises(DataError, match=r"or correct the path\.$"):
        read_text("text", tmp_path / "data" / "other.txt")
