"""Reads files as the command does before it trains, and judges what came of it."""

import re
import signal
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import torch
from fuzzing.change import SAID, SAME
from fuzzing.forms import Files, Reader, Rows
from fuzzing.spoiling import whole
from hydra import compose, initialize_config_dir

from bench.config import schema
from bench.config.compose import to_run
from bench.config.keys import ROOTS
from bench.config.schema import RunConfig
from bench.errors import Refusal
from bench.jobs.job import prepare

SECONDS = 20


NAMED = re.compile(rf"\b({'|'.join(ROOTS)})\.\w+|the input|the file|\bcolumn\b")
"""What a refusal may name: a key of the configuration, the input of a command, a column of the file."""


EQUAL, NOTED, REFUSED, READ = "equal", "noted", "refused", "read"


SILENT, RAISED, WORDLESS, HANGS, INFINITE = "silent difference", "traceback", "refused without a name", "hangs", "not finite"


FINDINGS = (SILENT, RAISED, WORDLESS, HANGS, INFINITE)


@dataclass(frozen=True)
class Outcome:
    """What became of an input: a verdict, and what there is to see of it."""

    verdict: str
    shown: str = ""
    digest: str = ""
    notes: frozenset[str] = frozenset()
    data: Any = None


class Hangs(Exception):
    pass


def _ring(*_: object) -> None:
    raise Hangs


@cache
def base(reader: Reader) -> RunConfig:
    """The configuration that reads it, small."""
    words = [f"task={reader.task}", f"data={reader.data}", "track=none", "stack.hidden_size=4", "trainer.batch_size=8"]
    words += ["task.window=8"] if "window" in reader.task_node else []
    schema.register()
    with initialize_config_dir(str(schema.folder()), version_base="1.3"):
        config = to_run(compose("config", overrides=words))
    node = config.data
    for at in (node, node.get("text", {})):
        if "min_frequency" in at:
            at["min_frequency"] = 1
    return config


def read(reader: Reader, files: Files, blobs: dict[str, bytes]) -> Outcome:
    """What the suite makes of files, up to where it would train."""
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room) / "data"
        for name, content in blobs.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return guarded(partial(_prepared, configured(reader, files, folder)), room, reader)


def _prepared(config: RunConfig) -> Outcome:
    job = prepare(config)
    described = job.task.describe_data()
    if not all(map(_finite, _batches(job.task, config))):
        return Outcome(INFINITE)
    return Outcome(READ, "", described["sha256"], frozenset(described["notes"]), job.task)


def guarded(call: Callable[[], Outcome], room: str, reader: Reader) -> Outcome:
    """The outcome of a call, whatever it raises, in time."""
    signal.signal(signal.SIGPROF, _ring)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)  # of processor time: a machine may be busy
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return call()
    except Refusal as error:
        return _refused(str(error), room, reader)
    except Hangs:
        return Outcome(HANGS)
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        ours = [frame for frame in frames if "/bench/" in frame.filename or "/tasks/" in frame.filename] or frames
        return Outcome(RAISED, f"{type(error).__name__}: {error} ({Path(ours[-1].filename).name}:{ours[-1].lineno})"[:300])
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def configured(reader: Reader, files: Files, folder: Path) -> RunConfig:
    config = deepcopy(base(reader))
    config.paths.data, config.paths.results, config.paths.cache = str(folder), str(folder.parent / "runs"), str(folder.parent)
    for key, value in files.keys.items():
        outer, _, inner = key.rpartition(".")
        (config.data[outer] if outer else config.data)[inner] = value
    return config


def _batches(task: Any, config: RunConfig) -> Iterator[Any]:
    yield from task.train_loader(config.trainer.batch_size, 0)
    yield from task.monitor_loader()
    for split in task.splits():
        yield from task.score_loader(split)


def _finite(batch: Any) -> bool:
    tensors = [value for value in vars(batch).values() if isinstance(value, torch.Tensor) and value.is_floating_point()]
    return all(bool(tensor.isfinite().all()) for tensor in tensors)


def _refused(sentence: str, room: str, reader: Reader) -> Outcome:
    named = (room and room in sentence) or f"data={reader.data}" in sentence or NAMED.search(sentence)
    return Outcome(REFUSED if named and "\n" not in sentence else WORDLESS, sentence.replace(room, "")[:240])


def judged(clean: Outcome, outcome: Outcome, owes: str) -> Outcome:
    """The outcome of a spoiled input beside that of the clean one."""
    if outcome.verdict != READ:
        return outcome
    if outcome.digest == clean.digest:
        return replace(outcome, verdict=EQUAL if owes != SAID else SILENT, shown="read as the clean input")
    if outcome.notes - clean.notes:
        return replace(outcome, verdict=NOTED, shown=" | ".join(sorted(outcome.notes - clean.notes))[:240])
    return replace(outcome, verdict=SILENT if owes in (SAME, SAID) else READ)


def clean_reading(reader: Reader, rows: Rows) -> Outcome:
    """Of content that is written plainly: what is read must be what was drawn."""
    files = reader.format.write(reader, rows)
    outcome = read(reader, files, whole(files))
    if outcome.verdict != READ:
        return outcome
    with_text = getattr(outcome.data, "data", outcome.data)
    rows_read, truth = reader.format.view(with_text), reader.format.truth(rows)
    if rows_read == truth or any("unknown" in note or "left out" in note for note in outcome.notes):
        return outcome
    return replace(outcome, verdict=SILENT, shown=f"read {first_difference(rows_read, truth)}")


def first_difference(rows_read: Any, truth: Any) -> str:
    if len(rows_read) != len(truth):
        return f"{len(rows_read)} of {len(truth)}"
    for row, true_row in zip(rows_read, truth, strict=True):
        if row != true_row:
            return f"{str(row)[:100]!r} for {str(true_row)[:100]!r}"
    return "equal"
