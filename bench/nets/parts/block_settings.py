"""Which parts a block of a stack has (`bench.nets.parts.blocks`); without torch, since the schema reads it."""

from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from bench.cells.ranges import at_least_one, one_of
from bench.errors import Refusal

BLOCKS = ("none", "residual", "gated")
WITHOUT: dict[str, Any] = {"block": "none", "convolution": 0, "expansion": 1, "mlp": 0.0}
"""The settings of a stack without blocks, which is what every older run had."""


@dataclass(frozen=True)
class BlockSettings:
    """What stands around each cell of a stack: `block` none | residual | gated; `convolution`: inputs that it joins, 0 for
    none; `expansion`: units of a cell for each of the stack; `mlp`: units of the perceptron after it for each, 0 for none."""

    block: str
    convolution: int
    expansion: int
    mlp: float
    key: str = field(default="stack", compare=False)  # where they stand, for refusals

    def __post_init__(self) -> None:
        one_of(f"{self.key}.block", self.block, BLOCKS)
        at_least_one(f"{self.key}.expansion", self.expansion)
        if self.convolution != 0 and (self.convolution < 2 or not isinstance(self.convolution, int)):
            raise Refusal(
                f"{self.key}.convolution={self.convolution!r} is refused: give an integer of at least 2, or 0 for none."
            )
        if not (isfinite(self.mlp) and self.mlp >= 0):
            raise Refusal(f"{self.key}.mlp={self.mlp!r} is refused: give a finite number of at least 0.")
        for key, without in WITHOUT.items():
            value = getattr(self, key)
            if self.block == "none" and value != without:
                raise Refusal(
                    f"{self.key}.{key}={value!r} is refused with {self.key}.block=none, where nothing stands around a cell: "
                    f"give {self.key}.block=residual or gated, or {self.key}.{key}={without}."
                )

    @property
    def gated(self) -> bool:
        return self.block == "gated"


NO_BLOCK = BlockSettings(**WITHOUT)
