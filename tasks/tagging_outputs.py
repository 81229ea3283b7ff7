"""Outputs of name tagging: metrics of each split, predictions in conlleval's format, which names went wrong and how."""

from collections.abc import Iterable
from typing import Any, Protocol

import torch
from torch import Tensor

from bench.data.batches.batch import Loader
from bench.data.sources.subsample import spread
from bench.data.tags.sentences import Sentence, TagBatch
from bench.data.tags.tagged import TaggedData
from bench.metrics.conlleval import conlleval_text
from bench.metrics.matrix import Matrix
from bench.metrics.metric import Metric
from bench.nets.roles import Tags
from bench.records.output_files import Scored
from bench.task import Outputs

from .tag_measures import Measure
from .tag_reader import NetT, TagStrategy

COLUMNS = ("words", "gold", "predicted")


class TagTask(Protocol):
    """What is asked of the task: its data, and which tags it writes."""

    data: TaggedData
    evaluation: Any
    binary: bool
    measure: Measure

    def splits(self) -> Iterable[str]: ...
    def score_loader(self, split: str) -> Loader: ...


def collect(task: TagTask, net: NetT, strategy: TagStrategy[NetT]) -> Outputs:
    """Tags validation and test. Rows, text and matrices are of the last split that there is."""
    metrics: dict[str, dict[str, Metric]] = {}
    predicted: list[tuple[str, ...]] = []
    shown = ""
    for shown in task.splits():
        predicted = _tag(task, net, strategy, shown)
        metrics[shown] = task.measure.metrics(task.measure.counts(predicted, _gold(task, shown)))
    sentences, gold = task.data.raw[shown], _gold(task, shown)
    places = spread(range(len(sentences)), task.evaluation.samples)
    rows = [(" ".join(sentences[at].words), " ".join(gold[at]), " ".join(predicted[at])) for at in places]
    files = {"conll": conlleval_text([row.words for row in sentences], gold, predicted)}
    if strategy.n_best > 1:
        files["n_best.tsv"] = _n_best(task, net, strategy, split=shown)
    matrices = _matrices(task, net, predicted, gold)
    scored = Scored(shown, "tags", predicted, [[tags] for tags in gold])
    return Outputs(COLUMNS, rows, files, metrics, matrices, scored)


@torch.no_grad()
def _tag(task: TagTask, net: NetT, strategy: TagStrategy[NetT], split: str) -> list[tuple[str, ...]]:
    """The tags of every sentence of a split, in its order."""
    device = next(iter(net.state_dict().values())).device
    tags: list[tuple[str, ...]] = [()] * len(task.data.raw[split])
    for batch in task.score_loader(split):
        on_device = batch.to(device)
        for index, row in zip(batch.index_B.tolist(), rows_of(strategy.tag(net, on_device), on_device), strict=True):
            tags[index] = task.measure.decode(row)
    return tags


def rows_of(tags_BT: Tensor, batch: TagBatch) -> list[list[int]]:
    """The numbers of each sentence without padding."""
    return [row[:length] for row, length in zip(tags_BT.tolist(), batch.lengths_B.tolist(), strict=True)]


def _gold(task: TagTask, split: str) -> list[tuple[str, ...]]:
    rows: list[Sentence] = task.data.raw[split]
    return [task.measure.gold(row.tags) for row in rows]


def _matrices(
    task: TagTask, net: Tags[TagBatch], predicted: list[tuple[str, ...]], gold: list[tuple[str, ...]]
) -> list[Matrix]:
    matrices = task.measure.matrices(predicted, gold)
    if not task.binary and (scores := net.transition_scores()) is not None:
        names = task.data.text.tags
        matrices.append(
            Matrix("transitions", "Scores of transitions: from the row to the column", names, names, scores.tolist())
        )
    return matrices


@torch.no_grad()
def _n_best(task: TagTask, net: NetT, strategy: TagStrategy[NetT], *, split: str) -> str:
    """A line a sequence: place of the sentence, log-probability, tags."""
    device = next(iter(net.state_dict().values())).device
    lines: list[list[str]] = [[] for _ in task.data.raw[split]]
    for batch in task.score_loader(split):
        tags_BNT, log_prob_BN = strategy.several(net, batch.to(device))
        rows_of_batch = zip(
            batch.index_B.tolist(), batch.lengths_B.tolist(), tags_BNT.tolist(), log_prob_BN.tolist(), strict=True
        )
        for index, length, rows, scores in rows_of_batch:
            lines[index] = [
                f"{index}\t{score:.4f}\t{' '.join(task.measure.decode(row[:length]))}\n"
                for row, score in zip(rows, scores, strict=True)
                if score > -torch.inf
            ]
    return "".join(line for several in lines for line in several)
