"""Encoder-decoders of any cells and switches, with batches of pairs for them."""

from dataclasses import dataclass
from typing import Any

import choices
import torch
from torch import Tensor

from bench.build import call
from bench.nets.encoder_decoder import DecoderSettings, EncoderDecoder
from bench.nets.parts.dropout import no_dropout
from bench.nets.parts.stack import Stack

START, END, SOURCES, TARGETS = 1, 2, 9, 8


@dataclass(frozen=True)
class Batch:
    source_BS: Tensor
    source_lengths_B: Tensor
    target_BT: Tensor
    target_lengths_B: Tensor


def rows(sources: list[int] | None = None, targets: list[int] | None = None) -> Batch:
    source_lengths_B, target_lengths_B = torch.tensor(sources or [4, 1, 6, 3]), torch.tensor(targets or [3, 5, 1, 4])
    source_BS = torch.randint(3, SOURCES, (len(source_lengths_B), int(source_lengths_B.max())))
    target_BT = torch.randint(3, TARGETS, (len(target_lengths_B), int(target_lengths_B.max())))
    target_BT[torch.arange(len(target_BT)), target_lengths_B - 1] = END
    return Batch(source_BS, source_lengths_B, target_BT, target_lengths_B)


def make_net(
    *, cell: str = "lstm", decoder: str | None = None, direction: str = "bidirectional", depth: int = 1, **changes: Any
) -> EncoderDecoder:
    def stack(cell: str, size: int, *, hidden_size: int, depth: int, direction: str) -> Stack:
        options = {"dropout": no_dropout()}
        return Stack(choices.maker(cell), input_size=size, hidden_size=hidden_size, depth=depth, direction=direction, **options)

    def make_decoder(settings: DecoderSettings, size: int) -> Stack:
        return stack(decoder or cell, size, hidden_size=settings.hidden_size, depth=settings.depth, direction="forward")

    torch.manual_seed(0)
    settings: dict[str, Any] = {
        "sizes": {"source_vocabulary": SOURCES, "target_vocabulary": TARGETS, "start": START, "end": END},
        "embedding_size": 6,
        "decoder": {"cell": {}, "hidden_size": 12, "depth": depth, "dropout": 0.0, "dropout_mask": "step"},
        "attention": "none",
        "context": "initial_state",
        "input_feeding": False,
        "reverse_source": False,
        "tied": False,
        "stop": "end_symbol",
        "longest": 12,
        "input_dropout": 0.0,
        "output_dropout": 0.0,
        "label_smoothing": 0.0,
        "sampling": {"schedule": "constant", "ratio": 0.0},
    }
    makers = {
        "make_stack": lambda size: stack(cell, size, hidden_size=6, depth=depth, direction=direction),
        "make_decoder": make_decoder,
    }
    net: EncoderDecoder = call(EncoderDecoder, {**makers, **settings, **changes})
    return net
