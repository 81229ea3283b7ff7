"""Speakers in turn: one to several sequences of Japanese Vowels one after another, and their speakers' numbers in words.

What is read is longer than what is written, and how many turns there are is for the net to find. How many a row has is drawn
first, each count as often, then the sequences, each from the row's own split (`bench.data.frames.japanese_vowels`): no
sequence is in two splits, all speakers are in all.
"""

import torch

from bench.data.batches.generated import RowCounts, generator
from bench.data.frames.frames import Frames, Sequences
from bench.data.frames.japanese_vowels import sequences
from bench.data.sources.filled import check_filled
from bench.data.sources.number_words import LARGEST, in_words
from bench.data.sources.source import Origin
from bench.errors import DataError


def speaker_turns(*, origin: Origin, turns: int, rows: RowCounts) -> Frames:
    """So many rows a split, of 1 to `turns` sequences; always the same ones."""
    if turns < 1:
        raise DataError(f"data.turns={turns} is out of range: give a number of at least 1.")
    name, counts = origin.name, rows.by_split
    splits, about = sequences(origin)
    check_filled(name, splits)
    for speaker, _ in (row for utterances in splits.values() for row in utterances):
        if not speaker.isdecimal() or int(speaker) > LARGEST:
            raise DataError(f"data={name}: the speaker {speaker!r} is no number to be written in words; give numbers.")
    joined: Sequences = {}
    for split, utterances in splits.items():
        draw = generator(name, split, counts[split], turns)
        joined[split] = []
        for _ in range(counts[split]):
            count = int(torch.randint(turns, (), generator=draw)) + 1
            drawn = [utterances[index] for index in torch.randint(len(utterances), (count,), generator=draw).tolist()]
            text = " ".join(in_words(int(speaker)) for speaker, _ in drawn)
            joined[split].append((text, torch.cat([frames_TI for _, frames_TI in drawn])))
    shown = {split: [f"row {index + 1} of {split}" for index in range(len(utterances))] for split, utterances in joined.items()}
    notes = [f"1 to {turns} sequences one after another, all of the row's split", *about["notes"]]
    return Frames(name, joined, shown=shown, about={**about, "notes": notes})
