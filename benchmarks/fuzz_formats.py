"""Clean files for every data set of conf/ that a user can point at files, drawn at random, for `fuzz.py` to spoil.

Which data sets there are comes from conf/data/, which task reads one from the tasks' own annotations; what a file of theirs
looks like is here, by the `_target_` that reads it. Content is drawn first, then written: `truth` is what a reader must have
read of it, told without the suite's readers.
"""

import io
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any, get_type_hints

import numpy as np
import yaml

from bench.build import class_of
from bench.config.schema import folder

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
    known = [word for word in PLAIN if word.isascii()] if style == ASCII else PLAIN
    return [rng.choice(AWKWARD if style == STRANGE and rng.random() < 0.2 else known) for _ in range(rng.randint(2, most))]


def sentence(rng: Random, style: str) -> str:
    return " ".join(words(rng, style))


def by_split(row: Callable[[], Row], count: int = 24) -> Rows:
    return {split: [row() for _ in range(count)] for split in SPLITS}


def distinct(rng: Random, count: int) -> list[str]:
    """Made-up words."""
    found: dict[str, None] = {}
    while len(found) < count:
        found["".join(rng.choice("abcdefghijklmnoprstuvwz") for _ in range(rng.randint(3, 9)))] = None
    return list(found)


def line(text: str) -> str:
    """Without what ends a line in these files."""
    return text.replace("\n", " ").replace("\r", " ")


# text by characters and by words


def draw_lines(rng: Random, style: str) -> Rows:
    return by_split(lambda: [sentence(rng, style)], 60)


def write_lines(reader: Reader, rows: Rows) -> Files:
    files, keys = reader.named(SPLITS, ".txt")
    content = {split: "".join(f"{row[0]}\n" for row in part) for split, part in rows.items()}
    if reader.node.get("format") == "spaced_characters":
        content = {
            split: "".join(f"{' '.join(text.replace(' ', '_'))}\n" for text in part.splitlines())
            for split, part in content.items()
        }
    if "all" in files:
        return Files({files["all"]: "".join(content[split] for split in SPLITS)}, keys)
    return Files({file: content[split] for split, file in files.items()}, keys)


def view_text(data: Any) -> Any:
    return "".join(data.vocabulary.decode(data.ids[split].tolist()) for split in SPLITS if split in data.ids)


def view_words(data: Any) -> Any:
    return [data.vocabulary.decode(data.ids[split].tolist()) for split in SPLITS]


def truth_words(rows: Rows) -> Any:
    return ["".join(f"{' '.join(row[0].split())}\n" for row in rows[split]) for split in SPLITS]


# lists of words, pronunciations, pairs


def draw_words(rng: Random, style: str) -> Rows:
    return {"all": [[word] for word in distinct(rng, 220)]}


def write_words(reader: Reader, rows: Rows) -> Files:
    files, keys = reader.named(["all"], ".txt")
    return Files({files["all"]: "".join(" ".join(row) + "\n" for row in rows["all"])}, keys)


def draw_pronunciations(rng: Random, style: str) -> Rows:
    sounds = ["AA", "B", "K", "D", "EH", "F", "G", "IY0", "UW1", "Z"]
    return {"all": [[word, *rng.choices(sounds, k=rng.randint(1, 6))] for word in distinct(rng, 220)]}


def truth_pronunciations(rows: Rows) -> Any:
    return sorted((row[0], " ".join(sound.rstrip("012") for sound in row[1:])) for row in rows["all"])


def view_pairs(data: Any) -> Any:
    return sorted(
        (source, way)
        for raw in data.raw.values()
        for source, ways in zip(raw.sources, raw.references, strict=True)
        for way in ways
    )


def draw_tatoeba(rng: Random, style: str) -> Rows:
    return {
        "all": [
            [f"{word} {line(sentence(rng, style))}", f"{sentence(rng, ACCENTED)} {word[::-1]}q"] for word in distinct(rng, 220)
        ]
    }


def write_tatoeba(reader: Reader, rows: Rows) -> Files:
    files, keys = reader.named(["all"], ".zip")
    content = "".join("\t".join(row) + "\n" for row in rows["all"])
    return Files({f"{files['all']}/fra.txt": content}, keys)


def draw_pairs(rng: Random, style: str) -> Rows:
    return by_split(lambda: [line(sentence(rng, style)), line(sentence(rng, style))])


