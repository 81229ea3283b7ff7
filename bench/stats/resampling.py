"""Systems on the same sentences: the bootstrap, of one and of two, and approximate randomisation, over sums of each sentence.

A metric of a corpus is a function of sums over its sentences (BLEU's n-gram counts, an F1's entities), never a mean of scores.
The bootstrap (Efron 1979; Koehn 2004) draws as many sentences with replacement, the same for all systems. The spread of a score
over the draws is the error that the choice of the sentences leaves; of two systems on the same sentences, the 2.5 % and 97.5 %
points of the difference are its interval. Approximate randomisation (Noreen 1989; Riezler and Maxwell 2005) swaps the two
outputs of each sentence by a coin: p is the share of the trials, including the observed one, whose difference is as far from
zero. Both tell whether these two outputs would differ on other sentences of the kind; they say nothing about other seeds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from bench.stats.intervals import CONFIDENCE, Interval
from bench.stats.significance import ROUNDING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Sums = NDArray[np.float64]

RESAMPLES, TRIALS = 1000, 10_000
SEED = 12345
"""sacrebleu's."""
CHUNK = 500

Score = Callable[["Sums"], "Sums"]
"""Sums [R, K] of R corpora -> their scores [R]."""


def bootstrap(ours_SK: Sums, theirs_SK: Sums, *, score: Score) -> tuple[Interval, float]:
    """The difference ours minus theirs with its interval, and p: how often a centred difference lies as far from zero."""
    import numpy as np

    observed = _difference(ours_SK, theirs_SK, score=score)
    ours_R, theirs_R = scores([(ours_SK, score), (theirs_SK, score)])
    drawn_R = ours_R - theirs_R
    low, high = np.quantile(drawn_R, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    far = np.abs(drawn_R - drawn_R.mean()) >= abs(observed)
    return Interval(observed, float(low), float(high), len(ours_SK)), _share(far)


def scores(systems: Sequence[tuple[Sums, Score]]) -> list[Sums]:
    """The score of each system on each of the resamples, [R]: the same draws for all systems, and in every call with as many
    sentences. All systems have the same sentences."""
    import numpy as np

    drawn: list[list[Sums]] = [[] for _ in systems]
    for weights_RS in _draws(len(systems[0][0])):
        for chunks, (sums_SK, score) in zip(drawn, systems, strict=True):
            chunks.append(score(weights_RS @ sums_SK))
    return [np.concatenate(chunks) for chunks in drawn]


def randomisation(ours_SK: Sums, theirs_SK: Sums, *, score: Score) -> float:
    """p of approximate randomisation."""
    import numpy as np

    observed = abs(_difference(ours_SK, theirs_SK, score=score))
    coin, far = np.random.default_rng(SEED), []
    for _ in range(TRIALS // CHUNK):
        swapped_RK = coin.integers(2, size=(CHUNK, len(ours_SK))).astype(np.float64) @ (theirs_SK - ours_SK)
        gaps_R = score(ours_SK.sum(0) + swapped_RK) - score(theirs_SK.sum(0) - swapped_RK)
        far.append(np.abs(gaps_R) >= observed * (1 - ROUNDING))
    return _share(np.concatenate(far))


def _draws(sentences: int) -> Any:
    """How often each sentence is drawn, [R, S] at a time."""
    import numpy as np

    source = np.random.default_rng(SEED)
    for _ in range(RESAMPLES // CHUNK):
        yield source.multinomial(sentences, np.full(sentences, 1 / sentences), size=CHUNK).astype(np.float64)


def _difference(ours_SK: Sums, theirs_SK: Sums, *, score: Score) -> float:
    return float((score(ours_SK.sum(0)[None]) - score(theirs_SK.sum(0)[None]))[0])


def _share(far: Any) -> float:
    """Of the trials and the observed one (Phipson and Smyth 2010: no p is 0)."""
    return (int(far.sum()) + 1) / (len(far) + 1)
