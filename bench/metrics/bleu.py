"""BLEU and chrF of a corpus as `sacrebleu` computes them, on detokenised text, with their signatures; in percent.

    BLEU = BP exp(1/4 sum_n log p_n),  n = 1..4,  BP = min(1, exp(1 - r/c))        (Papineni et al. 2002, equations 1 to 3)

p_n is clipped matches over n-grams, both summed over the corpus, so corpora add up by their sums (`BleuSums`), and never by
averaging scores. Text is scored as it is (cased); `bleu_lowercase` lowers both sides and is comparable only with tables that
do so. Words are those of a tokeniser of sacrebleu's, by the language of the text (`bench.metrics.bleu_tokeniser`).
References are a list of lines a row; rows may have different numbers of them. This is not BLEU over a model's own
tokens, and not the textbook form of `bench.metrics.textbook_bleu`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from bench.metrics.bleu_tokeniser import BLANKS
from bench.metrics.metric import Metric
from bench.metrics.undefined import warn_once

ORDERS = 4


@dataclass(frozen=True)
class BleuSums:
    """What corpus BLEU is made of. `correct[n-1]` of `total[n-1]` n-grams match; words are those of `tokeniser`."""

    correct: tuple[int, ...]
    total: tuple[int, ...]
    hypothesis_words: int
    reference_words: int
    rows: int
    lowercase: bool
    fewest_references: int
    most_references: int
    tokeniser: str = BLANKS

    @classmethod
    def of(
        cls, hypotheses: Sequence[str], references: Sequence[Sequence[str]], *, lowercase: bool, tokeniser: str = BLANKS
    ) -> "BleuSums":
        """Raises ValueError when there are not as many hypotheses as rows of references."""
        from sacrebleu.metrics.bleu import BLEU

        scorer = BLEU(lowercase=lowercase, tokenize=tokeniser)
        score = scorer.corpus_score(list(hypotheses), streams(hypotheses, references))
        counts = [len(lines) for lines in references]
        return cls(
            tuple(score.counts),
            tuple(score.totals),
            score.sys_len,
            score.ref_len,
            len(counts),
            lowercase,
            min(counts),
            max(counts),
            tokeniser,
        )

    def __add__(self, other: "BleuSums") -> "BleuSums":
        if (self.lowercase, self.tokeniser) != (other.lowercase, other.tokeniser):
            raise ValueError(
                "BLEU of lower-cased and of cased text, or of two tokenisers, cannot be added; give both the same."
            )
        return BleuSums(
            tuple(a + b for a, b in zip(self.correct, other.correct, strict=True)),
            tuple(a + b for a, b in zip(self.total, other.total, strict=True)),
            self.hypothesis_words + other.hypothesis_words,
            self.reference_words + other.reference_words,
            self.rows + other.rows,
            self.lowercase,
            min(self.fewest_references, other.fewest_references),
            max(self.most_references, other.most_references),
            self.tokeniser,
        )

    def metric(self) -> Metric:
        from sacrebleu.metrics.bleu import BLEU

        if not all(self.total):
            warn_once(f"BLEU is 0: no output has {ORDERS} words, and BLEU counts sequences of {ORDERS}; use another metric.")
        score = BLEU.compute_bleu(
            list(self.correct), list(self.total), self.hypothesis_words, self.reference_words, smooth_method="exp"
        )
        return Metric(score.score, "%", "higher", self.rows, self.signature())

    def length_ratio(self) -> Metric:
        """Words of the hypotheses over words of the references (of each row the reference nearest in length)."""
        return Metric(self.hypothesis_words / max(self.reference_words, 1), "", "", self.rows)

    def signature(self) -> str:
        """sacrebleu's."""
        from sacrebleu.metrics.bleu import BLEU

        scorer = BLEU(lowercase=self.lowercase, tokenize=self.tokeniser)
        alike = self.fewest_references == self.most_references
        scorer.num_refs = self.most_references if alike else -1
        return str(scorer.get_signature())


def tokens_of(line: str, *, lowercase: bool, tokeniser: str = BLANKS) -> list[str]:
    """The words whose n-grams BLEU counts."""
    return _splitter(tokeniser)((line.lower() if lowercase else line).rstrip()).split()


@cache
def _splitter(tokeniser: str) -> Callable[[str], str]:
    from sacrebleu.metrics.bleu import BLEU

    split: Callable[[str], str] = BLEU(tokenize=tokeniser).tokenizer
    return split


def chrf(hypotheses: Sequence[str], references: Sequence[Sequence[str]], *, lowercase: bool = False) -> Metric:
    """The character n-gram F-score, orders 1 to 6, recall weighing twice (Popovic 2015). Raises ValueError as BLEU does."""
    from sacrebleu.metrics.chrf import CHRF

    scorer = CHRF(lowercase=lowercase)
    score = scorer.corpus_score(list(hypotheses), streams(hypotheses, references))
    return Metric(score.score, "%", "higher", len(hypotheses), str(scorer.get_signature()))


def translation_metrics(
    hypotheses: Sequence[str], references: Sequence[Sequence[str]], *, lowercase: bool = False, tokeniser: str = BLANKS
) -> dict[str, Metric]:
    """bleu, bleu_lowercase, chrf, length_ratio of one corpus; nothing cased of outputs that are in lower case."""
    lower = BleuSums.of(hypotheses, references, lowercase=True, tokeniser=tokeniser)
    sums = lower if lowercase else BleuSums.of(hypotheses, references, lowercase=False, tokeniser=tokeniser)
    return {
        **({} if lowercase else {"bleu": sums.metric()}),
        "bleu_lowercase": lower.metric(),
        "chrf": chrf(hypotheses, references, lowercase=lowercase),
        "length_ratio": sums.length_ratio(),
    }


def check_rows(hypotheses: Sequence[object], references: Sequence[Sequence[object]]) -> None:
    """Raises ValueError unless both have as many rows, at least one, and every row has a reference."""
    if len(hypotheses) != len(references) or not hypotheses:
        raise ValueError(
            f"there are {len(hypotheses)} hypotheses and {len(references)} rows of references; give one hypothesis for each "
            "row, and at least one row."
        )
    if isinstance(references[0], str):
        raise ValueError("references are lines; give a list of references for each hypothesis, [[line], [line], ...].")
    for row, lines in enumerate(references):
        if not lines:
            raise ValueError(f"row {row} has no reference; give each row at least one.")


def streams(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> list[list[Any]]:
    """The references as sacrebleu wants them: stream k holds the k-th reference of every row, None where it has none."""
    check_rows(hypotheses, references)
    most = max(len(lines) for lines in references)
    return [[lines[k] if k < len(lines) else None for lines in references] for k in range(most)]
