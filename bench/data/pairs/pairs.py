"""Pairs of lines for translation: raw text, numbers, batches.

Every source is followed by END, so an empty line is a lone END (length 1), and no row of a batch has length 0. A training row
is one pair. A row of validation or test is one source with all its references, and its target is the first of them. What is
left out, cut, empty or unknown is counted in `description["notes"]`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from torch import Tensor

from bench.data.batches.ragged import Ragged
from bench.data.batches.vocabulary import UNKNOWN
from bench.data.pairs.pair_text import fit_pairs
from bench.data.pairs.raw_pairs import Numbered, RawPairs, digest, for_scoring, for_training
from bench.data.pairs.settings import TextSettings
from bench.data.pairs.targets import TargetBatch
from bench.data.sources.digests import digests
from bench.data.sources.filled import check_filled
from bench.data.sources.overlap import seen_in_training
from bench.data.sources.subsample import limited


@dataclass(frozen=True, kw_only=True)
class PairBatch(TargetBatch):
    """Targets, and the source of each: ids [B, S], or frames [B, S, F]. Its length counts an END that ends it."""

    source_BS: Tensor
    source_lengths_B: Tensor


@dataclass(frozen=True)
class PairIds:
    """A split as numbers; every source and every target ends in END."""

    source: Ragged
    target: Ragged

    def __len__(self) -> int:
        return len(self.source)

    def batch(self, rows: Tensor) -> PairBatch:
        """These rows (int64 [B], at least one) as a batch, in this order."""
        source_BS, source_lengths_B = self.source.padded(rows)
        target_BT, lengths_B = self.target.padded(rows)
        tokens = int(lengths_B.sum())
        return PairBatch(target_BT, lengths_B, rows, tokens, source_BS=source_BS, source_lengths_B=source_lengths_B)


class PairData:
    """A data set of pairs. `raw[split]` are the lines, `ids[split]` the numbers of the same rows, `text` the tokenisers.

    `learns_unknown`: the training targets have unknown tokens, so that a net learns to write one.

    `limit` keeps so many training pairs, evenly spaced. `about` is what the
    reader of the files knows: source, revision, unit and notes for the record. The languages are those of source and target.
    """

    version = 1
    since: ClassVar[Mapping[str, Any]] = {"text": {"joiners": False}}

    def __init__(
        self,
        *,
        name: str,
        splits: Mapping[str, RawPairs],
        languages: tuple[str, str],
        text: TextSettings,
        limit: int | None,
        about: Mapping[str, Any],
    ) -> None:
        check_filled(name, splits)
        train = splits["train"].pick(limited(range(len(splits["train"])), limit, "pairs"))
        sides = ((languages[0], train.sources), (languages[1], train.targets))
        self.name = name
        self.languages = languages
        self.measure: str = about["measure"]
        self.lowercase, self.target_level = text.lowercase, text.levels[1]
        self.text, sources, targets = fit_pairs(sides, text)
        self.learns_unknown = any(UNKNOWN in row for row in targets)
        rows = {"train": for_training(name, Numbered(train, sources, targets, []), self.text)}
        rows |= {split: for_scoring(split, raw, self.text) for split, raw in splits.items() if split != "train"}
        self.raw = {split: part.raw for split, part in rows.items()}
        self.ids = {split: PairIds(Ragged.of(part.sources), Ragged.of(part.targets)) for split, part in rows.items()}
        self.description = {
            "name": name,
            "source": about["source"],
            "revision": about["revision"],
            **digests(partial(digest, text=self.text), self.raw),
            "splits": {split: len(raw) for split, raw in self.raw.items()},
            "unit": about["unit"],
            "notes": [
                *about["notes"],
                *(note for part in rows.values() for note in part.notes),
                *seen_in_training({split: raw.sources for split, raw in self.raw.items()}, "source lines"),
            ],
            "languages": list(languages),
            "vocabulary": {"source": len(self.text.source), "target": len(self.text.target), "sha256": self.text.sha256},
        }