def write_pairs(reader: Reader, rows: Rows) -> Files:
    files, keys = reader.named(SPLITS, "")
    texts = {
        f"{file}.{language}": "".join(f"{row[side]}\n" for row in rows[split])
        for split, file in files.items()
        for side, language in enumerate(("de", "en"))
    }
    return Files(texts, {**keys, "source": "de", "target": "en"})


def truth_pairs(rows: Rows) -> Any:
    return sorted((row[0], row[1]) for part in rows.values() for row in part)


# tags: a row is word, tag, word, tag ...


def draw_tags(rng: Random, style: str) -> Rows:
    def row() -> Row:
        made: Row = []
        for word in words(rng, style):
            bare = "".join(word.replace("-DOCSTART-", "doc").split(" ")).replace("\t", "")
            made += [bare, rng.choice(["O", "O", "B-PER", "B-LOC"])]
        return made

    return by_split(row)


def draw_parts(rng: Random, style: str) -> Rows:
    return {
        split: [
            [cell if place % 2 == 0 else {"O": "NOUN"}.get(cell, cell[2:]) for place, cell in enumerate(row)] for row in part
        ]
        for split, part in draw_tags(rng, style).items()
    }


def write_tags(reader: Reader, rows: Rows) -> Files:
    files, keys = reader.named(SPLITS, ".txt")
    between = reader.node["columns"]["separator"] or " "

    def lines(row: Row) -> Iterator[str]:
        for number, (word, tag) in enumerate(zip(row[::2], row[1::2], strict=True), 1):
            numbered = reader.data == "conllu"
            yield "\t".join([str(number), word, "_", tag, *"______"]) if numbered else f"{word}{between}{tag}"

    texts = {
        file: "".join("".join(f"{text}\n" for text in lines(row)) + "\n" for row in rows[split])
        for split, file in files.items()
    }
    return Files(texts, keys)


def truth_tags(rows: Rows) -> Any:
    return [[(tuple(row[::2]), tuple(row[1::2])) for row in rows[split]] for split in SPLITS]


def view_tags(data: Any) -> Any:
    return [[tuple(row) for row in data.raw[split]] for split in SPLITS]


# labelled texts


def draw_labelled(rng: Random, style: str) -> Rows:
    return by_split(lambda: [rng.choice(["0", "1"]), line(sentence(rng, style))])


def write_labelled(reader: Reader, rows: Rows) -> Files:
    files, keys = reader.named(SPLITS, ".txt")
    between = reader.node["separator"]
    return Files({file: "".join(between.join(row) + "\n" for row in rows[split]) for split, file in files.items()}, keys)


def truth_labelled(rows: Rows) -> Any:
    return sorted((row[0], " ".join(row[1].split())) for part in rows.values() for row in part)


def view_labelled(data: Any) -> Any:
    def label(split: str, place: int) -> str:
        number = int(data.rows[split].target.padded(np_rows(place))[0])
        return {"negative": "0", "positive": "1", "DESC": "0", "ENTY": "1"}.get(data.classes[number], data.classes[number])

    return sorted((label(split, place), text) for split, texts in data.shown.items() for place, text in enumerate(texts))


def np_rows(place: int) -> Any:
    import torch

    return torch.tensor([place])


# series


def draw_series(rng: Random, style: str) -> Rows:
    start, level, rows = date(2001, 2, 3), 50.0, []
    for step in range(240):
        level = max(level + rng.uniform(-2, 2.1), 5.0)
        others = [f"{level + rng.uniform(1, 3):.{rng.randint(1, 4)}f}" for _ in range(7)]
        rows.append([str(start + timedelta(days=step)), f"{level:.3f}", *others])
    return {"all": rows}


def write_series(reader: Reader, rows: Rows) -> Files:
    files, keys = reader.named(["all"], ".csv")
    table = reader.node["table"]
    columns = table["columns"] or ["value"]
    lines = [["date", *columns]] if table["header"] else []
    lines += [row[: 1 + len(columns)] if table["header"] else row[1:9] for row in rows["all"]]
    content = "".join(table["separator"].join(row) + "\n" for row in lines)
    return Files({files["all"]: content}, {**keys, "split": {"train": 0.6, "validation": 0.2, "test": 0.2}, "season": 1})


