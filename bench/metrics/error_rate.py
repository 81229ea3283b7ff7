"""Errors of whole outputs and of their symbols against one or several references, in percent.

    word error rate    = words whose output equals none of their references / words
    phoneme error rate = sum of edit distances to the nearest reference / sum of the lengths of those references

There a word is a row (the pronunciation of one word), as grapheme-to-phoneme papers count. Of speech, which has one reference:

    word error rate      = sum of edit distances over words / sum of the references' words
    character error rate = the same over characters, spaces among them

An edit is an insertion, deletion or substitution (Levenshtein 1966).
"""

from collections.abc import Sequence

from bench.metrics.bleu import check_rows
from bench.metrics.metric import Counts, Metric


def edit_distance(source: Sequence[str], target: Sequence[str]) -> int:
    """The fewest insertions, deletions and substitutions that turn one into the other."""
    above = list(range(len(target) + 1))
    for row, symbol in enumerate(source, 1):
        line = [row]
        for column, expected in enumerate(target, 1):
            line.append(min(above[column] + 1, line[-1] + 1, above[column - 1] + (symbol != expected)))
        above = line
    return above[-1]


def pronunciation_counts(outputs: Sequence[Sequence[str]], references: Sequence[Sequence[Sequence[str]]]) -> Counts:
    """Sums over words; an output and a reference are sequences of phonemes.

    Of references at the same distance the longest counts. Raises ValueError when the rows do not agree in number.
    """
    check_rows(outputs, references)
    wrong = edits = length = 0
    for output, ways in zip(outputs, references, strict=True):
        if list(output) in [list(reference) for reference in ways]:
            length += len(output)
            continue
        distance, nearest = min(
            ((edit_distance(output, reference), reference) for reference in ways), key=lambda pair: (pair[0], -len(pair[1]))
        )
        wrong, edits, length = wrong + 1, edits + distance, length + len(nearest)
    return {"words": float(len(outputs)), "wrong_words": float(wrong), "edits": float(edits), "phonemes": float(length)}


def pronunciation_metrics(counts: Counts) -> dict[str, Metric]:
    """word_error_rate, phoneme_error_rate, exact_match."""
    words = int(counts["words"])
    wrong = 100 * counts["wrong_words"] / words
    return {
        "word_error_rate": Metric(wrong, "%", "lower", words),
        "phoneme_error_rate": Metric(100 * counts["edits"] / max(counts["phonemes"], 1), "%", "lower", words),
        "exact_match": Metric(100 - wrong, "%", "higher", words),
    }


def speech_counts(outputs: Sequence[str], references: Sequence[str]) -> Counts:
    """Sums over texts. Raises ValueError when the rows do not agree in number."""
    exact = exact_match_counts(outputs, [[line] for line in references])
    pairs = list(zip(outputs, references, strict=True))
    return {
        **exact,
        "character_edits": float(sum(edit_distance(output, line) for output, line in pairs)),
        "characters": float(sum(map(len, references))),
        "word_edits": float(sum(edit_distance(output.split(), line.split()) for output, line in pairs)),
        "words": float(sum(len(line.split()) for line in references)),
    }


def speech_metrics(counts: Counts) -> dict[str, Metric]:
    """character_error_rate, word_error_rate, exact_match."""
    rows = int(counts["rows"])
    return {
        "character_error_rate": Metric(100 * counts["character_edits"] / max(counts["characters"], 1), "%", "lower", rows),
        "word_error_rate": Metric(100 * counts["word_edits"] / max(counts["words"], 1), "%", "lower", rows),
        "exact_match": exact_match(counts),
    }


def exact_match_counts(outputs: Sequence[str], references: Sequence[Sequence[str]]) -> Counts:
    """Rows, and rows whose line equals one of its references, character by character. Raises ValueError as above."""
    check_rows(outputs, references)
    hits = sum(output in lines for output, lines in zip(outputs, references, strict=True))
    return {"rows": float(len(outputs)), "exact": float(hits)}


def exact_match(counts: Counts) -> Metric:
    return Metric(100 * counts["exact"] / counts["rows"], "%", "higher", int(counts["rows"]))
