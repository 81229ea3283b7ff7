"""Word language modelling: predict the next word of a text (Bengio et al. 2003; Mikolov et al. 2010; Zaremba et al. 2014).

The protocol of `tasks.char_lm`, over words: contiguous lanes with truncated backpropagation through time; validation and test
read every word once, in order, in one lane, the state carried, the first word predicted from the last one of the training text.
The metric is perplexity per word, the ends of lines and the unknown word counted like any other; it compares at equal
vocabularies alone.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from bench.data.lanes import LaneBatch, Lanes
from bench.data.vocabulary import UNKNOWN
from bench.data.words import WordData
from bench.decoding.bounds import Bounds
from bench.outputs import Outputs
from bench.task import Counts, DataError, Loader, Metric

if TYPE_CHECKING:
    from bench.decoding.generation import Strategy

SCORED = 512  # predictions made at a time: each has a probability for every word


@dataclass(frozen=True)
class Evaluation:
    """What is drawn after training: `sample_length` words after `prompt`. It changes no weight."""

    prompt: str
    sample_length: int

    def __post_init__(self) -> None:
        if self.sample_length < 1:
            raise DataError(f"evaluation.sample_length={self.sample_length} is out of range: give a number of at least 1.")


class WordLM:
    """The task over one text. `window` is the length T of truncated backpropagation, in words."""

    primary = "perplexity"
    better = "lower"
    causal = True

    def __init__(self, *, data: WordData, evaluation: Evaluation, window: int, initial_state: str, monitor_lanes: int) -> None:
        if initial_state not in ("zeros", "carry"):
            raise DataError(f"task.initial_state={initial_state} is unknown: give zeros or carry.")
        for key, value, high in (("window", window, None), ("monitor_lanes", monitor_lanes, SCORED)):
            if value < 1 or (high is not None and value > high):
                wanted = "of at least 1" if high is None else f"from 1 to {high}"
                raise DataError(f"task.{key}={value} is out of range: give a number {wanted}.")
        if len(data.ids["train"]) <= window:
            raise DataError(
                f"data={data.name}: the training text has {len(data.ids['train'])} words, fewer than one window of "
                f"task.window={window} and its target; give a longer text or a smaller window."
            )
        if not len(data.vocabulary.prefix(evaluation.prompt)):
            raise DataError(
                f"evaluation.prompt={evaluation.prompt!r} has no word for data={data.name}: give one to start a sample from."
            )
        self.data = data
        self.evaluation = evaluation
        self.window = window
        self.initial_state = initial_state
        self.monitor_lanes = monitor_lanes

    def describe_data(self) -> dict[str, Any]:
        return self.data.description

    def vocabulary(self) -> dict[str, Any]:
        """What a checkpoint needs to read and write text again."""
        known = self.data.vocabulary
        return {"kind": "words", "words": list(known.words), "unknown": known.unknown, "line_end": known.line_end}

    def make_net(self, make: Callable[[Mapping[str, Any]], nn.Module]) -> nn.Module:
        size = len(self.data.vocabulary)
        return make({"vocabulary_size": size, "outputs": size})

    def train_loader(self, batch_size: int, seed: int) -> Loader:
        ids = self.data.ids["train"]
        if len(ids) <= batch_size:
            raise DataError(
                f"trainer.batch_size={batch_size} lanes do not fit a training text of {len(ids)} words; give fewer."
            )
        return Lanes(ids, lanes=batch_size, window=self.window, context=None)

    def splits(self) -> Iterable[str]:
        return [split for split in ("validation", "test") if split in self.data.ids]

    def monitor_loader(self) -> Loader:
        return self._scored("validation", self.monitor_lanes)

    def score_loader(self, split: str) -> Loader:
        return self._scored(split, 1)

    def _scored(self, split: str, lanes: int) -> Lanes:
        context = int(self.data.ids["train"][-1])
        return Lanes(self.data.ids[split], lanes=lanes, window=SCORED // lanes, context=context)

    def score(self, net: Any, batch: LaneBatch, state: Any) -> tuple[Counts, Any]:
        (nll_sum, count), state = net.loss(batch, None if batch.first else state)
        return {"nll_nats": float(nll_sum), "words": float(count)}, state

    def metrics(self, counts: Counts) -> dict[str, Metric]:
        nats, count = counts["nll_nats"] / counts["words"], int(counts["words"])
        return {
            "perplexity": Metric(math.exp(min(nats, 700.0)), "", "lower", count),
            "nats_per_word": Metric(nats, "nats/word", "lower", count),
        }

    def carry(self, state: Any) -> Any:
        return state if self.initial_state == "carry" else None

    def outputs(self, net: Any, strategy: "Strategy", seed: int) -> Outputs:
        """Text drawn after the prompt, which is read from a zero state. Never draws the unknown word."""
        prompt_NT = self.data.vocabulary.prefix(self.evaluation.prompt)[None].to(next(net.parameters()).device)
        state = net.start(prompt_NT[:, :-1])
        bounds = Bounds(
            length=self.evaluation.sample_length,
            eos=None,
            forbidden=[UNKNOWN],
            generator=torch.Generator(device=prompt_NT.device).manual_seed(seed),
        )
        drawn = strategy.generate(net.step, state, prompt_NT[:, -1], bounds)[0][0]
        prompt, text = self.evaluation.prompt, self.data.vocabulary.decode(drawn.tokens)
        return Outputs(("prompt", "text"), [(prompt, text)], {"txt": f"[after {prompt!r}]\n{text}\n"})
