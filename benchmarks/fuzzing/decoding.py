"""Awkward texts for `python -m bench decode`: what untrained nets make of a spoiled input beside the clean one.

The output must be that of the clean input, or a remark says the difference, or the input is refused.
"""

from collections.abc import Callable
from random import Random
from typing import Any

import torch
from fuzzing.forms import Reader, Rows
from fuzzing.readers import whole_text

from bench.build import build, locate
from bench.commands.decode import text_of
from bench.config.factory import make_net, make_strategy
from bench.config.schema import RunConfig

Decode = Callable[[bytes], tuple[str, frozenset[str]]]


def written(reader: Reader, rows: Rows) -> str | None:
    """A text of the kind that a checkpoint of this reader's task reads; None where it reads none."""
    by_form: dict[str, Callable[[list[str]], str]] = {
        "text": lambda row: row[0],
        "words": lambda row: row[0],
        "pairs": lambda row: row[0],
        "tags": lambda row: " ".join(row[::2]),
        "labelled": lambda row: row[1],
    }
    line_of = by_form.get(reader.format.name)
    if reader.format.name == "series":
        return str(whole_text(reader, rows))
    return None if line_of is None else "".join(f"{line_of(row)}\n" for row in rows["train"][:12])


def decoder(config: RunConfig, task: Any) -> Decode | None:
    """(the output, the remarks) of untrained weights, as the command makes them; None for a task that decodes no text."""
    restore = getattr(locate(config.task["_target_"], key="task"), "restore", None)
    if restore is None:
        return None
    reader = restore(task.vocabulary(), build(config.evaluation, key="evaluation"))
    torch.manual_seed(0)
    net, strategy = make_net(config, reader).eval(), make_strategy(config)

    def decode(content: bytes) -> tuple[str, frozenset[str]]:
        remarks: list[str] = []
        text = text_of(content, remarks.append)
        return "".join(reader.decode(net, strategy, text, 0, remarks.append)), frozenset(remarks)

    return decode


def spoiled_input(rng: Random, text: str, change: Any, stage: str) -> bytes | None:
    """The text as bytes, with a change of its letters or of its bytes."""
    new = change.make(rng, text if stage == "text" else text.encode())
    return new.encode("utf-8", "surrogatepass") if isinstance(new, str) else new
