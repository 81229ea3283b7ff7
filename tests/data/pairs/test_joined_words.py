"""Words that say where no blank stands: every line comes back, whatever its language and its punctuation."""

import unicodedata

import pytest

from bench.data.pairs.joined_words import join, split

LINES = [
    "l\u2019homme dit : \u00ab\u00a0bonjour\u00a0\u00bb \u00abnon\u00bb",
    "don't, don\u2019t, rock'n'roll, the dogs' 'quoted' \"words\"",
    "\u092f\u0939 \u0920\u0940\u0915 \u0939\u0948\u0964 \u0939\u093f\u0928\u094d\u0926\u0940\u0965",  # danda
    "\u0e20\u0e32\u0e29\u0e32\u0e44\u0e17\u0e22 \u0e46 \u0e2f\u0e25\u0e2f",  # Thai marks
    "at 3:30pm, 3,500 for $3.50 (5%) \u2013 or 1:2.",
    "snake_case, a/b\\c, x=y+z; #tag @name",
    "see https://a.example/b_c?d=e&f=1, www.x.org, and me+you@mail.example!",
    "...!? -- e.g. U.S. \u2026 \u00bfqu\u00e9? \u3002",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467 \u2600\ufe0f! 1\ufe0f\u20e3",
    "tab\tnarrow\u202fno-break\u00a0",
    "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    "\u732b\u4eca\u5929\u770b\u89c1\u9c7c\u3002",
]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("line", [*LINES, "T\u00f4i kh\u00f4ng bi\u1ebft ti\u1ebfng Vi\u1ec7t, caf\u00e9."])
def test_a_line_is_written_back_as_it_was(line, form):
    line = unicodedata.normalize(form, line)
    assert join(split(line)) == line


@pytest.mark.parametrize(
    ("line", "tokens"),
    [
        ("The cat (it's 3:30pm) sleeps.", "The cat (= it's 3:30pm =) sleeps =."),
        ("l\u2019homme", "l\u2019homme"),
        ("\u00abbonjour\u00bb", "\u00ab= bonjour =\u00bb"),
        ("snake_case, 3,500", "snake_case =, 3,500"),
        ("chats,chiens", "chats =,= chiens"),
        ("Wait...what", "Wait =...= what"),
    ],
)
def test_words_and_their_punctuation_are_apart(line, tokens):
    assert [token.replace("\N{HALFWIDTH BLACK SQUARE}", "=") for token in split(line)] == tokens.split()


def test_a_combining_mark_stays_with_its_letter():
    for line in (unicodedata.normalize("NFD", "caf\u00e9 \u1ec7"), "\u0939\u093f\u0928\u094d\u0926\u0940"):
        assert split(line) == line.split()


def test_a_letter_with_and_without_a_blank_before_it_are_told_apart():
    assert split("a ( b )") != split("a (b)")
    assert join(split("a ( b )")) == "a ( b )" and join(split("a (b)")) == "a (b)"


def test_several_blanks_are_one():
    assert join(split("  a   b ")) == "a b"


def test_a_drawn_sequence_of_tokens_is_always_a_line():
    tokens = split("(a) 'b'.")
    assert join(tokens[::-1]) == join(tokens[::-1]).strip() and join([]) == ""
