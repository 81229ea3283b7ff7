"""From a configuration to the objects that it names: data, task, net, decoding strategy."""

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import nn

from bench.build import build
from bench.cells.cell import Cell
from bench.errors import ConfigError
from bench.nets.encoder_decoder import DecoderSettings
from bench.nets.parts.block_settings import NO_BLOCK, BlockSettings
from bench.nets.parts.blocks import Blocks, Shape
from bench.nets.parts.dropout import Dropout
from bench.nets.parts.stack import Stack
from bench.task import Task

if TYPE_CHECKING:
    from bench.config.schema import RunConfig, StackConfig
    from bench.decoding.generation import Strategy


def settle_arithmetic() -> None:
    """What a float32 is, here and on a GPU, from here on.

    Numbers below 1e-38 are read as 0: errors that vanish over time become so small, and slow. Threads take the setting over
    from the one that starts them, so it is set before the first product, wherever data or a net is made. Products on a GPU keep
    all bits of float32, cuDNN's too, which by itself would round their factors to ten (TF32).
    """
    torch.set_flush_denormal(True)
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False


def make_task(config: "RunConfig") -> Task[Any]:
    """The task with its data loaded; equal nodes share one object. Raises ConfigError or DataError, one sentence."""
    settle_arithmetic()
    task = _task(
        *(json.dumps(node, sort_keys=True) for node in (config.task, config.data, config.evaluation)), config.paths.data
    )
    if task.causal and config.stack.direction == "bidirectional":
        raise ConfigError(
            f"stack.direction=bidirectional is not allowed with task={config.task['name']}: it would see the answer in "
            "advance; give stack.direction=forward."
        )
    return task


@lru_cache(maxsize=16)
def _task(task: str, data: str, evaluation: str, folder: str | None) -> Task[Any]:
    data_node = json.loads(data)
    loaded = build(data_node, key="data", given={"name": data_node["name"], "folder": folder})
    settings = build(json.loads(evaluation), key="evaluation")
    loaded_task = build(json.loads(task), key="task", given={"data": loaded, "evaluation": settings})
    if not isinstance(loaded_task, Task):
        raise ConfigError(
            f"task._target_ creates a {type(loaded_task).__name__}, which is not a task: derive it from bench.task.Task."
        )
    return loaded_task


def make_net(config: "RunConfig", task: Task[Any]) -> nn.Module:
    """The net of `task` over the configured stack, freshly initialised from torch's global random state."""
    settle_arithmetic()

    def make_stack(input_size: int) -> Stack:
        return stack_of(config.cell, config.stack, input_size)

    def make(sizes: Mapping[str, Any]) -> nn.Module:
        return cast(nn.Module, build(config.net, key="net", given={"make_stack": make_stack, **sizes}))

    return task.make_net(make)


def stack_of(cell: Mapping[str, Any], stack: "StackConfig", input_size: int) -> Stack:
    """`stack.depth` layers of the configured cell, reading vectors of `input_size`."""
    shape = Shape(input_size, stack.hidden_size, stack.depth, stack.direction)
    block = BlockSettings(stack.block, stack.convolution, stack.expansion, stack.mlp)
    return _stack(_maker(cell, "cell"), shape, block, Dropout("stack.dropout", stack.dropout, stack.dropout_mask))


def decoder_stack(decoder: DecoderSettings, input_size: int) -> Stack:
    """The forward stack of a decoder."""
    shape = Shape(input_size, decoder.hidden_size, decoder.depth, "forward")
    block = BlockSettings(decoder.block, decoder.convolution, decoder.expansion, decoder.mlp, key="net.decoder")
    dropout = Dropout("net.decoder.dropout", decoder.dropout, decoder.dropout_mask)
    return _stack(_maker(decoder.cell, "net.decoder.cell"), shape, block, dropout)


def _stack(make_cell: Callable[[int, int], Cell], shape: Shape, block: BlockSettings, dropout: Dropout) -> Stack:
    if block == NO_BLOCK:
        return Stack(make_cell, **shape._asdict(), dropout=dropout)
    return Blocks(make_cell, shape=shape, block=block, dropout=dropout)


def _maker(cell: Mapping[str, Any], key: str) -> Callable[[int, int], Cell]:
    def make_cell(inputs: int, hidden: int) -> Cell:
        return cast(Cell, build(cell, key=key, given={"input_size": inputs, "hidden_size": hidden}))

    return make_cell


def make_strategy(config: "RunConfig") -> "Strategy":
    """The decoding strategy of `decode=`."""
    return cast("Strategy", build(config.decode, key="decode"))
