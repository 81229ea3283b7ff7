"""The offline default of `task=music`: pieces in four voices that rules write. No composer had a hand in them.

A piece is in a major or minor key, and has two to four phrases of eight chords. The degree of a chord is drawn from those that
may follow the last one (`FOLLOWS`); a phrase ends on the fifth degree and the first. A chord holds for two frames. The bass
takes the root, each other voice the nearest tone of the chord within its range, the soprano now and then another one; before a
leap of a third a voice may pass through the tone between, in the second frame of its chord. Every piece follows from its
split and its number alone.
"""

import random

import torch
from torch import Tensor

from bench.data.batches.generated import RowCounts
from bench.data.music.piano_roll import KEYS, LOWEST
from bench.data.music.pieces import MusicData

FOLLOWS = ((1, 3, 4, 5), (4, 6), (3, 5), (0, 1, 4), (0, 0, 5), (1, 3), (0,))
"""By degree from 0, the degrees of which one follows."""
MAJOR, MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 11)
BASS = range(40, 61)
UPPER = (range(60, 80), range(55, 75), range(48, 68))
"""MIDI pitches of soprano, alto and tenor."""
CHORDS = 8
HOLDS = 2  # frames


def rule_chorales(*, name: str, folder: str | None, rows: RowCounts, limit: int | None) -> MusicData:
    """So many pieces a split; always the same ones."""
    splits = {
        split: [(f"{split} {number}", piece(f"{split} {number}")) for number in range(1, count + 1)]
        for split, count in rows.by_split.items()
    }
    notes = ["pieces in four voices that rules write, two frames a chord; no composer had a hand in them"]
    return MusicData(name, splits, about={"source": "offline", "revision": None, "notes": notes}, limit=limit)


def piece(name: str) -> Tensor:
    """uint8 [T, 88]."""
    draw = random.Random(name)  # whose `random()` stays the same in every version of Python
    scale = MAJOR if draw.random() < 0.5 else MINOR
    tonic = _below(12, draw)
    voices = [pitches[len(pitches) // 2] for pitches in (*UPPER, BASS)]
    chords = []
    for degree in _degrees(draw):
        voices = _voiced(voices, degree, scale, tonic, draw)
        chords.append(voices)
    roll_TK = torch.zeros(HOLDS * len(chords), KEYS, dtype=torch.uint8)
    passes = {(tonic + step) % 12 for step in scale}
    for index, chord in enumerate(chords):
        following = chords[min(index + 1, len(chords) - 1)]
        for pitch, ahead in zip(chord, following, strict=True):
            roll_TK[HOLDS * index, pitch - LOWEST] = 1
            between = [tone for tone in range(min(pitch, ahead) + 1, max(pitch, ahead)) if tone % 12 in passes]
            moves = len(between) == 1 and draw.random() < 0.5
            roll_TK[HOLDS * index + 1, (between[0] if moves else pitch) - LOWEST] = 1
    return roll_TK


def _degrees(draw: random.Random) -> list[int]:
    degrees = [0]
    for _ in range(2 + _below(3, draw)):
        for _ in range(CHORDS - 2):
            following = FOLLOWS[degrees[-1]]
            degrees.append(following[_below(len(following), draw)])
        degrees += [4, 0]
    return degrees[1:]


def _voiced(before: list[int], degree: int, scale: tuple[int, ...], tonic: int, draw: random.Random) -> list[int]:
    """The pitches of soprano, alto, tenor and bass."""
    tones = [(tonic + scale[(degree + third) % 7]) % 12 for third in (0, 2, 4)]
    voices: list[int] = []
    for pitches, last in zip(UPPER, before, strict=False):
        leaps = not voices and draw.random() < 0.3
        voices.append(_nearest(pitches, tones, last)[1 if leaps else 0])
    return [*voices, _nearest(BASS, tones[:1], before[3])[0]]


def _nearest(pitches: range, tones: list[int], last: int) -> list[int]:
    """The pitches of these tones, those nearest to the last one first; of two equally near the lower."""
    return sorted((pitch for pitch in pitches if pitch % 12 in tones), key=lambda pitch: (abs(pitch - last), pitch))


def _below(limit: int, draw: random.Random) -> int:
    return int(draw.random() * limit)
