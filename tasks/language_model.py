"""Language modelling: predict the next symbol of a text, a character or a word (Mikolov et al. 2010).

Training runs over contiguous lanes with truncated backpropagation through time: `initial_state=carry` passes the last state
of a window on to the next, detached; `zeros` starts every window from nothing. Validation and test read every symbol
once, in order, in one lane, the state carried, and predict the first one from the last symbol of the training text. While
training, the validation text is read in `monitor_lanes` lanes, which is faster and only chooses the checkpoint.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from torch import Tensor, nn

from bench.data.batches.batch import Loader
from bench.data.text.lanes import LaneBatch, Lanes
from bench.errors import DataError
from bench.metrics.metric import Counts, Metric
from bench.nets.roles import Writes
from bench.nets.topology import Topology
from bench.task import EvaluationSettings, Outputs, Task

from .continuation import Vocabulary, continued, make_net

if TYPE_CHECKING:
    from bench.decoding.generation import Strategy


class Text(Protocol):
    """A text in splits; `ids[split]` is int64 [symbols of the split]."""

    name: str
    ids: dict[str, Tensor]
    description: dict[str, Any]

    @property
    def vocabulary(self) -> Vocabulary: ...


@dataclass(frozen=True)
class Evaluation(EvaluationSettings):
    """What is drawn after training: `sample_length` symbols after `prompt`. It changes no weight."""

    chooses: ClassVar[tuple[str, ...]] = ()
    least = (("sample_length", 1),)
    prompt: str
    sample_length: int


class LanguageModel(Task[Writes[LaneBatch]], ABC):
    """The task over one text. `window` is the length T of truncated backpropagation, in symbols.

    A kind of symbol has a name (`unit`, in the plural), metrics of its own, and says how many predictions are scored at a
    time. Raises DataError, one sentence, for settings out of range and for a text shorter than a window.
    """

    topology = Topology.NEXT_TOKEN
    better = "lower"
    causal = True
    unit: ClassVar[str]

    def __init__(self, *, data: Text, evaluation: Evaluation, window: int, initial_state: str, monitor_lanes: int) -> None:
        if initial_state not in ("zeros", "carry"):
            raise DataError(f"task.initial_state={initial_state} is unknown: give zeros or carry.")
        for key, value in (("window", window), ("monitor_lanes", monitor_lanes)):
            if value < 1:
                raise DataError(f"task.{key}={value} is out of range: give a number of at least 1.")
        if len(data.ids["train"]) <= window:
            raise DataError(
                f"data={data.name}: the training text has {len(data.ids['train'])} {self.unit}, fewer than one window of "
                f"task.window={window} and its target; give a longer text or a smaller window."
            )
        self.text = data
        self.scored = data.ids
        self.evaluation = evaluation
        self.window = window
        self.initial_state = initial_state
        self.monitor_lanes = monitor_lanes
        if not len(self.prompt_ids()):
            raise DataError(
                f"evaluation.prompt={evaluation.prompt!r} has no {self.unit} of data={data.name}: give one at least, "
                "to start a sample from."
            )

    @abstractmethod
    def prompt_ids(self) -> Tensor:
        """The prompt as int64 [symbols of the prompt]."""

    @abstractmethod
    def vocabulary(self) -> dict[str, Any]:
        """What a checkpoint needs to read and write text again."""

    @abstractmethod
    def metrics(self, counts: Counts) -> dict[str, Metric]: ...

    @abstractmethod
    def scored_window(self, lanes: int) -> int:
        """Steps scored at a time in that many lanes."""

    def describe_data(self) -> dict[str, Any]:
        return self.text.description

    def make_net(self, make: Callable[[Mapping[str, Any]], nn.Module]) -> nn.Module:
        return make_net(self.text.vocabulary, make)

    def train_loader(self, batch_size: int, seed: int) -> Loader:
        ids = self.text.ids["train"]
        if len(ids) <= batch_size:
            raise DataError(
                f"trainer.batch_size={batch_size} lanes do not fit a training text of {len(ids)} {self.unit}; give fewer."
            )
        return Lanes(ids, lanes=batch_size, window=self.window, context=None)

    def monitor_loader(self) -> Loader:
        return self._scored("validation", self.monitor_lanes)

    def score_loader(self, split: str) -> Loader:
        return self._scored(split, 1)

    def _scored(self, split: str, lanes: int) -> Lanes:
        context = int(self.text.ids["train"][-1])
        return Lanes(self.text.ids[split], lanes=lanes, window=self.scored_window(lanes), context=context)

    def score(self, net: Writes[LaneBatch], batch: LaneBatch, state: Any) -> tuple[Counts, Any]:
        (nll_sum, count), state = net.loss(batch, None if batch.first else state)
        return {"nll_nats": float(nll_sum), self.unit: float(count)}, state

    def carry(self, state: Any) -> Any:
        return state if self.initial_state == "carry" else None

    def outputs(self, net: Writes[LaneBatch], strategy: "Strategy", seed: int) -> Outputs:
        """Text drawn after the prompt, which is read from a zero state. Never draws the unknown symbol."""
        drawn = continued(net, strategy, self.prompt_ids(), length=self.evaluation.sample_length, seed=seed)
        prompt, text = self.evaluation.prompt, self.text.vocabulary.decode(drawn)
        return Outputs(("prompt", "text"), [(prompt, text)], {"txt": f"[after {prompt!r}]\n{text}\n"})
