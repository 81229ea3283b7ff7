"""Words and punctuation that are written back as they were: a token that stands beside another without a blank says so.

    The cat (it's 3:30pm) sleeps.    ->    The  cat  (_  it's  3:30pm  _)  sleeps  _.        where _ is the mark of joining

(The joiners of OpenNMT's Tokenizer.) A word is a run of letters, digits and the marks that combine with them (`\\p{M}`:
accents of decomposed text, vowels of Indic and Thai scripts), with apostrophes, hyphens, full stops and the like between two
of them, commas and colons between digits; addresses of the web and of mail are words. Of anything else each character is a
token with what combines with it, and a repeated one is one token. Several blanks in a row are one, and those at the ends none.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

JOINER = "\N{HALFWIDTH BLACK SQUARE}"
LETTER = r"[\p{L}\p{M}\p{N}_\u00ad\u200c\u200d]"
WITHIN = r"(?:['\u2018\u2019\u02bc`\u00b4.@&\u00b7\u2010\u2011-]|(?<=\p{N})[,:](?=\p{N}))"
ADDRESS = r"(?:https?://|www\.)[^ ]*[\p{L}\p{N}/]|[\p{L}\p{N}._+-]{1,64}+@[\p{L}\p{N}-]++(?:\.[\p{L}\p{N}-]++)++"
WORD = rf"{ADDRESS}|[\p{{L}}\p{{N}}_]{LETTER}*+(?:{WITHIN}[\p{{L}}\p{{N}}_]{LETTER}*+)*+"


def split(line: str) -> list[str]:
    """The tokens of a line."""
    tokens: list[str] = []
    words: list[bool] = []
    end = -1
    for text, is_word, start in _pieces(line):
        if start == end:  # no blank before it: the one of the two that is no word says so
            if is_word and not words[-1]:
                tokens[-1] += JOINER
            else:
                text = JOINER + text
        tokens.append(text)
        words.append(is_word)
        end = start + len(text.removeprefix(JOINER) if start == end else text)
    return tokens


def join(tokens: Sequence[str]) -> str:
    """The line."""
    parts: list[str] = []
    joined = True
    for token in tokens:
        if not joined and not token.startswith(JOINER):
            parts.append(" ")
        parts.append(token.strip(JOINER))
        joined = token.endswith(JOINER)
    return "".join(parts)


def _pieces(line: str) -> Iterator[tuple[str, bool, int]]:
    """(text, whether it is a word, place in the line)."""
    for match in _pattern().finditer(line):
        yield match.group(), match.lastgroup == "word", match.start()


@cache
def _pattern() -> Any:
    import regex  # type: ignore[import-untyped]

    return regex.compile(rf"(?P<word>{WORD})|(?P<rest>(?! )(\X)\3*+)", regex.VERSION1)