def truth_series(rows: Rows) -> Any:
    return [float(row[1]) for row in rows["all"]]


def view_series(data: Any) -> Any:
    """Of the first column."""
    return data.values_TC[:, 0].tolist()


# captions


def draw_captions(rng: Random, style: str) -> Rows:
    return by_split(lambda: [line(sentence(rng, style)), *(f"{rng.gauss(0, 3):.4f}" for _ in range(3))])


def cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if set(text) & set(',"\n\r') else text


def write_csv(reader: Reader, rows: Rows) -> Files:
    files, keys = reader.named(SPLITS, ".csv")
    lines = {split: [["caption", "a", "b", "c"], *part] for split, part in rows.items()}
    return Files(
        {file: "".join(",".join(map(cell, row)) + "\n" for row in lines[split]) for split, file in files.items()}, keys
    )


def write_npz(reader: Reader, rows: Rows) -> Files:
    files, keys = reader.named(SPLITS, ".npz")
    blobs = {}
    for split, file in files.items():
        features = np.array([[float(value) for value in row[1:]] for row in rows[split]])
        blobs[file] = npz(features=features, captions=np.array([row[0].replace("\x00", "") for row in rows[split]]))
    return Files({}, keys, blobs)


def npz(**arrays: Any) -> bytes:
    content = io.BytesIO()
    np.savez(content, **arrays)
    return content.getvalue()


def truth_captions(rows: Rows) -> Any:
    return sorted(row[0].replace("\x00", "") for part in rows.values() for row in part)


def view_captions(data: Any) -> Any:
    return sorted(text.replace("\x00", "") for rows in data.references.values() for texts in rows for text in texts)


# recordings, and sequences of frames


def draw_recordings(rng: Random, style: str) -> Rows:
    return {
        split: [
            [f"{split}{place}.wav", rng.choice(["one", "two"]) if place > 1 else ["one", "two"][place]] for place in range(4)
        ]
        for split in SPLITS
    }


def write_recordings(reader: Reader, rows: Rows) -> Files:
    files, keys = reader.named(SPLITS, ".tsv")
    texts = {file: "".join("\t".join(row) + "\n" for row in rows[split]) for split, file in files.items()}
    names = {row[0] for part in rows.values() for row in part if row and row[0].endswith(".wav")}
    return Files(
        texts, keys, {name: wav(np.random.default_rng(sum(name.encode())).integers(-9000, 9000, 1600)) for name in names}
    )


def wav(samples: Any, *, form: str = "<i2", channels: int = 1, rate: int = 8000) -> bytes:
    kind = np.dtype(form)
    data = np.asarray(samples).astype(kind).tobytes()
    width = kind.itemsize * channels
    head = struct.pack("<HHIIHH", 3 if kind.kind == "f" else 1, channels, rate, rate * width % 2**32, width, 8 * kind.itemsize)
    return (
        b"RIFF"
        + struct.pack("<I", 36 + len(data))
        + b"WAVEfmt "
        + struct.pack("<I", 16)
        + head
        + b"data"
        + struct.pack("<I", len(data))
        + data
    )


def view_labels(data: Any) -> Any:
    return sorted(label for labels in data.labels.values() for label in labels)


def truth_labels(rows: Rows) -> Any:
    return sorted(row[1] for part in rows.values() for row in part)


def draw_frames(rng: Random, style: str) -> Rows:
    def row(place: int) -> Row:
        steps = rng.randint(2, 5)
        return [*(",".join(f"{rng.gauss(0, 1):.4f}" for _ in range(steps)) for _ in range(3)), str(1 + place % 2)]

    return {split: [row(place) for place in range(16)] for split in ("train", "test")}


def write_frames(reader: Reader, rows: Rows) -> Files:
    files, keys = reader.named(["train", "test"], ".ts")
    head = "@problemName Own\n@classLabel true 1 2\n@data\n"
    return Files({file: head + "".join(":".join(row) + "\n" for row in rows[split]) for split, file in files.items()}, keys)


def truth_frames(rows: Rows) -> Any:
    return sorted(row[-1] for part in rows.values() for row in part)


