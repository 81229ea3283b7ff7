"""The two toolkits of `tagging.py`, told to train one and the same tagger: ours, and Flair 0.15.1.

The tagger: words of frequency 2 or more in an embedding of 100 from random numbers, characters in 50 features, BiLSTM 2x100,
a conditional random field over IOB2 tags, dropout 0.5 (a mask a sentence) before and after the BiLSTM, word dropout 0.05,
AdamW without weight decay, the rate falling linearly to zero, float32, one thread.
"""

import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from contest import ENDLESS, Budget
from tagged_text import Tagged

EMBEDDING, HIDDEN, DROPOUT, WORD_DROPOUT, MIN_FREQUENCY = 100, 100, 0.5, 0.05, 2
CHARACTER_EMBEDDING, CHARACTER_SIZE, CHARACTER_WIDTH = 30, 50, 3
LR, WARMUP = 0.003, 100  # steps


@dataclass(frozen=True)
class Weights:
    """A trained tagger: what `timed_decoding.py` needs to load it, and the best validation F1 by the toolkit's own count."""

    model: dict[str, str]
    f1: float


class Bench:
    """Ours, by its command line; characters by convolution. `overrides` are added at the end."""

    name, kind, python = "ours", "bench_tagger", sys.executable
    progress = re.compile(r"  step (\d+)/")

    def __init__(self, data: Path, text: Tagged, batch_size: int, overrides: Sequence[str]) -> None:
        self.data, self.batch_size, self.overrides = data, batch_size, overrides
        self.sentences_per_step = text.sentences / text.epoch(batch_size)

    def train(self, room: Path, *, budget: Budget | None, seed: int) -> list[str]:
        settings = {
            "task": "name_tagging",
            "data": "conll2003",
            "data.text.min_frequency": MIN_FREQUENCY,
            "data.train_scheme": "IOB2",
            "cell": "lstm",
            "stack.depth": 1,
            "stack.hidden_size": HIDDEN,
            "stack.direction": "bidirectional",
            "stack.dropout_mask": "sequence",
            "net.embedding_size": EMBEDDING,
            "net.characters.kind": "cnn",
            "net.characters.embedding_size": CHARACTER_EMBEDDING,
            "net.characters.size": CHARACTER_SIZE,
            "net.characters.width": CHARACTER_WIDTH,
            "net.crf": "true",
            "net.word_dropout": WORD_DROPOUT,
            "net.input_dropout": DROPOUT,
            "net.output_dropout": DROPOUT,
            "optimiser.name": "adamw",
            "optimiser.lr": LR,
            "optimiser.weight_decay": 0.0,
            "optimiser.schedule": "linear" if budget else "constant",
            "optimiser.warmup_steps": WARMUP if budget else 0,
            "trainer.batch_size": self.batch_size,
            "trainer.epochs": ENDLESS,
            "trainer.max_steps": budget.steps if budget else ENDLESS,
            "trainer.validate_every_steps": budget.check if budget else ENDLESS,
            "trainer.accelerator": "cpu",
            "trainer.threads": 1,
            "seed": seed,
            "track": "none",
            "speed.rounds": 0,
            "paths.data": self.data,
            "paths.results": room / "results",
            "paths.cache": room / "cache",
        }
        return [self.python, "-m", "bench", *(f"{key}={value}" for key, value in settings.items()), *self.overrides]

    def candidates(self, room: Path, lines: Sequence[str]) -> list[Weights]:
        record = json.loads(next((room / "results").glob("*/records/*.json")).read_text())
        folder = room / "cache" / "checkpoints" / record["train_id"]
        return [Weights({"checkpoint": str(folder)}, record["metrics"]["validation"]["entity_f1"]["value"])]


class Flair:
    """`characters`: lstm, Flair's own features of characters, 25 units in each direction; none, words alone."""

    kind = "flair"
    progress = re.compile(r"  step (\d+)/")

    def __init__(self, text: Tagged, batch_size: int, python: str, *, characters: str) -> None:
        self.name = "flair" if characters == "lstm" else "flair words"
        self.python, self.text, self.batch_size = python, text, batch_size
        self.characters = {"embedding": CHARACTER_EMBEDDING, "hidden": CHARACTER_SIZE // 2} if characters == "lstm" else None
        self.sentences_per_step = text.sentences / text.epoch(batch_size)

    def train(self, room: Path, *, budget: Budget | None, seed: int) -> list[str]:
        request = {
            "train": str(self.text.columns("train")),
            "validation": str(self.text.columns("validation")),
            "model": str(room / "best.pt"),
            "sentences": self.text.sentences,
            "steps": budget.steps if budget else None,
            "check": budget.check if budget else None,
            "epochs": ENDLESS,
            "batch_size": self.batch_size,
            "lr": LR,
            "warmup": WARMUP,
            "min_frequency": MIN_FREQUENCY,
            "embedding": EMBEDDING,
            "characters": self.characters,
            "hidden": HIDDEN,
            "dropout": DROPOUT,
            "word_dropout": WORD_DROPOUT,
            "seed": seed,
        }
        (room / "request.json").write_text(json.dumps(request, indent=1))
        return [self.python, str(Path(__file__).with_name("flair_training.py")), str(room / "request.json")]

    def candidates(self, room: Path, lines: Sequence[str]) -> list[Weights]:
        f1_scores = [float(match[1]) for line in lines if (match := re.search(r"validation F1 ([\d.]+) after", line))]
        return [Weights({"file": str(room / "best.pt")}, max(f1_scores))]
