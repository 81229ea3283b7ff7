"""Awkward files for every reader, awkward words for the command: is anything misread in silence, does anything raise?

    python benchmarks/fuzz.py [--inputs 6000] [--words 1000] [--seed 0] [--only WORD]

Readers are all data sets of conf/ that read a user's files, with the tasks that read them (`fuzzing/readers.py`). A clean input
is drawn, spoiled in one way (`fuzzing/`) and read as the command reads it before it trains: everything is built, and all
batches are made; an untrained net decodes spoiled inputs of `python -m bench decode` too. An input is right if what was read is
what the clean one says (by the digest of all that a model sees), or if a note says the difference, or if it is refused in one
sentence that names the file or a key. It is a finding if something else is raised, if other data are read without a note, if
numbers are not finite, or if it takes more than SECONDS of processor time.

Words of the command (`fuzzing/command.py`) are composed and checked: one is right if the configuration then has what was typed,
or if it is refused in one sentence that names it or its key.

Prints what was tried and what was found; exit status 1 where anything was. The same seed gives the same inputs.
"""

import argparse
import logging
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from random import Random

import torch
from fuzzing import command
from fuzzing.change import OTHER, SAID, always
from fuzzing.decoding import Decode, decoder, spoiled_input, written
from fuzzing.forms import ACCENTED, ASCII, STRANGE, Reader, Rows
from fuzzing.letters import TEXT_BYTES, TEXTS
from fuzzing.readers import readers
from fuzzing.reading import (
    EQUAL,
    FINDINGS,
    NOTED,
    RAISED,
    READ,
    REFUSED,
    SILENT,
    Outcome,
    base,
    clean_reading,
    guarded,
    judged,
    read,
)
from fuzzing.spoiling import spoiled, stages

Tried = tuple[str, str, "Outcome"]
"""(reader, kind, outcome)."""


def files_tried(inputs: int, seed: int, only: str) -> Iterator[Tried]:
    """Of files, reader by reader and change by change, as often as there are to be inputs."""
    chosen = [reader for reader in readers() if only in str(reader)]
    turn = tried = 0
    while tried < inputs and chosen:
        for reader in chosen:
            for attempt in islice(_turn(reader, turn, Random(f"{seed} {turn} {reader}")), inputs - tried):
                tried += 1
                yield attempt
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
        damaged = spoiled(rng, reader, rows, change, stage)
        if damaged is not None:
            yield str(reader), change.name, judged(clean, read(reader, damaged.files, damaged.blobs), damaged.owes)
    yield from _decoded(reader, rows, rng, clean)


def _decoded(reader: Reader, rows: Rows, rng: Random, clean: Outcome) -> Iterator[Tried]:
    """What a checkpoint would make of awkward inputs."""
    text, decode = written(reader, rows), decoder(base(reader), clean.data)
    if text is None or decode is None:
        return
    name = f"decode, {reader}"
    untouched = guarded(partial(_of_decoding, decode, text.encode()), "", reader)
    yield name, "clean", untouched if untouched.verdict in (READ, *FINDINGS) else replace(untouched, verdict=RAISED)
    for stage, changes in (("text", TEXTS), ("text bytes", TEXT_BYTES)):
        for change in changes:
            content = spoiled_input(rng, text, change, stage) if change.fits is always else None
            if content is not None and content != text.encode():
                owes = OTHER if change.owes == SAID else change.owes
                yield name, change.name, judged(untouched, guarded(partial(_of_decoding, decode, content), "", reader), owes)


def _of_decoding(decode: Decode, content: bytes) -> Outcome:
    output, remarks = decode(content)
    return Outcome(READ, "", output, remarks)


def words_tried(count: int, seed: int) -> Iterator[Tried]:
    """Of words of the command."""
    verdicts = {command.TAKEN: EQUAL, command.SEVERAL: READ, command.DROPPED: SILENT}
    for words, verdict, shown in command.tried(count, seed):
        yield "the command", words, Outcome(verdicts.get(verdict, verdict), shown)


def report(attempts: Sequence[Tried]) -> int:
    """Prints the table and the findings; how many of these."""
    verdicts = [EQUAL, NOTED, REFUSED, READ, *FINDINGS]
    print(f"| reader | inputs | {' | '.join(verdicts)} |", "| :--- |" + " ---: |" * (1 + len(verdicts)), sep="\n")
    for reader in [*dict.fromkeys(name for name, _, _ in attempts), "all"]:
        counts = Counter(outcome.verdict for name, _, outcome in attempts if reader in ("all", name))
        print(f"| {reader} | {counts.total():,} | {' | '.join(f'{counts[verdict]:,}' for verdict in verdicts)} |")
    wrong = [attempt for attempt in attempts if attempt[2].verdict in FINDINGS]
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
    attempts = [*files_tried(options.inputs, options.seed, options.only), *words_tried(options.words, options.seed)]
    if options.refusals:
        for name, kind, outcome in attempts:
            if outcome.verdict in (REFUSED, NOTED, READ):
                print(f"{name}; {kind}; {outcome.verdict}: {outcome.shown}")
    return int(report(attempts) > 0)


if __name__ == "__main__":
    sys.exit(main())
