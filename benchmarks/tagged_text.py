"""CoNLL-2003 as both taggers read it, by the suite's own reader, in IOB2; and the score of what they write."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from hydra import compose, initialize_config_dir

if TYPE_CHECKING:
    from tasks.tagging import Tagging


@dataclass(frozen=True)
class Tagged:
    """`folder/{split}.columns`, a word and a tag a line, and `folder/{split}.words` and `.tags`, a sentence a line."""

    folder: Path
    sentences: int  # of the training split

    def columns(self, split: str) -> Path:
        return self.folder / f"{split}.columns"

    def words(self, split: str) -> Path:
        return self.folder / f"{split}.words"

    def tags(self, split: str) -> Path:
        return self.folder / f"{split}.tags"

    def epoch(self, batch_size: int) -> int:
        """Steps that read the training split once, the last of them with what is left."""
        return -(-self.sentences // batch_size)


def write_tagged(data: Path, folder: Path) -> Tagged:
    """The files of `Tagged`, from the folder that holds conll2003/."""
    from bench.config import schema
    from bench.config.compose import to_run
    from bench.config.factory import make_task

    schema.register()
    with initialize_config_dir(str(schema.folder()), version_base="1.3"):
        settings = to_run(compose("config", ["task=name_tagging", "data=conll2003", "track=none", f"paths.data={data}"]))
    raw = cast("Tagging", make_task(settings)).data.raw
    folder.mkdir(parents=True, exist_ok=True)
    tagged = Tagged(folder, len(raw["train"]))
    for split, rows in raw.items():
        lines = ["".join(f"{word}\t{tag}\n" for word, tag in zip(row.words, row.tags, strict=True)) for row in rows]
        tagged.columns(split).write_text("\n".join(lines), encoding="utf-8")
        tagged.words(split).write_text("".join(f"{' '.join(row.words)}\n" for row in rows), encoding="utf-8")
        tagged.tags(split).write_text("".join(f"{' '.join(row.tags)}\n" for row in rows), encoding="utf-8")
    return tagged


def scores(predicted: Sequence[str], gold: Sequence[str]) -> dict[str, float]:
    """Entity F1, precision and recall in percent by conlleval's rules; a line a sentence, its tags by spaces."""
    from bench.data.tags.schemes import OUTSIDE, parts
    from bench.metrics.entities import entity_counts, entity_metrics

    predicted_tags, gold_tags = ([tuple(line.split(" ")) for line in side] for side in (predicted, gold))
    kinds = sorted({parts(tag)[1] for row in gold_tags for tag in row if tag != OUTSIDE})
    metrics = entity_metrics(entity_counts(predicted_tags, gold_tags, kinds))
    return {name: metrics[key].value for name, key in (("F1", "entity_f1"), ("precision", "precision"), ("recall", "recall"))}
