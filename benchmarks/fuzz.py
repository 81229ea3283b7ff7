"""Awkward files for every reader, awkward words for the command: is anything misread in silence, does anything raise?

    python benchmarks/fuzz.py [--inputs 6000] [--words 1000] [--seed 0] [--only WORD]

Readers are all data sets of conf/ that read a user's files, each with the tasks that read it (`fuzz_formats.py`). A clean input
is drawn, spoiled in one way (`fuzz_changes.py`) and read as the command reads it before it trains: everything is built, and all
batches are made; an untrained net decodes spoiled inputs of `python -m bench decode` too. An input is right if what was read is
what the clean one says (by the digest of all that a model sees), or if a note says the difference, or if it is refused in one
sentence that names the file or a key. It is a finding if something else is raised, if other data are read without a note, if
numbers are not finite, or if it takes longer than SECONDS.

Words of the command (`fuzz_words.py`) are composed and checked: one is right if the configuration then has what was typed, or
if it is refused in one sentence that names it or its key.

Prints what was tried and what was found; exit status 1 where anything was. The same seed gives the same inputs.
"""

import argparse
import gzip
import logging
import re
import signal
import sys
import tempfile
import traceback
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import fuzz_words
import torch
from fuzz_changes import ARRAYS, BYTES, OTHER, PACKED, ROWS, SAID, SAME, SOUNDS, TEXT_BYTES, TEXTS, Change, always
from fuzz_decode import Decode, decoder, spoiled_input, written
from fuzz_formats import ACCENTED, ASCII, STRANGE, Files, Reader, Rows, readers
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
Tried = tuple[str, str, "Outcome"]
"""(reader, kind, outcome)."""
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


@dataclass(frozen=True)
class Input:
    """A spoiled input: `kind` is what was done to it, `owes` what a reader owes for it."""

    reader: Reader
    kind: str
    owes: str
    files: Files
    blobs: dict[str, bytes]


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
            place = folder / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        return _guarded(partial(_prepared, configured(reader, files, folder)), room, reader)


def _prepared(config: RunConfig) -> Outcome:
    job = prepare(config)
    described = job.task.describe_data()
    if not all(map(_finite, _batches(job.task, config))):
        return Outcome(INFINITE)
    return Outcome(READ, "", described["sha256"], frozenset(described["notes"]), job.task)


def _guarded(call: Callable[[], Outcome], room: str, reader: Reader) -> Outcome:
    """The outcome of a call, whatever it raises, in time."""
    signal.signal(signal.SIGALRM, _ring)
    signal.alarm(SECONDS)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return call()
    except Refusal as error:
        return _refused(str(error), room, reader)
    except Hangs:
        return Outcome(HANGS)
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in where if "/bench/" in frame.filename or "/tasks/" in frame.filename] or where
        return Outcome(RAISED, f"{type(error).__name__}: {error} ({Path(own[-1].filename).name}:{own[-1].lineno})"[:300])
    finally:
        signal.alarm(0)


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


def packed(texts: dict[str, bytes], blobs: dict[str, bytes]) -> dict[str, bytes]:
    """Files by name: `X.gz` is packed by gzip, `X.zip/name` is a file in a zip."""
    found = dict(blobs)
    for name, content in texts.items():
        outer, inside, inner = name.partition(".zip/")
        if inside:
            with tempfile.SpooledTemporaryFile() as room:
                with zipfile.ZipFile(room, "w") as archive:
                    archive.writestr(inner, content)
                room.seek(0)
                found[f"{outer}.zip"] = room.read()
        else:
            found[name] = gzip.compress(content, mtime=0) if name.endswith(".gz") else content
    return found


def whole(files: Files) -> dict[str, bytes]:
    """The files as they are written plainly."""
    return packed({name: text.encode("utf-8", "surrogatepass") for name, text in files.texts.items()}, files.blobs)


