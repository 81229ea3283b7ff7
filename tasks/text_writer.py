"""One text a row, of whatever the row is: a vector's caption, a recording's words.

A metric of greedy texts of the validation split chooses the checkpoint (`monitor=perplexity`: the likelihood does, which costs
less). At the end every split is written by the strategy of `decode=` and its text scored.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

import torch

from bench.data.batches.batch import Loader
from bench.data.batches.buckets import Buckets, Ordered, Rows
from bench.data.pairs.targets import TargetBatch, longest_text
from bench.data.pairs.tokenisers import Tokeniser
from bench.data.pairs.tokens import END, START
from bench.data.sources.subsample import spread
from bench.decoding.bounds import Bounds
from bench.decoding.greedy import Greedy
from bench.decoding.hypothesis import Hypothesis
from bench.errors import DataError
from bench.metrics.matrix import Matrix
from bench.metrics.metric import Counts, Metric
from bench.nets.roles import Writes
from bench.records.output_files import Scored
from bench.task import EvaluationSettings, Outputs, Task

if TYPE_CHECKING:
    from bench.decoding.generation import Strategy


COLUMNS = ("row", "output", "reference", "score")
TargetsT = TypeVar("TargetsT", bound=TargetBatch)


@dataclass(frozen=True)
class Evaluation(EvaluationSettings):
    """`batch_size` rows are written at once, by at most `longest` symbols; `samples` go to the table of samples."""

    chooses: ClassVar[tuple[str, ...]] = ("longest",)
    least: ClassVar[tuple[tuple[str, float], ...]] = (("batch_size", 1), ("longest", 1), ("samples", 0))
    batch_size: int
    longest: int
    samples: int


class TextWriter(Task[Writes[TargetsT]], Generic[TargetsT]):
    """`ids[split]` are the rows that batches are cut from, `references[split]` the right texts of each, `text` the tokeniser,
    in whose spelling both outputs and references are compared.

    `quality` is the metric of greedy texts that may choose the checkpoint, and which way it is better. `describe_data`,
    `vocabulary`, `make_net`, `text_counts` and `text_metrics` are a task's own.
    """

    def __init__(
        self,
        *,
        text: Tokeniser,
        ids: Mapping[str, Rows],
        references: Mapping[str, Sequence[Sequence[str]]],
        evaluation: Evaluation,
        monitor: str,
        quality: tuple[str, str],
    ) -> None:
        monitors = dict([quality, ("perplexity", "lower")])
        if monitor not in monitors:
            raise DataError(f"task.monitor={monitor} is unknown: give {' or '.join(monitors)}.")
        self.text = text
        self.ids = self.scored = ids
        scored = self.splits()
        self.references = {split: [[text.spelled(line) for line in lines] for lines in references[split]] for split in scored}
        self.evaluation = evaluation
        self.primary, self.better = monitor, monitors[monitor]
        longest = longest_text({split: ids[split] for split in scored})
        if longest > evaluation.longest:
            raise DataError(
                f"evaluation.longest={evaluation.longest} would cut what is written: the longest text that is scored has "
                f"{longest} symbols; give evaluation.longest={longest} or more."
            )

    def text_counts(self, outputs: Sequence[str], references: Sequence[Sequence[str]]) -> Counts:
        """Sums over texts."""
        raise NotImplementedError

    def text_metrics(self, counts: Counts) -> dict[str, Metric]:
        """Metrics from those sums, the one of `quality` first."""
        raise NotImplementedError

    def compared(self, outputs: Sequence[str], references: Sequence[Sequence[str]]) -> dict[str, Metric]:
        """All metrics of a split's final texts."""
        return self.text_metrics(self.text_counts(outputs, references))

    def scored_by(self) -> tuple[str, Callable[[str], list[str]]]:
        """What a token of the metrics is called, and a text as such tokens."""
        return "characters", list

    def row_name(self, split: str, index: int) -> str | int:
        """How a row is called among the samples."""
        return index

    def matrices(self, net: Writes[TargetsT], split: str, hypotheses: Sequence[Hypothesis]) -> list[Matrix]:
        """What the outputs of a split looked at, where that is to be seen."""
        return []

    def train_loader(self, batch_size: int, seed: int) -> Loader:
        return Buckets(self.ids["train"], batch_size, seed=seed)

    def score_loader(self, split: str) -> Loader:
        return Ordered(self.ids[split], self.evaluation.batch_size)

    def score(self, net: Writes[TargetsT], batch: TargetsT, state: Any) -> tuple[Counts, Any]:
        (nll_sum, count), _ = net.loss(batch, None)
        return {"nll_nats": float(nll_sum), "symbols": float(count)}, None

    def monitor(self, net: Writes[TargetsT], batch: TargetsT, state: Any) -> tuple[Counts, Any]:
        counts, _ = self.score(net, batch, None)
        if self.primary == "perplexity":
            return counts, None
        hypotheses = best_hypotheses(self, net, Greedy(), batch, generator=None)
        references = [self.references["validation"][index] for index in batch.index_B.tolist()]
        return counts | self.text_counts([self.text.decode(hypothesis.tokens) for hypothesis in hypotheses], references), None

    def metrics(self, counts: Counts) -> dict[str, Metric]:
        nats, count = counts["nll_nats"] / counts["symbols"], int(counts["symbols"])
        metrics = self.text_metrics(counts) if "rows" in counts else {}
        return {**metrics, "perplexity": Metric(math.exp(min(nats, 700.0)), "", "lower", count)}

    def longest_text(self) -> int:
        return longest_text(self.ids)

    def outputs(self, net: Writes[TargetsT], strategy: "Strategy", seed: int) -> Outputs:
        """Every split written by `strategy`, with the metrics of the texts."""
        return collect(self, net, strategy, seed)

    def decode_batch(self, net: Writes[TargetsT], strategy: "Strategy", batch: TargetsT) -> tuple[int, int]:
        """Writes a batch; (texts, symbols written)."""
        generator = torch.Generator(device=batch.target_BT.device).manual_seed(0)
        hypotheses = best_hypotheses(self, net, strategy, batch, generator=generator)
        return len(hypotheses), sum(len(hypothesis.tokens) for hypothesis in hypotheses)


