"""Forms of files of text: running text, words, pairs, pronunciations, tags, labelled lines."""

from collections.abc import Iterator
from random import Random
from typing import Any

import torch
from fuzzing.forms import ACCENTED, SPLITS, Files, Reader, Row, Rows, by_split, distinct, line, sentence, words


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
        (source, reference)
        for raw in data.raw.values()
        for source, ways in zip(raw.sources, raw.references, strict=True)
        for reference in ways
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


def draw_tags(rng: Random, style: str) -> Rows:
    def row() -> Row:
        columns: Row = []
        for word in words(rng, style):
            bare = "".join(word.replace("-DOCSTART-", "doc").split(" ")).replace("\t", "")
            columns += [bare, rng.choice(["O", "O", "B-PER", "B-LOC"])]
        return columns

    return by_split(row)


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


def draw_labelled(rng: Random, style: str) -> Rows:
    return by_split(lambda: [rng.choice(["0", "1"]), line(sentence(rng, style))])


def write_labelled(reader: Reader, rows: Rows) -> Files:
    files, keys = reader.named(SPLITS, ".txt")
    between = reader.node["separator"]
    return Files({file: "".join(between.join(row) + "\n" for row in rows[split]) for split, file in files.items()}, keys)


def truth_labelled(rows: Rows) -> Any:
    return sorted((row[0], " ".join(row[1].split())) for part in rows.values() for row in part)


def view_labelled(data: Any) -> Any:
    def label(split: str, index: int) -> str:
        number = int(data.rows[split].target.padded(np_rows(index))[0])
        name = str(data.classes[number])
        return {"negative": "0", "positive": "1", "DESC": "0", "ENTY": "1"}.get(name, name)

    return sorted((label(split, index), text) for split, texts in data.shown.items() for index, text in enumerate(texts))


def np_rows(index: int) -> Any:

    return torch.tensor([index])
