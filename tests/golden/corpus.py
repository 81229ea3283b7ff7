"""Small files for golden runs: the same on every machine and in every version of Python, for they follow from a few lines."""

from pathlib import Path

import numpy as np

ANIMALS = ("cat", "dog", "owl", "fox", "hen", "bee", "elk", "ape")
VERBS = ("sees", "hears", "likes", "finds", "asks")
NAMES = ("Ann", "Bob", "Eve", "Rome", "Oslo")
SPLITS = {"train": 40, "validation": 12, "test": 9}


class Draw:
    """A linear congruential generator: random enough for sentences, and nobody's library can change it."""

    def __init__(self, seed: int) -> None:
        self.state = seed

    def below(self, bound: int) -> int:
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % bound

    def of(self, words: tuple[str, ...]) -> str:
        return words[self.below(len(words))]

    def unit(self) -> float:
        return self.below(10**6) / 10**6


def write(folder: Path) -> None:
    """Every file, by split: text, words, columns, pairs, labelled texts, features, spoken frames, rolls; a series, a list."""
    for number, (split, rows) in enumerate(SPLITS.items()):
        draw = Draw(number + 1)
        sentences = [_sentence(draw) for _ in range(rows)]
        _lines(folder / f"words.{split}.txt", sentences)
        _lines(folder / f"{split}.src", sentences)
        _lines(folder / f"{split}.tgt", [" ".join(word[::-1] for word in reversed(line.split())) for line in sentences])
        _lines(folder / f"{split}.conll", [_tagged(line) for line in sentences])
        _lines(folder / f"labelled.{split}.txt", [f"{'many' if len(one) > 18 else 'few'}\t{one}" for one in sentences])
        features = np.array([[draw.unit() for _ in range(5)] for _ in range(rows)])
        np.savez(folder / f"{split}.npz", features=features, captions=np.array([[line] for line in sentences]))
        (folder / "rolls" / split).mkdir(parents=True, exist_ok=True)
        for row in range(rows // 2):
            keys = [[draw.below(6) == 0 for _ in range(88)] for _ in range(4 + draw.below(9))]
            np.savez(folder / "rolls" / split / f"{row:02}.npz", roll=np.array(keys))
    _lines(folder / "text.txt", [_sentence(Draw(seed)) for seed in range(100, 190)])
    _lines(folder / "list.txt", sorted({f"{a}{b}{c}" for a in "kmst" for b in "aeiou" for c in ANIMALS}))
    draw = Draw(77)
    _lines(
        folder / "series.csv", ["value", *(f"{50 + step / 9 + 8 * np.sin(step / 2) + draw.unit():.4f}" for step in range(160))]
    )
    for part, rows in (("TRAIN", 45), ("TEST", 9)):
        _lines(folder / f"japanese_vowels/JapaneseVowels_{part}.ts", [_frames(draw, row % 4 + 1) for row in range(rows)])


def _lines(path: Path, lines: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _sentence(draw: Draw) -> str:
    words = [draw.of(NAMES), draw.of(VERBS), "the", draw.of(ANIMALS)]
    return " ".join(words + (["in", draw.of(NAMES)] if draw.below(2) else []))


def _tagged(line: str) -> str:
    kinds = {"Rome": "LOC", "Oslo": "LOC", "Ann": "PER", "Bob": "PER", "Eve": "PER"}
    return "".join(f"{word} {f'B-{kinds[word]}' if word in kinds else 'O'}\n" for word in line.split())


def _frames(draw: Draw, speaker: int) -> str:
    steps = 5 + draw.below(4)
    return ":".join([*(",".join(f"{draw.unit() + speaker / 9:.4f}" for _ in range(steps)) for _ in range(3)), str(speaker)])