def spoiled(rng: Random, reader: Reader, rows: Rows, change: "Change[Any]", stage: str) -> Input | None:
    """The input with a change; None where it changes nothing."""
    form = reader.format
    if stage == "rows":
        changed = change.make(rng, rows)
        if changed is None or changed == rows:
            return None
        try:
            files = form.write(reader, changed)
        except (ValueError, IndexError):  # rows of which this form makes no file, such as one without a cell
            return None
        return Input(reader, change.name, change.owes, files, whole(files))
    files = form.write(reader, rows)
    chosen = sorted(
        {**files.texts, **files.blobs} if stage == "bytes" else files.blobs if stage in ("arrays", "sounds") else files.texts
    )
    if rng.random() < 0.5 or stage in ("bytes", "packed"):
        chosen = [rng.choice(chosen)] if chosen else []
    made = blobs = whole(files)
    if stage in ("text", "text bytes"):
        texts = {name: text.encode() for name, text in files.texts.items()}
        for name in chosen:
            new = change.make(rng, files.texts[name] if stage == "text" else texts[name])
            if new is None:
                return None
            texts[name] = new.encode("utf-8", "surrogatepass") if isinstance(new, str) else new
        made = packed(texts, files.blobs)
    elif stage == "packed":
        return called_gz(rng, Input(reader, change.name, change.owes, files, blobs), change)
    else:
        made = dict(blobs)
        for name in chosen:
            inside = name.partition(".zip/")
            actual = inside[0] + ".zip" if inside[1] else name
            new = change.make(rng, made[actual])
            if new is not None:
                made[actual] = new
    return None if made == blobs else Input(reader, change.name, change.owes, files, made)


def called_gz(rng: Random, plain: Input, change: "Change[bytes]") -> Input | None:
    """One of the files, packed, and called .gz where it was not."""
    name = rng.choice(sorted(plain.files.texts) or [""])
    if not name or ".zip/" in name:
        return None
    content = gzip.decompress(plain.blobs[name]) if name.endswith(".gz") else plain.blobs[name]
    blobs = {key: value for key, value in plain.blobs.items() if key != name}
    new = name if name.endswith(".gz") else f"{name}.gz"
    keys = {key: new if value == name else value for key, value in plain.files.keys.items()}
    return replace(plain, files=replace(plain.files, keys=keys), blobs={**blobs, new: change.make(rng, content) or b""})


def stages(reader: Reader) -> Iterator[tuple[str, "Change[Any]"]]:
    """Every change that means anything for a reader's files."""
    by_stage: dict[str, Sequence[Change[Any]]] = {"rows": ROWS, "bytes": BYTES}
    if reader.format.name == "npz":
        by_stage["arrays"] = ARRAYS
    else:
        by_stage |= {"text": TEXTS, "text bytes": TEXT_BYTES, "packed": PACKED}
    if reader.format.name == "recordings":
        by_stage["sounds"] = SOUNDS
    for stage, changes in by_stage.items():
        yield from ((stage, change) for change in changes if change.fits(reader))


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
    seen, truth = reader.format.view(with_text), reader.format.truth(rows)
    if seen == truth or any("unknown" in note or "left out" in note for note in outcome.notes):
        return outcome
    return replace(outcome, verdict=SILENT, shown=f"read {first_difference(seen, truth)}")


def first_difference(seen: Any, truth: Any) -> str:
    if len(seen) != len(truth):
        return f"{len(seen)} of {len(truth)}"
    for one, other in zip(seen, truth, strict=True):
        if one != other:
            return f"{str(one)[:100]!r} for {str(other)[:100]!r}"
    return "equal"


def files_tried(inputs: int, seed: int, only: str) -> Iterator[Tried]:
    """Of files, reader by reader and change by change, as often as there are to be inputs."""
    chosen = [reader for reader in readers() if only in str(reader)]
    turn = tried = 0
    while tried < inputs and chosen:
        for reader in chosen:
            for one in islice(_turn(reader, turn, Random(f"{seed} {turn} {reader}")), inputs - tried):
                tried += 1
                yield one
        turn += 1


