"""How the outputs of a translation are scored, as their language and their case allow."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.data.batches.vocabulary import UNKNOWN
from bench.data.pairs.pairs import PairData
from bench.metrics.bleu import BleuSums, tokens_of, translation_metrics
from bench.metrics.bleu_tokeniser import BLANKS, chosen
from bench.metrics.error_rate import exact_match, exact_match_counts, pronunciation_counts, pronunciation_metrics
from bench.metrics.metric import Counts, Metric
from bench.metrics.textbook_bleu import textbook_counts, textbook_metric

from .translator import Output

TEXTBOOK_ORDERS = 4


@dataclass(frozen=True)
class Quality:
    """`tokeniser` is BLEU's; `pronounced`: outputs are phonemes, any of several right; `notes` are for the record."""

    pronounced: bool
    lowercase: bool
    tokeniser: str
    notes: tuple[str, ...]

    @classmethod
    def of(cls, data: PairData) -> "Quality":
        """By the language of the targets, else by what the training targets are written in."""
        if data.measure == "pronunciation":
            return cls(True, data.lowercase, BLANKS, ())
        choice = chosen(data.raw["train"].targets, data.languages[1], of="target")
        return cls(False, data.lowercase, *choice)

    @property
    def primary(self) -> tuple[str, str]:
        """The metric of the outputs and which way is better. Text that is written in lower case is scored in lower case."""
        if self.pronounced:
            return "word_error_rate", "lower"
        return ("bleu_lowercase" if self.lowercase else "bleu"), "higher"

    @property
    def chosen_as(self) -> dict[str, Any]:
        """What of the primary metric is not as it was of all older runs: for the names."""
        return {} if self.tokeniser == BLANKS else {"tokeniser": self.tokeniser}

    @property
    def scored_as(self) -> dict[str, Any]:
        """The same of all metrics: chrF and exact matches of text in lower case were cased."""
        return {**self.chosen_as, **({"case": "lower"} if self.lowercase and not self.pronounced else {})}

    @property
    def unit(self) -> str:
        """What a token of the primary metric is called."""
        return "phonemes" if self.pronounced else f"{self.tokeniser} lower-cased" if self.lowercase else self.tokeniser

    def tokens(self, line: str) -> list[str]:
        """A line as tokens of the primary metric."""
        return line.split() if self.pronounced else tokens_of(line, lowercase=self.lowercase, tokeniser=self.tokeniser)

    def bleu(self, outputs: Sequence[str], references: Sequence[Sequence[str]]) -> BleuSums:
        """The sums of the primary metric of a translation."""
        return BleuSums.of(outputs, references, lowercase=self.lowercase, tokeniser=self.tokeniser)

    def ceilings(self, data: PairData) -> list[str]:
        """A sentence for each split with lines that the tokeniser cannot write back, with the BLEU of a perfect output."""
        if self.pronounced:
            return []
        notes = []
        for split in (split for split in ("validation", "test") if split in data.raw):
            references = data.raw[split].references
            perfect = [data.text.target.spelled(ways[0]) for ways in references]
            cased = [self._cased(ways[0]) for ways in references]
            if lost := sum(line != right for line, right in zip(perfect, cased, strict=True)):
                best = self.bleu(perfect, references).metric()
                notes.append(
                    f"{lost} of {len(references)} target lines of the {split} split cannot be written back as they are: a "
                    f"perfect output scores BLEU {best.value:.1f}"
                )
        return notes

    def score(self, data: PairData, split: str, outputs: Sequence[Output]) -> dict[str, Metric]:
        """Metrics of one split's outputs on detokenised text, the primary one first."""
        lines, hypotheses = [output.line for output in outputs], [output.hypothesis for output in outputs]
        references = data.raw[split].references
        written_tokens = sum(len(hypothesis.tokens) for hypothesis in hypotheses)
        if self.pronounced:
            reference_phonemes = sum(len(ways[0].split()) for ways in references)
            ratio = Metric(written_tokens / max(reference_phonemes, 1), "", "", len(outputs))
            return pronunciation_metrics(phoneme_counts(lines, references)) | {"length_ratio": ratio}
        target = data.text.target
        predictions = [target.names(hypothesis.tokens) for hypothesis in hypotheses]
        labels = [target.names(target.encode(ways[0])) for ways in references]
        alike = [[self._cased(reference) for reference in ways] for ways in references]
        metrics = {
            **translation_metrics(lines, references, lowercase=self.lowercase, tokeniser=self.tokeniser),
            "exact_match": exact_match(exact_match_counts(lines, alike)),
            "bleu_d2l": textbook_metric(textbook_counts(predictions, labels, TEXTBOOK_ORDERS)),
            "unknown_tokens": Metric(
                sum(hypothesis.tokens.count(UNKNOWN) for hypothesis in hypotheses), "tokens", "lower", written_tokens
            ),
        }
        first = self.primary[0]
        return {first: metrics[first], **metrics}

    def _cased(self, line: str) -> str:
        """In the case that outputs have."""
        return line.lower() if self.lowercase else line


def phoneme_counts(outputs: Sequence[str], references: Sequence[Sequence[str]]) -> Counts:
    """Sums of the error rates over lines of phonemes."""
    return pronunciation_counts([line.split() for line in outputs], [[line.split() for line in lines] for lines in references])