@torch.no_grad()
def best_hypotheses(
    task: TextWriter[TargetsT],
    net: Writes[TargetsT],
    strategy: "Strategy",
    batch: TargetsT,
    *,
    generator: torch.Generator | None,
) -> list[Hypothesis]:
    """The best hypothesis of each row. `generator` is for strategies that draw."""
    bounds = Bounds(length=task.evaluation.longest, eos=END, forbidden=[START], generator=generator)
    first_B = torch.full_like(batch.target_BT[:, 0], START)
    return [rows[0] for rows in strategy.generate(net.step, net.start(batch), first_B, bounds)]


def collect(task: TextWriter[TargetsT], net: Writes[TargetsT], strategy: "Strategy", seed: int) -> Outputs:
    """Writes validation and test. Rows, text and matrices are of the last split that there is; all its lines are kept."""
    metrics: dict[str, dict[str, Metric]] = {}
    hypotheses: list[Hypothesis] = []
    lines: list[str] = []
    for split in task.splits():
        hypotheses = _all(task, net, strategy, split=split, seed=seed)
        lines = [task.text.decode(hypothesis.tokens) for hypothesis in hypotheses]
        metrics[split] = task.compared(lines, task.references[split])
    shown = list(task.splits())[-1]
    rows = [
        (task.row_name(shown, index), lines[index], task.references[shown][index][0], round(hypotheses[index].score, 4))
        for index in spread(range(len(lines)), task.evaluation.samples)
    ]
    unit, tokens = task.scored_by()
    scored = Scored(shown, unit, list(map(tokens, lines)), [list(map(tokens, ways)) for ways in task.references[shown]])
    text = "".join(f"{line}\n" for line in lines)
    return Outputs(COLUMNS, rows, {"txt": text}, metrics, task.matrices(net, shown, hypotheses), scored)


def _all(task: TextWriter[TargetsT], net: Writes[TargetsT], strategy: "Strategy", *, split: str, seed: int) -> list[Hypothesis]:
    """The best hypothesis of each row of a split, in its order."""
    device = next(net.parameters()).device
    generator = torch.Generator(device=device).manual_seed(seed)
    by_index: dict[int, Hypothesis] = {}
    for batch in task.score_loader(split):
        hypotheses = best_hypotheses(task, net, strategy, batch.to(device), generator=generator)
        by_index |= zip(batch.index_B.tolist(), hypotheses, strict=True)
    return [by_index[index] for index in range(len(by_index))]
