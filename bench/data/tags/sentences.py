"""Sentences whose words have tags: raw, as numbers, as batches.

A word is held once a spelling: a split has the number of each word's spelling, and a table has what belongs to the spelling
(the word's number, its capitalisation class, its characters). So a batch has the characters of its distinct spellings alone,
and a net reads a spelling once however often it occurs.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from bench.data.batches.batch import Batch
from bench.data.batches.ragged import Ragged


class Sentence(NamedTuple):
    """Words and their tags, one each, at least one."""

    words: tuple[str, ...]
    tags: tuple[str, ...]


@dataclass(frozen=True)
class TagBatch(Batch):
    """B sentences of up to T words, with U distinct spellings of up to C characters; padding holds 0, and class 0.

    `word_index_BT` is the place of each word's spelling in `characters_UC`. Number 0 of a word, and of a character, is the
    unknown one; of words so read, `beyond_BT` numbers those that have a vector, 0 being none. `index_B` is the place of each
    row in its split; `tokens` are the words, padding not counted.
    """

    words_BT: Tensor
    beyond_BT: Tensor
    shapes_BT: Tensor
    word_index_BT: Tensor
    characters_UC: Tensor
    character_lengths_U: Tensor
    targets_BT: Tensor
    lengths_B: Tensor
    index_B: Tensor
    tokens: int
    first: bool = True

    @property
    def inputs_BT(self) -> Tensor:
        return self.words_BT


@dataclass(frozen=True)
class Spellings:
    """What belongs to each spelling S: the number of its word, or of one beyond the vocabulary, its capitalisation class, the
    numbers of its characters."""

    words_S: Tensor
    beyond_S: Tensor
    shapes_S: Tensor
    characters: Ragged


@dataclass(frozen=True)
class TagIds:
    """A split as numbers: of each word its spelling and its tag. `source` and `target` are what batches are cut by."""

    words: Ragged
    tags: Ragged
    spellings: Spellings

    @property
    def source(self) -> Ragged:
        return self.words

    @property
    def target(self) -> Ragged:
        return self.tags

    def __len__(self) -> int:
        return len(self.words)

    def batch(self, rows: Tensor) -> TagBatch:
        """These rows (int64 [B], at least one) as a batch, in this order."""
        spelling_BT, lengths_B = self.words.padded(rows)
        valid_BT = torch.arange(spelling_BT.size(1)) < lengths_B[:, None]
        distinct_U, place_N = torch.unique(spelling_BT[valid_BT], return_inverse=True)
        characters_UC, character_lengths_U = self.spellings.characters.padded(distinct_U)
        return TagBatch(
            words_BT=self.spellings.words_S[spelling_BT].mul_(valid_BT),
            beyond_BT=self.spellings.beyond_S[spelling_BT].mul_(valid_BT),
            shapes_BT=self.spellings.shapes_S[spelling_BT].mul_(valid_BT),
            word_index_BT=torch.zeros_like(spelling_BT).masked_scatter_(valid_BT, place_N),
            characters_UC=characters_UC,
            character_lengths_U=character_lengths_U,
            targets_BT=self.tags.padded(rows)[0],
            lengths_B=lengths_B,
            index_B=rows,
            tokens=len(place_N),
        )
