"""Polyphonic music: which keys sound in the next frame, from all frames before.

(Boulanger-Lewandowski et al. 2012, arXiv:1206.6392.)

`nats_per_frame` is the negative log-likelihood, the sum over the 88 keys and the mean over all predicted frames of a split:
frames of long and short pieces weigh alike, padding counts nothing, and the first frame of a piece is read and not predicted.
Chung et al. 2014 (arXiv:1412.3555) and Bai et al. 2018 (arXiv:1803.01271) print this figure. `frame_accuracy` takes a key to
sound where its probability is above one half. Beside them stand two that learn nothing: `guess_nats_per_frame` gives each key
its share of the training frames, `repeat_accuracy` says that the last frame goes on.

In training a piece is a row, or is cut into rows of `window` predicted frames, each from a state of zeros. Scoring reads whole
pieces.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from bench.cells.scan.padding import valid_mask
from bench.data.batches.batch import Loader
from bench.data.batches.buckets import Buckets, Ordered
from bench.data.music.piano_roll import KEYS, named
from bench.data.music.pieces import FrameBatch, MusicData, PieceRows
from bench.data.sources.subsample import spread
from bench.decoding.greedy import Greedy
from bench.errors import DataError
from bench.metrics.frame_accuracy import frame_accuracy, frame_counts
from bench.metrics.metric import Counts, Metric
from bench.nets.next_frame import frame_nll
from bench.nets.roles import Frames
from bench.nets.topology import Topology
from bench.task import EvaluationSettings, Outputs, Task

COLUMNS = ("piece", "frame", "before", "notes", "given")


@dataclass(frozen=True)
class Evaluation(EvaluationSettings):
    """How pieces are read after training: `batch_size` at once; `samples` frames go to the table of samples."""

    chooses: ClassVar[tuple[str, ...]] = ()
    least = (("batch_size", 1), ("samples", 0))
    batch_size: int
    samples: int


class Music(Task[Frames[FrameBatch]]):
    """The task over one set of pieces. `window` None: rows are whole pieces."""

    topology = Topology.NEXT_FRAME
    primary = "nats_per_frame"
    better = "lower"
    causal = True

    def __init__(self, *, data: MusicData, evaluation: Evaluation, window: int | None) -> None:
        if window is not None and window < 1:
            raise DataError(f"task.window={window} is out of range: give null, or a number of predicted frames of at least 1.")
        self.data, self.evaluation = data, evaluation
        self.rows = {split: PieceRows(rolls, None) for split, rolls in data.rolls.items()}
        self.trained = self.rows["train"] if window is None else PieceRows(data.rolls["train"], window)
        self.scored = data.rolls
        frames_NK = torch.cat(data.rolls["train"]).double()
        self.guess_K = ((frames_NK.sum(0) + 1) / (len(frames_NK) + 2)).logit()  # no key is impossible

    def describe_data(self) -> dict[str, Any]:
        return self.data.description

    def vocabulary(self) -> dict[str, Any]:
        """What a checkpoint needs to name its frames."""
        return {"kind": "piano_roll", "keys": KEYS}

    def make_net(self, make: Callable[[Mapping[str, Any]], nn.Module]) -> nn.Module:
        return make({"keys": KEYS})

    def train_loader(self, batch_size: int, seed: int) -> Loader:
        return Buckets(self.trained, batch_size, seed=seed)

    def score_loader(self, split: str) -> Ordered:
        return Ordered(self.rows[split], self.evaluation.batch_size)

    def score(self, net: Frames[FrameBatch], batch: FrameBatch, state: Any) -> tuple[Counts, Any]:
        logits_BTK = net.frames(batch)
        valid_BT = _valid(batch)
        logits_NK, before_NK, truth_NK = logits_BTK[valid_BT], batch.inputs_BT[valid_BT], batch.targets_BT[valid_BT]
        nll_sum, frames = frame_nll(logits_NK[None].double(), truth_NK[None].double(), None)
        guess_NK = self.guess_K.to(logits_NK.device).expand(1, len(truth_NK), KEYS)
        guess_sum, _ = frame_nll(guess_NK, truth_NK[None].double(), None)
        counts = {"nll_nats": float(nll_sum), "guess_nats": float(guess_sum), "frames": float(frames)}
        counts |= frame_counts(logits_NK > 0, truth_NK > 0)
        return counts | frame_counts(before_NK > 0, truth_NK > 0, "repeat_"), None

    def metrics(self, counts: Counts) -> dict[str, Metric]:
        frames = counts["frames"]
        return {
            "nats_per_frame": Metric(counts["nll_nats"] / frames, "nats/frame", "lower", int(frames)),
            "frame_accuracy": frame_accuracy(counts, "higher"),
            "guess_nats_per_frame": Metric(counts["guess_nats"] / frames, "nats/frame", "", int(frames)),
            "repeat_accuracy": frame_accuracy(counts, "", "repeat_"),
        }

    def check_strategy(self, strategy: object, name: str) -> None:
        """Raises DataError for a strategy that draws or searches: a frame is given key by key."""
        if not isinstance(strategy, Greedy):
            raise DataError("task=music says of each key whether it sounds next: give decode=greedy.")

    @torch.no_grad()
    def outputs(self, net: Frames[FrameBatch], strategy: Any, seed: int) -> Outputs:
        """Frames of the last split beside what was given, and the figures of each of its pieces in the order of the data."""
        split = list(self.splits())[-1]
        device = next(net.parameters()).device
        loader = self.score_loader(split)
        frames: dict[tuple[int, int], tuple[str, int, str, str, str]] = {}
        figures: dict[int, tuple[str, int, float, float]] = {}
        shown = self._shown(split)
        for rows_B, batch in zip(loader.rows, loader, strict=True):
            logits_BTK = net.frames(batch.to(device)).cpu()
            for row, piece in enumerate(rows_B.tolist()):
                predicted = int(self.rows[split].source.lengths[piece])
                logits_TK, truth_TK = logits_BTK[row, :predicted].double(), batch.targets_BT[row, :predicted]
                nll_sum, _ = frame_nll(logits_TK[None], truth_TK[None].double(), None)
                accuracy = frame_accuracy(frame_counts(logits_TK > 0, truth_TK > 0), "higher").value
                name = self.data.shown[split][piece]
                figures[piece] = (name, predicted, float(nll_sum) / predicted, accuracy)
                for frame in shown.get(piece, ()):
                    keys = (batch.inputs_BT[row, frame], truth_TK[frame], logits_TK[frame] > 0)
                    before, truth, predicted_names = map(named, keys)
                    frames[piece, frame] = (
                        name,
                        frame + 2,
                        before,
                        truth,
                        predicted_names,
                    )  # from 1; the first is not predicted
        lines = [("piece", "frames", "nats_per_frame", "frame_accuracy"), *(figures[piece] for piece in sorted(figures))]
        rows = [frames[key] for key in sorted(frames)]
        return Outputs(COLUMNS, rows, {"tsv": "".join("\t".join(map(str, line)) + "\n" for line in lines)})

    def _shown(self, split: str) -> dict[int, list[int]]:
        """The frames that are shown, by piece: spread over all of the split."""
        lengths = self.rows[split].source.lengths.tolist()
        places = [(piece, frame) for piece, predicted in enumerate(lengths) for frame in range(predicted)]
        shown: dict[int, list[int]] = {}
        for piece, frame in spread(places, self.evaluation.samples):
            shown.setdefault(piece, []).append(frame)
        return shown


def _valid(batch: FrameBatch) -> Tensor:
    if batch.lengths_B is None:
        return torch.ones(batch.targets_BT.shape[:2], dtype=torch.bool, device=batch.targets_BT.device)
    return valid_mask(batch.lengths_B, batch.targets_BT)
