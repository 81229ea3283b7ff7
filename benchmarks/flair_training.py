"""Trains Flair's BiLSTM-CRF tagger as a request says: run by the Python of the virtual environment that has Flair.

    python benchmarks/flair_training.py REQUEST.json

Flair's own trainer, with neither logs nor files; a plugin of it warms the learning rate up, lowers it linearly, prints the
progress, validates after every `check` steps, keeps the best weights in `model`, and ends the training after `steps`. `steps`
null: no end, no validation, constant rate. Nothing is loaded from the network: words and characters are those that train.
"""

import json
import sys
from pathlib import Path
from typing import Any

import flair
import torch
from flair.data import Corpus, Dictionary
from flair.datasets import ColumnDataset
from flair.embeddings import CharacterEmbeddings, OneHotEmbeddings, StackedEmbeddings, TokenEmbeddings
from flair.models import SequenceTagger
from flair.trainers import ModelTrainer
from flair.trainers.plugins.base import TrainerPlugin, TrainingInterrupt

REPORT_EVERY = 10  # steps


class Schedule(TrainerPlugin):
    """Rate, progress, validation, end."""

    def __init__(self, request: dict[str, Any], validation: ColumnDataset | None) -> None:
        super().__init__()
        self.request, self.validation, self.steps, self.best = request, validation, request["steps"], -1.0

    @TrainerPlugin.hook
    def before_training_batch(self, batch_count: int, **others: Any) -> None:
        if self.steps is None:
            return
        done, warmup = batch_count - 1, self.request["warmup"]
        remaining = 1 - (done - warmup) / max(self.steps - warmup, 1)
        factor = (done + 1) / (warmup + 1) if done < warmup else remaining
        for group in self.trainer.optimizer.param_groups:
            group["lr"] = self.request["lr"] * factor

    @TrainerPlugin.hook
    def after_training_batch(self, batch_count: int, **others: Any) -> None:
        if batch_count % REPORT_EVERY == 0:
            print(f"  step {batch_count}/{self.steps}", flush=True)
        if self.steps is None:
            return
        if batch_count % self.request["check"] == 0:
            self.validate(batch_count)
        if batch_count == self.steps:
            raise TrainingInterrupt

    def validate(self, step: int) -> None:
        model = self.trainer.model
        model.eval()
        evaluation = model.evaluate(self.validation, gold_label_type="ner", mini_batch_size=self.request["batch_size"])
        model.train()
        print(f"validation F1 {100 * evaluation.main_score:.2f} after {step} steps", flush=True)
        if evaluation.main_score > self.best:
            self.best = evaluation.main_score
            model.save(self.request["model"])


def read_columns(path: str) -> ColumnDataset:
    return ColumnDataset(path, {0: "text", 1: "ner"}, column_delimiter="\t")


def embeddings(corpus: Corpus, request: dict[str, Any]) -> StackedEmbeddings:
    """Of characters where the request gives their sizes, then of words.

    Flair puts vectors together by their sorted names, and a word's loses the number before it, `1-one-hot-text`, when a model
    is loaded: with words first, the trained columns would change places.
    """
    parts: list[TokenEmbeddings] = []
    if request["characters"]:
        characters = Dictionary()
        for character in sorted({character for sentence in corpus.train for token in sentence for character in token.text}):
            characters.add_item(character)
        sizes = request["characters"]
        parts.append(CharacterEmbeddings(characters, char_embedding_dim=sizes["embedding"], hidden_size_char=sizes["hidden"]))
    words = OneHotEmbeddings.from_corpus(corpus, min_freq=request["min_frequency"], embedding_length=request["embedding"])
    return StackedEmbeddings([*parts, words])


def make_tagger(corpus: Corpus, request: dict[str, Any]) -> SequenceTagger:
    return SequenceTagger(
        embeddings=embeddings(corpus, request),
        tag_dictionary=corpus.make_label_dictionary("ner", add_unk=False),
        tag_type="ner",
        tag_format="BIO",
        hidden_size=request["hidden"],
        rnn_layers=1,
        use_rnn=True,
        use_crf=True,
        reproject_embeddings=False,
        word_dropout=request["word_dropout"],
        locked_dropout=request["dropout"],
    )


def main() -> None:
    request = json.loads(Path(sys.argv[1]).read_text())
    torch.set_num_threads(1)
    flair.set_seed(request["seed"])
    corpus = Corpus(train=read_columns(request["train"]), dev=None, test=None, sample_missing_splits=False)
    if len(corpus.train) != request["sentences"]:
        raise SystemExit(f"Flair read {len(corpus.train)} training sentences of {request['sentences']}")
    validation = None if request["steps"] is None else read_columns(request["validation"])
    ModelTrainer(make_tagger(corpus, request), corpus).train(
        Path(request["model"]).parent / "trainer",
        learning_rate=request["lr"],
        mini_batch_size=request["batch_size"],
        max_epochs=request["epochs"],
        optimizer=torch.optim.AdamW,
        weight_decay=0.0,
        embeddings_storage_mode="none",
        use_final_model_for_eval=True,
        save_final_model=False,
        create_file_logs=False,
        create_loss_file=False,
        attach_default_scheduler=False,
        plugins=[Schedule(request, validation)],
    )


if __name__ == "__main__":
    main()
