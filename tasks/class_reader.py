"""Gives the texts of a user a class with trained weights: a text a line in, a class a line out."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import nn

from bench.data.batches.sequences import WholeBatch
from bench.data.batches.vocabulary import UNKNOWN
from bench.data.batches.word_vocabulary import WordVocabulary
from bench.data.classes.labelled_text import UNKNOWN_WORD, TextSettings
from bench.data.sources.lines import lines_of
from bench.data.sources.looks import other_forms
from bench.decoding.generation import check_writes
from bench.nets.pooled import Ends
from bench.nets.roles import Answers


class ClassReader:
    """What a checkpoint of a classifier of texts reads with."""

    def __init__(self, vocabulary: Mapping[str, Any], batch_size: int) -> None:
        self.classes = tuple(vocabulary["classes"])
        self.settings = TextSettings(**vocabulary["settings"])
        self.vocabulary = WordVocabulary(tuple(vocabulary["words"]), UNKNOWN_WORD, False)
        self.batch_size = batch_size

    def check_strategy(self, strategy: object, name: str) -> None:
        check_writes(strategy, name)

    def make_net(self, make: Callable[[Mapping[str, Any]], nn.Module]) -> nn.Module:
        ends = Ends(inputs=len(self.vocabulary), outputs=len(self.classes), tokens=True, numbers=False)
        return make({"ends": ends})

    @torch.no_grad()
    def decode(
        self, net: Answers[WholeBatch], strategy: Any, text: str, seed: int, tell: Callable[[str], None]
    ) -> Iterator[str]:
        """The likeliest class of each line, in their order; an empty line for a line without words."""
        for note in other_forms({"all": text}):
            tell(note)
        lines, numbers = lines_of(text), self.vocabulary.numbers
        device = next(net.parameters()).device
        unknown = total = 0
        for start in range(0, len(lines), self.batch_size):
            words = [self.settings.words(line)[: self.settings.max_length] for line in lines[start : start + self.batch_size]]
            rows = [[numbers.get(word, UNKNOWN) for word in row] for row in words]
            unknown += sum(row.count(UNKNOWN) for row in rows)
            total += sum(map(len, rows))
            classes = iter(self._classes(net, [row for row in rows if row], device))
            yield "".join(f"{next(classes) if row else ''}\n" for row in rows)
        if unknown:
            tell(f"{unknown:,} of {total:,} words are not in the vocabulary and were read as the unknown one")

    def _classes(self, net: Answers[WholeBatch], rows: list[list[int]], device: torch.device) -> list[str]:
        if not rows:
            return []
        lengths_B = torch.tensor([len(row) for row in rows])
        inputs_BT = nn.utils.rnn.pad_sequence([torch.tensor(row) for row in rows], batch_first=True)
        batch = WholeBatch(inputs_BT, torch.zeros(len(rows), dtype=torch.int64), lengths_B, len(rows))
        return [self.classes[number] for number in net.answers(batch.to(device)).argmax(1).tolist()]
