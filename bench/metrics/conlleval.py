"""Predictions as conlleval reads them: a line `word gold predicted` for each word, an empty line after each sentence.

conlleval, the script of the CoNLL shared tasks, splits a line at single spaces; so white space inside a word is written as an
underscore, and an empty word is one underscore. Tags are written as they are. The script knows B-, I-, E- and O, but no S-:
give it IOB1 or IOB2 (`bench.data.tags.schemes.convert`) where its figures are wanted. This writes; `bench.metrics.entities`
scores.
"""

from collections.abc import Iterable, Sequence


def conlleval_text(words: Sequence[Sequence[str]], gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> str:
    """The whole file. Raises ValueError unless the three have the same sentences, of as many words and tags."""
    if not len(words) == len(gold) == len(predicted):
        raise ValueError(
            f"there are {len(words)} sentences, {len(gold)} of gold tags and {len(predicted)} of predicted tags; give as many."
        )
    return "".join(conlleval_lines(zip(words, gold, predicted, strict=True)))


def conlleval_lines(sentences: Iterable[tuple[Sequence[str], Sequence[str], Sequence[str]]]) -> Iterable[str]:
    """The text sentence by sentence, from (words, gold tags, predicted tags). Raises ValueError as above."""
    for row, (words, gold, predicted) in enumerate(sentences):
        if not len(words) == len(gold) == len(predicted):
            raise ValueError(
                f"sentence {row} has {len(words)} words, {len(gold)} gold tags and {len(predicted)} predicted tags; "
                "cut the padding, one tag a word."
            )
        lines = (f"{column(word)} {truth} {guess}\n" for word, truth, guess in zip(words, gold, predicted, strict=True))
        yield "".join(lines) + "\n"


def column(word: str) -> str:
    """The word without white space."""
    return "".join("_" if symbol.isspace() else symbol for symbol in word) or "_"
