"""What a tagger reads of a word: [embedding of the word ; features of its characters ; embedding of its capitalisation].

    x_t = [E[w_t] ; f(c_1..c_L of w_t) ; S[shape of w_t]]

The first two are Lample et al. 2016 (arXiv:1603.01360, section 4) and Ma and Hovy 2016 (arXiv:1603.01354, section 2.3); the
third is Collobert et al. 2011 (arXiv:1103.0398, section 4.1.4). Features of characters are computed once for each distinct
word of the batch and gathered to where it stands.

Word dropout: in training a word is read as the unknown word with probability p, each position on its own, so that the
unknown word's embedding is trained and the net leans on characters too; where every training word is in the vocabulary,
nothing else trains that embedding. Characters and capitalisation stay.

At the start E is N(0, 1/I), I its width, as small as in Ma and Hovy (section 3.1): most words are rare, their rows stay about
where they start, and from N(0, 1) that is noise which drowns what the characters say. On CoNLL-2003 (one seed), test F1 after
two minutes was 74.8 from N(0, 1) and 82.3 from N(0, 1/I). Characters and capitalisation start from N(0, 1): all are frequent.

A word that training does not have, but that has a vector, is read by it (`Inventory.beyond`). These vectors are no weights:
they are not in a checkpoint, and `know` exchanges them for those of other words.

Gradients of the embedding are dense, V x I a batch however few words it has: with 24,000 words of 100 numbers, zeroing,
clipping and Adam cost about 4 ms a step on a CPU. A smaller vocabulary is the way out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from bench.cells.ranges import at_least_one, fraction
from bench.errors import Refusal
from bench.nets.parts.character_features import CharacterSettings, character_features
from bench.nets.parts.inventory import Inventory
from bench.settings import Settings
from bench.word_vectors.vectors import Coverage, check_common, fill, read_vectors

UNKNOWN = 0  # id of the unknown word


class Words(Protocol):
    """Sentences: what is known of each word [B, T], and the spelling of the U distinct ones."""

    @property
    def words_BT(self) -> Tensor: ...
    @property
    def beyond_BT(self) -> Tensor: ...
    @property
    def shapes_BT(self) -> Tensor: ...
    @property
    def word_index_BT(self) -> Tensor: ...
    @property
    def characters_UC(self) -> Tensor: ...
    @property
    def character_lengths_U(self) -> Tensor: ...


@dataclass(frozen=True)
class WordSettings(Settings):
    """`capitals`: width of capitalisation's embedding, 0 for none.

    `vectors`: what the words' embedding starts from: a text file or the name of a package (`bench.word_vectors`), or None.
    """

    embedding_size: int
    characters: CharacterSettings
    capitals: int
    vectors: str | None
    word_dropout: float

    def __post_init__(self) -> None:
        at_least_one("net.embedding_size", self.embedding_size)
        fraction("net.word_dropout", self.word_dropout)
        if self.capitals < 0:
            raise Refusal(f"net.capitals={self.capitals} is refused: give the width of an embedding, or 0 for none.")


class WordFeatures(nn.Module):
    """The features of the words of `inventory`, as wide as `size`."""

    coverage: Coverage | None  # of the vectors, without words beyond the vocabulary
    beyond_KI: Tensor  # row 0 is never read

    def __init__(self, inventory: Inventory, settings: WordSettings) -> None:
        super().__init__()
        self.word_dropout, self.vectors = settings.word_dropout, settings.vectors
        self.embedding = nn.Embedding(len(inventory.words) + 1, settings.embedding_size)
        nn.init.normal_(self.embedding.weight, 0.0, 1 / sqrt(settings.embedding_size))
        self.characters = character_features(len(inventory.characters) + 1, settings.characters)
        self.shapes = nn.Embedding(inventory.shapes, settings.capitals) if settings.capitals else None
        self.size = settings.embedding_size + settings.capitals + (0 if self.characters is None else self.characters.size)
        self.register_buffer("beyond_KI", self.embedding.weight.new_empty(1, settings.embedding_size), persistent=False)
        self.coverage = None if settings.vectors is None else self._fill(settings.vectors, inventory.words)
        self.know(inventory.beyond)

    def _fill(self, source: str, words: Sequence[str]) -> Coverage:
        vectors = read_vectors(source, words, self.embedding.embedding_dim)
        check_common(source, words, vectors)
        fill(self.embedding.weight, vectors, UNKNOWN + 1)
        return vectors.coverage

    def know(self, words: Sequence[str]) -> Sequence[str]:
        """Those of `words`, which the vocabulary lacks, that have a vector: `beyond_BT` numbers them from now on, from 1."""
        if self.vectors is None or not words:
            return ()
        found = read_vectors(self.vectors, words, self.embedding.embedding_dim)
        self.beyond_KI = F.pad(found.vectors_MI, (0, 0, 1, 0)).to(self.embedding.weight)
        return [words[index] for index in found.index_M.tolist()]

    def forward(self, batch: Words) -> Tensor:
        """x_BTI, I = `size`; in the padding it is anything."""
        parts = [self._words(batch)]
        if self.characters is not None:
            features_UF = self.characters(batch.characters_UC, batch.character_lengths_U)
            parts.append(F.embedding(batch.word_index_BT, features_UF))
        if self.shapes is not None:
            parts.append(self.shapes(batch.shapes_BT))
        return torch.cat(parts, 2)

    def _words(self, batch: Words) -> Tensor:
        if self.training:  # rare words are read as unknown there, whatever words a test has: no training depends on a test
            dropped_BTI: Tensor = self.embedding(self._dropped(batch.words_BT))
            return dropped_BTI
        words_BTI: Tensor = self.embedding(batch.words_BT)
        if len(self.beyond_KI) == 1:
            return words_BTI
        beyond_BT1 = batch.beyond_BT[:, :, None]
        return torch.where(beyond_BT1 > 0, F.embedding(batch.beyond_BT, self.beyond_KI), words_BTI)

    def _dropped(self, words_BT: Tensor) -> Tensor:
        if not self.word_dropout:
            return words_BT
        drawn_BT = torch.rand(words_BT.shape, device=words_BT.device) < self.word_dropout
        return words_BT.masked_fill(drawn_BT, UNKNOWN)
