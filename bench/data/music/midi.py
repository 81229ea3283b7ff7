"""MIDI files to piano rolls: a frame is a fixed part of a beat, whatever the tempo.

A note sounds from the frame nearest to its start up to the one nearest to its end, in one frame at least. Percussion (channel
10) has no pitch and is left out.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bench.data.music.piano_roll import KEYS, LOWEST, MOST_FRAMES, out_of_range
from bench.errors import DataError

PERCUSSION = 9  # channel 10, counted from 0
UNREADABLE = (OSError, EOFError, ValueError, KeyError, IndexError, TypeError, AttributeError, LookupError)


def midi_roll(name: str, file: Path, frames_per_beat: float) -> tuple[np.ndarray, int]:
    """(bool [T, 88], how many notes of percussion were left out). Raises DataError, one sentence."""
    try:
        import mido
        from mido.midifiles.meta import KeySignatureError
    except ImportError as error:
        raise DataError(
            f"data={name}: {file} needs the package mido, which is not installed: install recurrent-bench[music]."
        ) from error
    try:
        song = mido.MidiFile(file)
    except (*UNREADABLE, KeySignatureError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise DataError(
            f"data={name}: {file} cannot be read as a MIDI file ({reason}); export it again, or leave it out."
        ) from error
    if song.type == 2 or not 0 < song.ticks_per_beat < 1 << 15:
        raise DataError(
            f"data={name}: {file} counts no beats that all its tracks share (type {song.type}); export it as a MIDI file of "
            "type 0 or 1 with ticks a beat."
        )
    notes = [note for track in song.tracks for note in _notes(track)]
    pitched = [note for note in notes if note[0] != PERCUSSION]
    if not pitched:
        raise DataError(
            f"data={name}: {file} has no note{' but those of percussion' * bool(notes)}; leave it out, or export it with its "
            "notes."
        )
    ticks = song.ticks_per_beat / frames_per_beat
    spans = [(pitch, round(start / ticks), round(stop / ticks)) for _, pitch, start, stop in pitched]
    frames = max(max(stop, start + 1) for _, start, stop in spans)
    if frames > MOST_FRAMES:
        raise DataError(f"data={name}: {file} makes {frames:,} frames, more than {MOST_FRAMES:,}; leave it out, or cut it.")
    roll_TK = np.zeros((frames, KEYS), dtype=bool)
    for pitch, start, stop in spans:
        if not LOWEST <= pitch < LOWEST + KEYS:
            raise out_of_range(f"data={name}: {file}", pitch)
        roll_TK[start : max(stop, start + 1), pitch - LOWEST] = True
    return roll_TK, len(notes) - len(pitched)


def _notes(track: Any) -> Iterator[tuple[int, int, int, int]]:
    """(channel, pitch, start, stop) in ticks; a note that is struck again ends there, one without an end at the track's."""
    sounding: dict[tuple[int, int], int] = {}
    now = 0
    for message in track:
        now += message.time
        if message.type not in ("note_on", "note_off"):
            continue
        key = message.channel, message.note
        if key in sounding:
            yield (*key, sounding.pop(key), now)
        if message.type == "note_on" and message.velocity:
            sounding[key] = now
    for key, start in sounding.items():
        yield (*key, start, now)
