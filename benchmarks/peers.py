"""The three toolkits of `translation.py`, told to train one and the same model: ours, `eole` 0.6.4 and `joeynmt` 2.3.0.

The model: words of frequency 2 or more, embeddings 256, GRU encoder 2x128, GRU decoder 256, additive attention with input
feeding, dropout 0.2, batches of 64 sentences, Adam, gradient norm at most 1, float32, one thread. A toolkit here knows how
it is configured and started, which lines of its output tell its progress, and where its weights lie afterwards. What a peer
spends on statistics that no one reads (eole's attention entropy) and on loader processes is switched off.
"""

import json
import math
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contest import ENDLESS, FOREVER, Budget
from parallel_text import Text

EMBEDDING, ENCODER, DECODER, DROPOUT = 256, 128, 256, 0.2
BATCH, LR, LR_FALLS_TO, CLIP = 64, 0.002, 1 / 16, 1.0


@dataclass(frozen=True)
class Weights:
    """A trained model: what `timed_decoding.py` needs to load it, and its validation perplexity a token, END included."""

    model: dict[str, str]
    perplexity: float


def epoch_of(text: Text) -> int:
    """Steps that read the training split once, the last of them with what is left."""
    steps: int = -(-text.pairs // BATCH)
    return steps


class Bench:
    """Ours, by its command line. `precision` is float32 or bf16; `overrides` are added at the end."""

    kind = "bench"
    progress = re.compile(r"  step (\d+)/")

    def __init__(self, text: Text, precision: str, overrides: Sequence[str]) -> None:
        self.name = "ours" if precision == "float32" else f"ours {precision}"
        self.python, self.text, self.precision, self.overrides = sys.executable, text, precision, overrides
        self.sentences_per_step = text.pairs / epoch_of(text)

    def train(self, room: Path, *, budget: Budget | None, seed: int) -> list[str]:
        data = [f"data.{split}={self.text.folder / split}" for split in ("train", "validation", "test")]
        settings = {
            "task": "translation",
            "data": "parallel",
            "data.source": "de",
            "data.target": "en",
            "data.text.level": "symbols",
            "data.text.lowercase": "true",
            "data.text.min_frequency": 2,
            "decode": "greedy",
            "cell": "gru_reset_after",
            "stack.depth": 1,
            "stack.hidden_size": ENCODER,
            "stack.direction": "bidirectional",
            "stack.dropout": DROPOUT,
            "net.embedding_size": EMBEDDING,
            "net.decoder.hidden_size": DECODER,
            "net.attention": "additive",
            "net.input_feeding": "true",
            "net.input_dropout": DROPOUT,
            "net.output_dropout": DROPOUT,
            "optimiser.name": "adam",
            "optimiser.lr": LR,
            "optimiser.clip": CLIP,
            "optimiser.schedule": "linear" if budget else "constant",
            "trainer.batch_size": BATCH,
            "trainer.epochs": ENDLESS,
            "trainer.max_steps": budget.steps if budget else ENDLESS,
            "trainer.validate_every_steps": budget.check if budget else ENDLESS,
            "trainer.precision": self.precision,
            "trainer.accelerator": "cpu",
            "trainer.threads": 1,
            "seed": seed,
            "track": "none",
            "speed.rounds": 0,
            "paths.results": room / "results",
            "paths.cache": room / "cache",
        }
        return [self.python, "-m", "bench", *(f"{key}={value}" for key, value in settings.items()), *data, *self.overrides]

    def candidates(self, room: Path, lines: Sequence[str]) -> list[Weights]:
        record = json.loads(next((room / "results").glob("*/records/*.json")).read_text())
        folder = room / "cache" / "checkpoints" / record["train_id"]
        return [Weights({"checkpoint": str(folder)}, record["metrics"]["validation"]["perplexity"]["value"])]


class Eole:
    """eole reads a corpus again and again, so that every batch is full. Its learning rate is halved four times."""

    name = kind = "eole"
    progress = re.compile(r"Step (\d+)/")
    sentences_per_step = float(BATCH)
    HALVINGS = round(math.log2(1 / LR_FALLS_TO))

    def __init__(self, text: Text, python: str) -> None:
        self.text, self.python = text, python

    def train(self, room: Path, *, budget: Budget | None, seed: int) -> list[str]:
        data = {
            name: {"path_src": self.text.path(split, "de"), "path_tgt": self.text.path(split, "en")}
            for name, split in (("corpus", "train"), ("valid", "validation"))
        }
        config = {
            "seed": seed,
            "share_vocab": False,
            "src_vocab": self.text.path("words", "de"),
            "tgt_vocab": self.text.path("words", "en"),
            "overwrite": True,
            "report_every": 10,
            "data": data,
            "transforms": [],
            "model": self._model(),
            "training": self._training(room, budget or FOREVER),
        }
        (room / "eole.yaml").write_text(json.dumps(config, indent=1))
        return [self.python, "-c", "from eole.bin.main import main; main()", "train", "-c", str(room / "eole.yaml")]

    @staticmethod
    def _model() -> dict[str, Any]:
        size = {"rnn_type": "GRU", "layers": 1, "hidden_size": DECODER}
        return {
            "architecture": "rnn",
            "rnn_type": "GRU",
            "input_feed": 1,
            "embeddings": {"word_vec_size": EMBEDDING},
            "encoder": {"encoder_type": "brnn", **size},
            "decoder": {"decoder_type": "rnn", "global_attention": "mlp", **size},
        }

    def _training(self, room: Path, budget: Budget) -> dict[str, Any]:
        decay = max(budget.steps // (2 * self.HALVINGS), 1)
        return {
            "world_size": 1,
            "gpu_ranks": [],
            "num_workers": 0,
            "model_path": str(room / "model"),
            "batch_type": "sents",
            "batch_size": BATCH,
            "valid_batch_size": BATCH,
            "normalization": "tokens",
            "train_steps": budget.steps,
            "valid_steps": budget.check,
            "save_checkpoint_steps": budget.check,
            "optim": "adam",
            "learning_rate": LR,
            "learning_rate_decay": 0.5,
            "start_decay_steps": decay * self.HALVINGS,
            "decay_steps": decay,
            "max_grad_norm": CLIP,
            "dropout": [DROPOUT],
            "log_attention_entropy": False,
        }

    def candidates(self, room: Path, lines: Sequence[str]) -> list[Weights]:
        """The last weights, and those of the validation that was best by perplexity."""
        perplexities: dict[int, float] = {}
        step = 0
        for line in lines:
            if match := self.progress.search(line):
                step = int(match[1])
            elif match := re.search(r"Validation perplexity: ([\d.]+)", line):
                perplexities[step] = float(match[1])
        best = min(perplexities, key=lambda at: perplexities[at])
        return [
            Weights({"model": str(room / "model" / f"step_{at}")}, perplexities[at]) for at in sorted({best, max(perplexities)})
        ]


class Joey:
    """JoeyNMT wants fp16 and activation spelled out, and a schedule other than plateau: here the rate falls every epoch."""

    name, kind = "joeynmt", "joey"
    progress = re.compile(r"Step: +(\d+), Batch Loss")

    def __init__(self, text: Text, python: str) -> None:
        self.text, self.python = text, python
        self.sentences_per_step = text.pairs / epoch_of(text)

    def train(self, room: Path, *, budget: Budget | None, seed: int) -> list[str]:
        budget = budget or FOREVER
        epochs = max(budget.steps / epoch_of(self.text), 1)
        config = {
            "name": "joeynmt",
            "joeynmt_version": "2.3.0",
            "model_dir": str(room / "model"),
            "use_cuda": False,
            "fp16": False,
            "random_seed": seed,
            "data": self._data(),
            "testing": {"beam_size": 1, "batch_size": BATCH, "max_output_length": 100, "eval_metrics": ["bleu"]},
            "training": self._training(budget, LR_FALLS_TO ** (1 / epochs)),
            "model": self._model(),
        }
        (room / "joey.yaml").write_text(json.dumps(config, indent=1))
        return [self.python, "-m", "joeynmt", "train", str(room / "joey.yaml"), "--skip-test"]

    def _data(self) -> dict[str, Any]:
        sides = {
            key: {"lang": language, "level": "word", "lowercase": False, "voc_file": self.text.path("words", language)}
            for key, language in (("src", "de"), ("trg", "en"))
        }
        files = {"train": str(self.text.folder / "train"), "dev": str(self.text.folder / "validation")}
        return {"dataset_type": "plain", **files, **sides}

    def _training(self, budget: Budget, falls: float) -> dict[str, Any]:
        return {
            "optimizer": "adam",
            "learning_rate": LR,
            "learning_rate_min": 0.0001,
            "scheduling": "exponential",
            "decrease_factor": falls,
            "clip_grad_norm": CLIP,
            "batch_size": BATCH,
            "batch_type": "sentence",
            "normalization": "tokens",
            "epochs": ENDLESS,
            "updates": budget.steps,
            "validation_freq": budget.check,
            "logging_freq": 10,
            "early_stopping_metric": "bleu",
            "keep_best_ckpts": 1,
            "shuffle": True,
            "overwrite": True,
        }

    @staticmethod
    def _model() -> dict[str, Any]:
        embeddings = {"embedding_dim": EMBEDDING, "scale": False, "dropout": DROPOUT}
        layer = {"type": "recurrent", "rnn_type": "gru", "num_layers": 1, "embeddings": embeddings, "dropout": DROPOUT}
        attention = {"attention": "bahdanau", "input_feeding": True, "init_hidden": "bridge", "hidden_dropout": DROPOUT}
        return {
            "initializer": "xavier_uniform",
            "embed_initializer": "normal",
            "embed_init_weight": 0.1,
            "bias_initializer": "zeros",
            "encoder": {**layer, "hidden_size": ENCODER, "bidirectional": True, "activation": "tanh"},
            "decoder": {**layer, "hidden_size": DECODER, **attention},
        }

    def candidates(self, room: Path, lines: Sequence[str]) -> list[Weights]:
        """The weights of the validation that was best by greedy BLEU, and the last ones."""
        rows = [line.split("\t") for line in (room / "model" / "validations.txt").read_text().splitlines()]
        values = [dict(cell.split(": ") for cell in row if ": " in cell) for row in rows]
        best = max(values, key=lambda value: float(value["bleu"]))
        places = {f"{value['Steps']}.ckpt": float(value["ppl"]) for value in (best, values[-1])}
        config = str(room / "joey.yaml")
        return [Weights({"config": config, "checkpoint": str(room / "model" / at)}, value) for at, value in places.items()]