LINES = Format(
    "text",
    draw_lines,
    write_lines,
    lambda rows: "".join(f"{row[0]}\n" for split in SPLITS for row in rows[split]),
    view_text,
    verbatim=True,
)
WORDS = Format("words", draw_lines, write_lines, truth_words, view_words, verbatim=True)
PAIRS = Format("pairs", draw_pairs, write_pairs, truth_pairs, view_pairs, verbatim=True)
FRAMES = Format("ts", draw_frames, write_frames, truth_frames, view_labels, arrays=True)
WORD_LIST = Format(
    "word list",
    draw_words,
    write_words,
    lambda rows: sorted(row[0] for row in rows["all"]),
    lambda data: sorted(word for part in data.words.values() for word in part),
)
TURNS = Format("ts", draw_frames, write_frames, lambda rows: None, lambda data: None, arrays=True)  # rows drawn from rows
FORMATS = {
    "bench.data.text.text.TextData": [LINES],
    "bench.data.text.words.WordData": [WORDS],
    "bench.data.text.words.files": [WORDS],
    "bench.data.text.word_list.from_file": [WORD_LIST],
    "bench.data.pairs.pronunciation.spelling_to_phonemes": [
        Format("pronunciations", draw_pronunciations, write_words, truth_pronunciations, view_pairs)
    ],
    "bench.data.pairs.tatoeba.sentence_pairs": [
        Format(
            "tatoeba",
            draw_tatoeba,
            write_tatoeba,
            lambda rows: sorted((row[0], row[1]) for row in rows["all"]),
            view_pairs,
            verbatim=True,
        )
    ],
    "bench.data.pairs.parallel.multilingual": [PAIRS],
    "bench.data.pairs.parallel.parallel": [PAIRS],
    "bench.data.tags.conll.tagged": [Format("tags", draw_tags, write_tags, truth_tags, view_tags)],
    "bench.data.tags.conll.columns": [Format("tags", draw_tags, write_tags, truth_tags, view_tags)],
    "bench.data.classes.labelled_text.LabelledText": [
        Format("labelled", draw_labelled, write_labelled, truth_labelled, view_labelled)
    ],
    "bench.data.classes.labelled_text.files": [
        Format("labelled", draw_labelled, write_labelled, truth_labelled, view_labelled)
    ],
    "bench.data.series.series.SeriesData": [
        Format(
            "series", draw_series, write_series, truth_series, view_series, values=1, heading=True, ordered=True, quoted=True
        )
    ],
    "bench.data.vectors.feature_files.feature_files": [
        Format("csv", draw_captions, write_csv, truth_captions, view_captions, values=1, heading=True, quoted=True),
        Format("npz", draw_captions, write_npz, truth_captions, view_captions, values=1, arrays=True),
    ],
    "bench.data.frames.recordings.recordings": [
        Format("recordings", draw_recordings, write_recordings, truth_labels, view_labels)
    ],
    "bench.data.frames.japanese_vowels.frames": [FRAMES],
    "bench.data.frames.speaker_turns.speaker_turns": [TURNS],
}
"""By the target that reads them."""


def readers() -> list[Reader]:
    """Every data set that reads files of a user's, in every form that its reader takes, with every task that reads it.

    Raises KeyError for a reader whose files nobody described here.
    """
    found = []
    for file in sorted((folder() / "data").glob("*.yaml")):
        node = _node(file)
        places = node.get("places") or {}
        by_path = "path" in node and places.get("kind", "files") == "files"
        if not (places.get("files") or by_path or ("validation" in node and node["validation"] is None)):
            continue
        for task, task_node in _tasks():
            wanted = get_type_hints(class_of(task_node["_target_"], key="task").__init__).get("data")
            if isinstance(wanted, type) and issubclass(class_of(node["_target_"], key="data"), wanted):
                found += [Reader(file.stem, task, node, task_node, form) for form in FORMATS[node["_target_"]]]
    return found


def _node(file: Any) -> dict[str, Any]:
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    base = {}
    for name in content.pop("defaults", []):
        base |= _node(file.with_name(f"{name}.yaml"))
    return {**base, **content}


def _tasks() -> Iterator[tuple[str, dict[str, Any]]]:
    for file in sorted((folder() / "task").glob("*.yaml")):
        yield file.stem, yaml.safe_load(file.read_text(encoding="utf-8"))["task"]


def whole_text(reader: Reader, rows: Rows) -> str:
    """The one file that its rows are written to."""
    (text,) = reader.format.write(reader, rows).texts.values()
    return text
