"""The language reference's topics that `help()` shows: as a text (`data=pydocs`) and as lines of words (`data=pydoc_words`).

They need no file or network, and differ between Python versions. Topics repeat each other's paragraphs, `compound` all those
of `if` say: a paragraph is kept once, so none of them is in two splits.

A line of words is a paragraph; the lines drawn under headings are left out. Words are runs of letters, digits and `_`, also
around an apostrophe; a run of one other sign is a word of its own (`**`, `==`).
"""

import platform
import re

SPLITS = ("test", "validation", "train")
UNDERLINE = re.compile(r"^([=*~^-])\1+$", re.MULTILINE)
WORD = re.compile(r"\w+(?:'\w+)*|([^\w\s])\1*")


def text() -> tuple[dict[str, str], str]:
    """About 370,000 characters of English, the topics by name, to be split by position; and what they were taken from."""
    from pydoc_data.topics import topics

    joined = "\n".join(topics[name].strip("\n") + "\n" for name in sorted(topics))
    return {"all": "\n\n".join(dict.fromkeys(joined.split("\n\n")))}, _origin()


def paragraphs() -> tuple[dict[str, str], str]:
    """The splits, and what they were taken from. Of the topics by name every tenth tests, and every tenth validates.

    What stands in several is kept in the test split rather than in validation, there rather than in training.
    """
    from pydoc_data.topics import topics

    earlier: set[str] = set()
    texts = {}
    for split in SPLITS:
        lines = [line for index, name in enumerate(sorted(topics)) if split_of(index) == split for line in _lines(topics[name])]
        texts[split] = "".join(f"{line}\n" for line in dict.fromkeys(lines) if line not in earlier)
        earlier.update(lines)
    return {split: texts[split] for split in reversed(SPLITS)}, _origin()


def split_of(index: int) -> str:
    return {0: "test", 5: "validation"}.get(index % 10, "train")


def _origin() -> str:
    return f"pydoc_data.topics of Python {platform.python_version()}"


def _lines(text: str) -> list[str]:
    """Its paragraphs, words with spaces between them."""
    joined = (
        " ".join(match.group() for match in WORD.finditer(part)) for part in re.split(r"\n\s*\n", UNDERLINE.sub("", text))
    )
    return [line for line in joined if line]
