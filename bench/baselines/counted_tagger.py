"""The hidden Markov model of `bench.baselines.hmm` as a net over batches of sentences: counted once, then scored and decoded.

Its `loss` is -log p(tags | words), as a tagger's, so that they compare.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from torch import Tensor

from bench.baselines.hmm import HiddenMarkov
from bench.cells.scan.padding import beside, valid_mask
from bench.cells.state import State
from bench.decoding.viterbi import Transitions, log_partition, viterbi, viterbi_n_best
from bench.nets.parts.inventory import Inventory
from bench.nets.parts.word_features import Words
from bench.nets.roles import Tags
from bench.nets.tagger import Sentences
from bench.nets.topology import Topology


class CountedTagger(Tags[Sentences]):
    """Words are told apart by their characters, as the data gives them; characters that training lacks are all one."""

    topologies = frozenset({Topology.TAGGED_WORDS})

    def __init__(
        self, *, make_stack: Any, inventory: Inventory, smoothing: float, spelling_weight: float, longest_suffix: int, rare: int
    ) -> None:
        super().__init__()
        self.alphabet = "\N{REPLACEMENT CHARACTER}" + inventory.characters
        self.model = HiddenMarkov(
            inventory.tags, smoothing=smoothing, spelling_weight=spelling_weight, longest_suffix=longest_suffix, rare=rare
        )

    def fit(self, batches: Iterable[Sentences]) -> None:
        """Counts the words and tags of these batches."""
        self.model.fit(row for batch in batches for row in self._rows(batch))

    def loss(self, batch: Sentences, state: State | None) -> tuple[tuple[Tensor, Tensor], State]:
        """((-log p(tags | words) in nats, count of words), ())."""
        emissions_BTK, transitions = self.chain(batch)
        log_z_B = log_partition(emissions_BTK, batch.lengths_B, transitions)
        given_B = path_score(emissions_BTK, batch.targets_BT, batch.lengths_B, transitions)
        return ((log_z_B - given_B).sum(), batch.lengths_B.sum()), ()

    def loss_and_tags(self, batch: Sentences) -> tuple[tuple[Tensor, Tensor], Tensor]:
        return self.loss(batch, None)[0], self.tag(batch)

    def tag(self, batch: Sentences) -> Tensor:
        emissions_BTK, transitions = self.chain(batch)
        return viterbi(emissions_BTK, batch.lengths_B, transitions)[0]

    def tag_n_best(self, batch: Sentences, n: int) -> tuple[Tensor, Tensor]:
        """(tags_BNT, log_prob_BN) of p(tags | words), the best first."""
        emissions_BTK, transitions = self.chain(batch)
        tags_BNT, score_BN = viterbi_n_best(emissions_BTK, batch.lengths_B, transitions, n)
        return tags_BNT, score_BN - log_partition(emissions_BTK, batch.lengths_B, transitions).unsqueeze(1)

    def transition_scores(self) -> Tensor:
        """log p(tag b | tag a) [K, K]."""
        return self.model.matrix_KK

    def chain(self, batch: Sentences) -> tuple[Tensor, Transitions]:
        """log p(word | tag) [B, T, K], and the transitions."""
        emissions_UK = self.model.emissions(self._spellings(batch))
        return emissions_UK[batch.word_index_BT], self.model.transitions()

    def _spellings(self, batch: Words) -> list[str]:
        """The U distinct words."""
        rows = zip(batch.characters_UC.tolist(), batch.character_lengths_U.tolist(), strict=True)
        return ["".join(self.alphabet[number] for number in row[:length]) for row, length in rows]

    def _rows(self, batch: Sentences) -> Iterator[tuple[list[str], list[int]]]:
        """(words, tags) of each sentence."""
        spellings = self._spellings(batch)
        parts = (part.tolist() for part in (batch.word_index_BT, batch.targets_BT, batch.lengths_B))
        for places, tags, length in zip(*parts, strict=True):
            yield [spellings[index] for index in places[:length]], tags[:length]


def path_score(emissions_BTK: Tensor, tags_BT: Tensor, lengths_B: Tensor, transitions: Transitions) -> Tensor:
    """The score of these sequences, [B]: of emissions, start, transitions and end."""
    valid_BT = valid_mask(lengths_B, tags_BT)
    tags_BT = tags_BT.masked_fill(~valid_BT, 0)
    emitted_BT = emissions_BTK.gather(2, tags_BT.unsqueeze(2)).squeeze(2)
    moved_BT = transitions.matrix_KK[tags_BT[:, :-1], tags_BT[:, 1:]]
    last_B = tags_BT.gather(1, beside(lengths_B, tags_BT).unsqueeze(1) - 1).squeeze(1)
    inside_B = emitted_BT.masked_fill(~valid_BT, 0).sum(1) + moved_BT.masked_fill(~valid_BT[:, 1:], 0).sum(1)
    return inside_B + transitions.start_K[tags_BT[:, 0]] + transitions.end_K[last_B]