def _turn(reader: Reader, turn: int, rng: Random) -> Iterator[Tried]:
    """Every change once, of a content drawn anew."""
    yield str(reader), "strange letters", clean_reading(reader, reader.format.draw(rng, STRANGE))
    rows = reader.format.draw(rng, ASCII if turn % 2 else ACCENTED)
    clean = clean_reading(reader, rows)
    yield str(reader), "clean", clean if clean.verdict in (READ, *FINDINGS) else replace(clean, verdict=RAISED)
    if clean.verdict != READ:
        return
    for stage, change in stages(reader):
        one = spoiled(rng, reader, rows, change, stage)
        if one is not None:
            yield str(reader), change.name, judged(clean, read(reader, one.files, one.blobs), one.owes)
    yield from _decoded(reader, rows, rng, clean)


def _decoded(reader: Reader, rows: Rows, rng: Random, clean: Outcome) -> Iterator[Tried]:
    """What a checkpoint would make of awkward inputs."""
    text, decode = written(reader, rows), decoder(base(reader), clean.data)
    if text is None or decode is None:
        return
    name = f"decode, {reader}"
    untouched = _guarded(partial(_of_decoding, decode, text.encode()), "", reader)
    yield name, "clean", untouched if untouched.verdict in (READ, *FINDINGS) else replace(untouched, verdict=RAISED)
    for stage, changes in (("text", TEXTS), ("text bytes", TEXT_BYTES)):
        for change in changes:
            content = spoiled_input(rng, text, change, stage) if change.fits is always else None
            if content is not None and content != text.encode():
                owes = OTHER if change.owes == SAID else change.owes
                yield name, change.name, judged(untouched, _guarded(partial(_of_decoding, decode, content), "", reader), owes)


def _of_decoding(decode: Decode, content: bytes) -> Outcome:
    output, remarks = decode(content)
    return Outcome(READ, "", output, remarks)


def words_tried(count: int, seed: int) -> Iterator[Tried]:
    """Of words of the command."""
    verdicts = {fuzz_words.TAKEN: EQUAL, fuzz_words.SEVERAL: READ, fuzz_words.DROPPED: SILENT}
    for words, verdict, shown in fuzz_words.tried(count, seed):
        yield "the command", words, Outcome(verdicts.get(verdict, verdict), shown)


def report(found: Sequence[Tried]) -> int:
    """Prints the table and the findings; how many of these."""
    verdicts = [EQUAL, NOTED, REFUSED, READ, *FINDINGS]
    print(f"| reader | inputs | {' | '.join(verdicts)} |", "| :--- |" + " ---: |" * (1 + len(verdicts)), sep="\n")
    for reader in [*dict.fromkeys(name for name, _, _ in found), "all"]:
        counts = Counter(outcome.verdict for name, _, outcome in found if reader in ("all", name))
        print(f"| {reader} | {counts.total():,} | {' | '.join(f'{counts[verdict]:,}' for verdict in verdicts)} |")
    wrong = [one for one in found if one[2].verdict in FINDINGS]
    for (verdict, kind, shown), count in Counter(
        (o.verdict, kind, f"{name}: {o.shown}") for name, kind, o in wrong
    ).most_common():
        print(f"- {verdict}, {kind}, {shown}" + (f" ({count} times)" if count > 1 else ""))
    return len(wrong)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=6000, help="how many files are tried (default: 6,000)")
    parser.add_argument("--words", type=int, default=1000, help="how many words of the command are tried (default: 1,000)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", metavar="WORD", help="the readers in whose names this stands")
    parser.add_argument("--refusals", action="store_true", help="print what was said to refused inputs, once a kind")
    options = parser.parse_args()
    torch.set_num_threads(1)
    logging.disable(logging.WARNING)
    found = [*files_tried(options.inputs, options.seed, options.only), *words_tried(options.words, options.seed)]
    if options.refusals:
        for name, kind, outcome in found:
            if outcome.verdict in (REFUSED, NOTED, READ):
                print(f"{name}; {kind}; {outcome.verdict}: {outcome.shown}")
    return int(report(found) > 0)


if __name__ == "__main__":
    sys.exit(main())
