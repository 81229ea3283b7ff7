"""The language reference's topics that `help()` shows, as lines of words: `data=pydoc_words`, which needs no file or network.

A line is a paragraph; the lines drawn under headings are left out. Words are runs of letters, digits and `_`, also around an
apostrophe; a run of one other sign is a word of its own (`**`, `==`). Topics repeat each other's paragraphs, `compound` all
those of `if` say: a paragraph is kept once, and in the test split rather than in validation, there rather than in training, so
none of them is in two splits.
"""

import platform
import re

SPLITS = ("test", "validation", "train")
UNDERLINE = re.compile(r"^([=*~^-])\1+$", re.MULTILINE)
WORD = re.compile(r"\w+(?:'\w+)*|([^\w\s])\1*")


def paragraphs() -> tuple[dict[str, str], str]:
    """The splits, and what they were taken from. Of the topics by name every tenth tests, and every tenth validates."""
    from pydoc_data.topics import topics

    seen: set[str] = set()
    texts = {}
    for split in SPLITS:
        lines = [line for place, name in enumerate(sorted(topics)) if split_of(place) == split for line in _lines(topics[name])]
        texts[split] = "".join(f"{line}\n" for line in dict.fromkeys(lines) if line not in seen)
        seen.update(lines)
    return {split: texts[split] for split in reversed(SPLITS)}, f"pydoc_data.topics of Python {platform.python_version()}"


def split_of(place: int) -> str:
    return {0: "test", 5: "validation"}.get(place % 10, "train")


def _lines(text: str) -> list[str]:
    """Its paragraphs, words with spaces between them."""
    found = (" ".join(match.group() for match in WORD.finditer(part)) for part in re.split(r"\n\s*\n", UNDERLINE.sub("", text)))
    return [line for line in found if line]
