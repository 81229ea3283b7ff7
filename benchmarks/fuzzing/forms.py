"""What the files of a reader look like: a form draws content, writes it, and says what must be read of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

ASCII, ACCENTED, STRANGE = "ASCII", "accented", "strange"
"""Of which letters content is drawn."""


Row = list[str]


Rows = dict[str, list[Row]]  # by split, or `all`


SPLITS = ("train", "validation", "test")


PLAIN = [
    "the",
    "cat",
    "sat",
    "on",
    "a",
    "mat",
    "and",
    "saw",
    "one",
    "red",
    "bird",
    "near",
    "their",
    "old",
    "house",
    "while",
    "rain",
    "fell",
    "over",
    "green",
    "hills",
    "Zoë",
    "naïve",
    "café",
]


AWKWARD = [
    *(
        "\u00a0non\u00a0breaking",
        "zero\u200bwidth",
        "e\u0301",
        "\u202eright",
        "👩\u200d👩\u200d👧",
        "ﬁ",
        "\uff11\uff12",
        "İ",
        "ß",
        "\ufeffmark",
    ),
    *(
        "'quoted",
        '"quoted"',
        '"',
        "''",
        "``",
        "a,b",
        "a;b",
        "#hash",
        "@at",
        "-DOCSTART-",
        "</s>",
        "<unk>",
        "unk",
        "{brace}",
        "\\",
    ),
    *(
        "\u017f",
        "\x1c",
        "\x85",
        "\u2028",
        "\u2029",
        "\x0b",
        "\x0c",
        "\x00",
        "NaN",
        "null",
        "1e5",
        "-0",
        "x" * 300,
        "。",
        "कि",
        "ปี",
        "½",
        "\ud7ff",
    ),
]


@dataclass
class Files:
    """What is laid down: `texts` and `blobs` by file name; `keys` of the data set's node that point at them."""

    texts: dict[str, str]
    keys: dict[str, Any]
    blobs: dict[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Format:
    """How a reader's files are drawn, written, and what must be read of them.

    `verbatim`: white space and empty lines are content. `values`: the first column of a row that is a number, None where there
    is none.
    `truth(rows)` is what `view(data)` must be.
    """

    name: str
    draw: Callable[[Random, str], Rows]
    write: Callable[["Reader", Rows], Files]
    truth: Callable[[Rows], Any]
    view: Callable[[Any], Any]
    verbatim: bool = False
    values: int | None = None
    heading: bool = False
    ordered: bool = False
    """Rows have an order in time."""
    arrays: bool = False
    """Rows are written as arrays of numbers."""
    quoted: bool = False


@dataclass(frozen=True, eq=False)
class Reader:
    """A data set and a task that reads it, with the nodes of both."""

    data: str
    task: str
    node: dict[str, Any]
    task_node: dict[str, Any]
    format: Format

    def __str__(self) -> str:
        return f"{self.data} ({self.format.name}) for {self.task}"

    def named(self, splits: Sequence[str], suffix: str) -> tuple[dict[str, str], dict[str, Any]]:
        """The file of each split, and the keys that name them: those that its yaml names, or some where the user names them."""
        places = self.node.get("places")
        if places and places["files"]:
            return dict(places["files"]), {"places.kind": "files"}
        if "path" in self.node:
            return {"all": f"all{suffix}"}, {"path": f"all{suffix}"}
        files = {split: f"{split}{suffix}" for split in splits}
        return files, dict(files)


def words(rng: Random, style: str, most: int = 9) -> Row:
    plain = [word for word in PLAIN if word.isascii()] if style == ASCII else PLAIN
    return [rng.choice(AWKWARD if style == STRANGE and rng.random() < 0.2 else plain) for _ in range(rng.randint(2, most))]


def sentence(rng: Random, style: str) -> str:
    return " ".join(words(rng, style))


def by_split(row: Callable[[], Row], count: int = 24) -> Rows:
    return {split: [row() for _ in range(count)] for split in SPLITS}


def distinct(rng: Random, count: int) -> list[str]:
    """Made-up words."""
    chosen: dict[str, None] = {}
    while len(chosen) < count:
        chosen["".join(rng.choice("abcdefghijklmnoprstuvwz") for _ in range(rng.randint(3, 9)))] = None
    return list(chosen)


def line(text: str) -> str:
    """Without what ends a line in these files."""
    return text.replace("\n", " ").replace("\r", " ")
