"""Features of a word from its characters, e_1..e_L their embeddings.

    cnn    f = max_t (W [e_{t-1} ; e_t ; e_{t+1}] + b), t = 1..L     (Ma and Hovy 2016, arXiv:1603.01354, section 2.1)
    lstm   f = [last state of an LSTM over e_1..e_L ; the same over e_L..e_1]    (Lample et al. 2016, arXiv:1603.01360, 4.1)

Both drop out the embeddings, a mask a character. What lies beyond a word's ends is 0 for the convolution, and never takes
part in the maximum. A word without characters has the features 0.

The rows are the *distinct* words of a batch, not its positions: half as many at 32 sentences of news.

Convolution. Words are laid behind one another with zeros between them, so that nothing is computed for padding; one
product gives all windows. On a CPU this takes 0.4 of the time of conv1d over the padded rectangle, and a word of
thousands of characters costs its own length only. The LSTM runs over the rectangle, at five times the convolution's cost.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from bench.cells.lstm import LSTM
from bench.cells.ranges import at_least_one, fraction, one_of
from bench.cells.scan.padding import beside, valid_mask, valid_steps
from bench.cells.state import branches, leaf
from bench.errors import Refusal
from bench.nets.parts.dropout import no_dropout
from bench.nets.parts.stack import Stack
from bench.settings import Nested

KINDS = ("none", "cnn", "lstm")


@dataclass(frozen=True)
class CharacterSettings(Nested):
    """`embedding_size` of a character, `size` of a word's features; `width`: characters that a filter sees."""

    kind: str
    embedding_size: int
    size: int
    width: int
    dropout: float

    def __post_init__(self) -> None:
        one_of("net.characters.kind", self.kind, KINDS)


class CharacterFeatures(nn.Module):
    """Base of both: (characters_UC, lengths_U) -> features_UF, F = `size`. Ids in the padding may be anything."""

    def __init__(self, characters: int, *, embedding_size: int, size: int, dropout: float) -> None:
        super().__init__()
        self.size = at_least_one("net.characters.size", size)
        self.p = fraction("net.characters.dropout", dropout)
        at_least_one("character_count", characters)
        self.embedding = nn.Embedding(characters, at_least_one("net.characters.embedding_size", embedding_size))

    def forward(self, characters_UC: Tensor, lengths_U: Tensor) -> Tensor:
        raise NotImplementedError

    def _dropped(self, e: Tensor) -> Tensor:
        """Comparing uniform numbers costs a third of `F.dropout` on a CPU."""
        if not self.training or not self.p:
            return e
        keep_probability = 1 - self.p
        return e * (torch.rand_like(e) < keep_probability).to(e.dtype).mul_(1 / keep_probability if keep_probability else 0.0)


class CharacterCNN(CharacterFeatures):
    """`size` filters over `width` characters; an even width reaches one character further to the right."""

    def __init__(self, characters: int, *, embedding_size: int, size: int, width: int, dropout: float) -> None:
        super().__init__(characters, embedding_size=embedding_size, size=size, dropout=dropout)
        self.width = at_least_one("net.characters.width", width)
        self.filters = nn.Linear(width * embedding_size, size)

    def forward(self, characters_UC: Tensor, lengths_U: Tensor) -> Tensor:
        e_PE = self._dropped(self._in_one_row(characters_UC, lengths_U))
        windows = e_PE.size(0) - self.width + 1
        window_PX = torch.cat([e_PE[shift : shift + windows] for shift in range(self.width)], 1)
        gaps_U = torch.full_like(lengths_U, self.width // 2)
        segments_2U = beside(torch.stack([lengths_U, gaps_U], 1).flatten()[:-1], e_PE)
        y_PF = self.filters(window_PX)
        largest_UF = torch.segment_reduce(y_PF, "max", lengths=segments_2U, axis=0, unsafe=True)[::2]
        return largest_UF.masked_fill(beside(lengths_U == 0, e_PE).unsqueeze(1), 0.0)

    def _in_one_row(self, characters_UC: Tensor, lengths_U: Tensor) -> Tensor:
        """Embeddings of all words behind one another, width // 2 zeros after each: what both neighbours need."""
        gap, zero = self.width // 2, self.embedding.num_embeddings
        ids_UC = characters_UC.masked_fill(~valid_mask(lengths_U, characters_UC), zero)
        ids_P = valid_steps(F.pad(ids_UC, (0, gap), value=zero), lengths_U + gap)
        ids_P = F.pad(ids_P, ((self.width - 1) // 2, 0), value=zero)
        return F.embedding(ids_P, F.pad(self.embedding.weight, (0, 0, 0, 1)))


class CharacterLSTM(CharacterFeatures):
    """`size` / 2 units in each direction."""

    def __init__(self, characters: int, *, embedding_size: int, size: int, dropout: float) -> None:
        super().__init__(characters, embedding_size=embedding_size, size=size, dropout=dropout)
        if size % 2:
            raise Refusal(
                f"net.characters.size={size} is refused with net.characters.kind=lstm, which has half of it in each "
                "direction: give an even number."
            )
        self.stack = Stack(
            lambda inputs, hidden: LSTM(inputs, hidden, recurrent_init="orthogonal", forget_bias=1.0),
            input_size=embedding_size,
            hidden_size=size // 2,
            depth=1,
            direction="bidirectional",
            dropout=no_dropout(),
        )

    def forward(self, characters_UC: Tensor, lengths_U: Tensor) -> Tensor:
        ids_UC = characters_UC.masked_fill(~valid_mask(lengths_U, characters_UC), 0)
        e_UCE = self._dropped(self.embedding(ids_UC))
        _, (after,) = self.stack.scan(e_UCE, self.stack.init_state(e_UCE.size(0), e_UCE), lengths_U)
        return torch.cat([leaf(branches(state)[0]) for state in branches(after)], 1)


def character_features(characters: int, settings: CharacterSettings) -> CharacterFeatures | None:
    """None for the kind `none`."""
    embedding_size, size, dropout = settings.embedding_size, settings.size, settings.dropout
    if settings.kind == "cnn":
        return CharacterCNN(characters, embedding_size=embedding_size, size=size, width=settings.width, dropout=dropout)
    if settings.kind == "lstm":
        return CharacterLSTM(characters, embedding_size=embedding_size, size=size, dropout=dropout)
    return None
