"""Which tags a word takes, told by its spelling: the capitalisation class, then longer and longer suffixes.

Brants (2000, TnT: a statistical part-of-speech tagger, section 2.3) for a word with the letters l_1 .. l_n:

    P_i(t) = (c(t, s_i) / c(s_i) + theta P_{i-1}(t)) / (1 + theta),   s_i = class and last i letters
    theta  = standard deviation of the K tag probabilities of the words counted (n - 1 in the denominator)

up to the longest suffix that was counted. Only words that are rare in training are counted, each as often as it occurs: what
is not known resembles them. TnT keeps one table of suffixes for capitalised words and one for others; here each of six
classes has its own, and P_0 is the class, smoothed in the same way with the tags of all rare words, P_{-1}. That one is
smoothed additively, and theta is THETA at least, so that no tag is impossible.
"""

import statistics
from collections.abc import Mapping, Sequence

THETA = 0.01
ROOT = ""
"""The node of all rare words."""


def capitalisation(word: str) -> str:
    """One letter: n no letter but a digit, p neither, l lower, t Title (first capital only), u UPPER (two or more), m mixed."""
    letters = [symbol for symbol in word if symbol.isalpha()]
    if not letters:
        return "n" if any(symbol.isdigit() for symbol in word) else "p"
    capital = [symbol.isupper() or symbol.istitle() for symbol in letters]
    if not any(capital):
        return "l"
    if capital[0] and word[0] == letters[0] and not any(capital[1:]):
        return "t"
    return "u" if all(capital) else "m"


def nodes(word: str, longest: int) -> list[str]:
    """The path from ROOT: the class, then class and suffix, one letter more each time, at most `longest` letters."""
    kind = capitalisation(word)
    return [ROOT, *(kind + word[len(word) - size :] for size in range(min(longest, len(word)) + 1))]


def count_nodes(words: Mapping[str, Sequence[int]], *, longest: int, rare: int) -> dict[str, list[int]]:
    """Tag counts of each node, over the words that occur at most `rare` times; over all words where there are none."""
    chosen = {word: row for word, row in words.items() if sum(row) <= rare} or words
    counts: dict[str, list[int]] = {}
    for word, row in chosen.items():
        for node in nodes(word, longest):
            counts[node] = [a + b for a, b in zip(counts[node], row, strict=True)] if node in counts else list(row)
    return counts


def posteriors(words: Mapping[str, Sequence[int]], *, longest: int, rare: int, smoothing: float) -> dict[str, list[float]]:
    """P(tag | node) of each node by the recursion above; ROOT's counts are smoothed by adding `smoothing` to each."""
    counts = count_nodes(words, longest=longest, rare=rare)
    total = sum(counts[ROOT]) + smoothing * len(counts[ROOT])
    probabilities = {ROOT: [(count + smoothing) / total for count in counts[ROOT]]}
    theta = max(statistics.stdev(probabilities[ROOT]) if len(probabilities[ROOT]) > 1 else 0.0, THETA)
    for node in sorted(counts, key=len):
        if node != ROOT:
            node_total = sum(counts[node])
            above = probabilities[parent(node)]
            probabilities[node] = [
                (count / node_total + theta * p) / (1 + theta) for count, p in zip(counts[node], above, strict=True)
            ]
    return probabilities


def parent(node: str) -> str:
    """The node with one letter less; that of a class is ROOT."""
    return node[0] + node[2:] if len(node) > 1 else ROOT


def longest_known(word: str, known_nodes: Mapping[str, object], longest: int) -> str:
    """The last node of the word's path that is among `known_nodes`, whatever is missing on the way; ROOT is known."""
    return next(node for node in reversed(nodes(word, longest)) if node in known_nodes)
