"""A hidden Markov model tagger, counted and not trained: the baseline that recurrent taggers are measured against.

    p(w_1..w_T, t_1..t_T) = p(t_1 | start) prod_i p(t_i | t_{i-1}) prod_i p(w_i | t_i) p(end | t_T)

First order (a tag depends on one tag before it; TnT of Brants 2000 looks back at two). State k is tag k of the caller's list;
start and end are no states. Transitions are in `bench.baselines.hmm_counts`. Emissions come by Bayes' rule from what tags a
word takes, with N words counted, N_1 of them once, K tags, and P(t | spelling) of `bench.baselines.hmm_spelling`:

    P(t | w) = (c(w, t) + m P(t | spelling of w)) / (c(w) + m)
    p(w)     = (1 - u) c(w) / N for a known word,  u for any unknown one,   u = (N_1 + 1) / (N + 2)   (Good and Turing's)
    p(w | t) = P(t | w) p(w) / P(t),   P(t) = sum_w P(t | w) p(w) + u P(t | rare word)

so for each tag the known words and "unknown" add up to 1. An unknown word is c = 0. Which unknown word it is has a probability
of its own that no tag depends on: it is left out, so likelihoods compare taggers over one vocabulary, and not vocabularies.
Natural logarithms throughout. This is no net that learns: it has no gradient, and one pass over the data is all.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from bench.baselines.hmm_counts import TagCounts
from bench.baselines.hmm_spelling import ROOT, longest_known, posteriors
from bench.decoding.viterbi import Transitions, log_partition, viterbi
from bench.errors import Refusal


class HiddenMarkov(nn.Module):
    """Buffers hold all that was counted, so `state_dict` is the whole model, and loading one takes on its sizes.

    `smoothing` is added to each count of tags, `spelling_weight` is m, `longest_suffix` is in letters, and suffixes are counted
    of words that occur at most `rare` times. Axis E: W known words, then S spellings of unknown ones.
    """

    start_K: nn.Parameter
    end_K: nn.Parameter
    matrix_KK: nn.Parameter
    emission_EK: nn.Parameter
    keys: Tensor

    def __init__(
        self, tags: int, *, smoothing: float = 0.1, spelling_weight: float = 0.5, longest_suffix: int = 5, rare: int = 10
    ) -> None:
        super().__init__()
        if tags < 1 or smoothing <= 0 or spelling_weight < 0 or longest_suffix < 0 or rare < 1:
            raise Refusal(
                f"tags={tags}, smoothing={smoothing}, spelling_weight={spelling_weight}, longest_suffix={longest_suffix}, "
                f"rare={rare} is no hidden Markov model; give tags and rare from 1, smoothing above 0, the others from 0."
            )
        self.tags, self.smoothing, self.spelling_weight = tags, smoothing, spelling_weight
        self.longest_suffix, self.rare = longest_suffix, rare
        for name, shape in (("start_K", (tags,)), ("end_K", (tags,)), ("matrix_KK", (tags, tags)), ("emission_EK", (0, tags))):
            self.register_parameter(name, _table(torch.zeros(shape)))
        self.register_buffer("keys", torch.zeros(0, dtype=torch.uint8))
        self._words: dict[str, int] = {}
        self._nodes: dict[str, int] = {}

    def fit(self, sentences: Iterable[tuple[Sequence[str], Sequence[int]]]) -> "HiddenMarkov":
        """Counts (words, tag ids) pairs and replaces what was counted before. Raises ValueError for what cannot be counted."""
        counts = TagCounts.of(sentences, self.tags)
        self.start_K, self.end_K, self.matrix_KK = (_table(table) for table in counts.transitions(self.smoothing))
        by_node = posteriors(counts.words, longest=self.longest_suffix, rare=self.rare, smoothing=self.smoothing)
        keys = json.dumps({"words": list(counts.words), "spellings": list(by_node)})
        self.keys = torch.tensor(list(keys.encode()), dtype=torch.uint8)
        self._read_keys()
        self.emission_EK = _table(self._emissions(counts, torch.tensor(list(by_node.values()), dtype=torch.float64)))
        return self

    def _emissions(self, counts: TagCounts, spelled_SK: Tensor) -> Tensor:
        """log p(word | tag): a row for each known word, then one for unknown words of each spelling."""
        counts_WK = torch.tensor(list(counts.words.values()), dtype=torch.float64)
        total_W1 = counts_WK.sum(1, keepdim=True)
        of_word_WK = spelled_SK[torch.tensor([self._node(word) for word in counts.words])]
        posterior_WK = (counts_WK + self.spelling_weight * of_word_WK) / (total_W1 + self.spelling_weight)
        unknown = ((total_W1 == 1).sum() + 1) / (total_W1.sum() + 2)
        joint_WK = posterior_WK * (1 - unknown) * total_W1 / total_W1.sum()
        joint_SK = spelled_SK * unknown
        prior_K = joint_WK.sum(0) + joint_SK[self._nodes[ROOT]]
        return (torch.cat([joint_WK, joint_SK]) / prior_K).log()

    def emissions(self, spellings: Sequence[str]) -> Tensor:
        """log p(word | tag) of each spelling, known or not: (U, K). Raises ValueError before `fit` or a loaded state."""
        if not self._nodes:
            raise ValueError("the hidden Markov model has counted nothing; call fit, or load the state of one that has.")
        word_count = len(self._words)
        rows = [self._words[word] if word in self._words else word_count + self._node(word) for word in spellings]
        return self.emission_EK[torch.tensor(rows, dtype=torch.int64, device=self.emission_EK.device)]

    def _node(self, word: str) -> int:
        return self._nodes[longest_known(word, self._nodes, self.longest_suffix)]

    def _read_keys(self) -> None:
        keys = json.loads(bytes(self.keys.tolist()))
        self._words, self._nodes = ({key: row for row, key in enumerate(keys[kind])} for kind in ("words", "spellings"))

    def _load_from_state_dict(self, state_dict: Mapping[str, Any], prefix: str, *rest: Any) -> None:
        """Takes on the sizes of the state before torch compares them; they depend on what was counted."""
        if prefix + "keys" in state_dict:
            self.emission_EK = _table(torch.empty_like(state_dict[prefix + "emission_EK"], device=self.emission_EK.device))
            self.keys = torch.empty_like(state_dict[prefix + "keys"], device=self.keys.device)
        super()._load_from_state_dict(state_dict, prefix, *rest)  # type: ignore[no-untyped-call]
        if self.keys.numel():
            self._read_keys()

    def transitions(self) -> Transitions:
        """Logarithms of start, end and transition probabilities."""
        return Transitions(self.start_K, self.end_K, self.matrix_KK)

    def tag(self, emissions_BTK: Tensor, lengths_B: Tensor) -> Tensor:
        """The likeliest tags (Viterbi); anything in the padding."""
        return viterbi(emissions_BTK, lengths_B, self.transitions())[0]

    def log_likelihood(self, emissions_BTK: Tensor, lengths_B: Tensor) -> Tensor:
        """log p(words) of each sentence, over all tags (the forward algorithm): (B,)."""
        return log_partition(emissions_BTK, lengths_B, self.transitions())


def _table(table: Tensor) -> nn.Parameter:
    return nn.Parameter(table.float(), requires_grad=False)
