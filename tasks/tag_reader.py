"""Tags the words of a user's text with trained weights: sentences in, CoNLL out.

A line is a sentence, its words between white space; or every line is one word and empty lines stand between sentences.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor, nn

from bench.data.batches.buckets import Ordered
from bench.data.sources.lines import MARK, lines_of
from bench.data.tags.capitalisation import SHAPES
from bench.data.tags.column_text import COMMENT, DOCUMENT
from bench.data.tags.schemes import OUTSIDE, PLAIN, allowed
from bench.data.tags.sentences import Sentence, TagBatch
from bench.data.tags.tag_text import TagText
from bench.decoding.kinds import Decoded
from bench.errors import DataError
from bench.nets.parts.inventory import Inventory
from bench.nets.roles import Tags

OUTSIDE_OR_NAME = ("0", "1")
"""How the two classes of `labels=binary` are written."""
NetT = TypeVar("NetT", bound=Tags[TagBatch])
NetT_contra = TypeVar("NetT_contra", bound=Tags[TagBatch], contravariant=True)


class TagStrategy(Protocol[NetT_contra]):
    """Decodes whole sentences, by what nets of one kind know: see `bench.decoding.best_tags` and `beam_tags`."""

    @property
    def n_best(self) -> int: ...
    def tag(self, net: NetT_contra, batch: TagBatch) -> Tensor: ...
    def several(self, net: NetT_contra, batch: TagBatch) -> tuple[Tensor, Tensor]: ...


def make_net(text: TagText, *, binary: bool, make: Callable[[Mapping[str, Any]], nn.Module]) -> nn.Module:
    """The net that reads these words and characters and writes these tags."""
    inventory = Inventory(
        words=text.words,
        beyond=text.beyond,
        characters=text.characters,
        shapes=SHAPES,
        tags=2 if binary else len(text.tags),
        allowed=None if binary or text.scheme == PLAIN else allowed(text.tags, text.scheme),
        logistic=binary,
    )
    return make({"inventory": inventory})


def check_strategy(strategy: object) -> None:
    """Raises DataError for a strategy that writes symbols one after the other."""
    if getattr(strategy, "decodes", Decoded.TEXT) is Decoded.TEXT:
        raise DataError(
            "task=name_tagging decodes whole sentences of tags: give decode=viterbi, or decode=beam_tags with "
            "model=output_recurrent."
        )


class TagReader:
    """What a checkpoint of a tagger reads with."""

    def __init__(self, text: TagText, *, binary: bool, batch_size: int) -> None:
        self.text, self.binary, self.batch_size = text, binary, batch_size

    def make_net(self, make: Callable[[Mapping[str, Any]], nn.Module]) -> nn.Module:
        return make_net(self.text, binary=self.binary, make=make)

    def check_strategy(self, strategy: object, name: str) -> None:
        check_strategy(strategy)

    @torch.no_grad()
    def decode(
        self, net: NetT, strategy: TagStrategy[NetT], text: str, seed: int, tell: Callable[[str], None]
    ) -> Iterator[str]:
        """A word, a space and its tag a line, an empty line after each sentence."""
        lines = _without_remarks(lines_of(text), tell)
        _check_words(lines, {*self.text.tags, OUTSIDE})
        sentences = sentences_of(lines, tell)
        if not sentences:
            return
        untagged = [Sentence(tuple(words), (OUTSIDE,) * len(words)) for words in sentences]
        known = net.know(self.text.unknown(untagged))
        ids = replace(self.text, beyond=tuple(known)).encode(untagged)
        device = next(iter(net.state_dict().values())).device
        tagged: dict[int, list[int]] = {}
        for batch in Ordered(ids, self.batch_size):
            on_device = batch.to(device)
            rows = zip(batch.index_B.tolist(), strategy.tag(net, on_device).tolist(), batch.lengths_B.tolist(), strict=True)
            tagged |= {index: tags[:length] for index, tags, length in rows}
        for index, words in enumerate(sentences):
            numbers = tagged[index]
            tags = [OUTSIDE_OR_NAME[tag] for tag in numbers] if self.binary else self.text.decode(numbers)
            yield "".join(f"{word} {tag}\n" for word, tag in zip(words, tags, strict=True)) + "\n"


def _without_remarks(lines: Sequence[str], tell: Callable[[str], None]) -> list[str]:
    """Without comments (`# key = value`) and borders of documents, which are no words."""
    kept = [line for line in lines if not (COMMENT.match(line) or line.startswith(DOCUMENT))]
    if skipped := len(lines) - len(kept):
        tell(f"{skipped:,} lines of comments and {DOCUMENT} were skipped")
    return kept


def _check_words(lines: Sequence[str], tags: Collection[str]) -> None:
    """Raises DataError for columns, as a file has them that is tagged already: all of it would be read as words."""
    rows = [line.split() for line in lines if line.strip()]
    tabs = {line.count("\t") for line in lines if line.strip()}
    widths = {len(row) for row in rows}
    tagged = widths and min(widths) > 1 and len(widths) == 1 and all(row[-1] in tags for row in rows)
    if tagged or (len(rows) > 1 and len(tabs) == 1 and tabs != {0}):
        columns = min(widths) if tagged else tabs.pop() + 1
        raise DataError(
            f"the input has {columns} columns a line, as a file of tagged words has: give the words alone, one a line and an "
            "empty line between sentences, or one sentence a line."
        )


def sentences_of(lines: Sequence[str], tell: Callable[[str], None]) -> list[list[str]]:
    """The words of each sentence; `tell` is told how the lines were read."""
    words = [line.removeprefix(MARK).split() for line in lines]
    if any(len(row) > 1 for row in words) or all(words):
        tell(f"read as one sentence a line, {sum(map(bool, words)):,} in all")
        return [row for row in words if row]
    sentences: list[list[str]] = [[]]
    for row in words:
        if row:
            sentences[-1].extend(row)
        else:
            sentences.append([])
    filled = [sentence for sentence in sentences if sentence]
    tell(f"read as one word a line and empty lines between sentences, {len(filled):,} sentences in all")
    return filled
