"""A hypothesis: one output that a search or a draw has completed.

    log_prob = sum_t log p(y_t | y_<t)      over its tokens and, where it ended, its END

always as the model scores them: what a strategy forbids, sharpens or cuts changes which tokens are chosen, not their
probabilities. It is not the text: words, subwords and unknown symbols are the vocabulary's affair.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Hypothesis:
    """`tokens` without START and END; `log_prob` in nats, END's included, -inf where the model excludes it.

    `score` is what ranks it: `log_prob` over a length norm for beam search, else `log_prob` itself. `ended`: an END closes
    it, be it that the longest length left nothing else; False where generation has no END.
    """

    tokens: tuple[int, ...]
    log_prob: float
    score: float
    ended: bool

    @classmethod
    def from_row(cls, symbols: Iterable[int], *, log_prob: float, score: float, ended: bool) -> "Hypothesis":
        """From a row of a tensor: tokens, then END where it `ended`, then -1 to the row's end."""
        tokens = tuple(symbol for symbol in symbols if symbol >= 0)
        return cls(tokens[:-1] if ended else tokens, log_prob, score, ended)
