"""Spoken digits from one archive of wav files, `DIGIT_SPEAKER_NUMBER.wav`: by the published split, or by speaker.

The Free Spoken Digit Dataset (https://github.com/Jakobovski/free-spoken-digit-dataset) says which recordings are its test: of
each speaker and digit those numbered 0 to 4. It has no validation, which is 5 to 9 here. By that split every voice is known
from training; by speaker none is.
"""

import io
import re
import tarfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from torch import Tensor

from bench.data.frames.frames import Frames
from bench.data.frames.heard import Heard
from bench.data.frames.log_mel import check_bands, log_mel
from bench.data.frames.normalised import check_normalise, notes_of
from bench.data.sources.source import Origin
from bench.errors import DataError
from bench.settings import Settings

NAME = re.compile(r"(\d)_([^_]+)_(\d+)\.wav")
PUBLISHED = {"test": range(5), "validation": range(5, 10)}
"""The numbers of recordings; all others train."""


@dataclass(frozen=True)
class Speakers(Settings):
    """Whose recordings are the test and the validation; nobody's: the published split."""

    test_speakers: Sequence[str]
    validation_speakers: Sequence[str]

    def split_of(self, speaker: str, number: int) -> str:
        by_speaker = {"test": self.test_speakers, "validation": self.validation_speakers}
        if self.test_speakers:
            return next((split for split, speakers in by_speaker.items() if speaker in speakers), "train")
        return next((split for split, numbers in PUBLISHED.items() if number in numbers), "train")

    def check(self, name: str, speakers: Collection[str]) -> None:
        """Raises DataError for people who are not among `speakers`, are named twice, or leave nobody to train on."""
        named = [*self.test_speakers, *self.validation_speakers]
        known = ", ".join(sorted(speakers))
        if bool(self.test_speakers) != bool(self.validation_speakers):
            raise DataError(
                f"data={name}: data.test_speakers and data.validation_speakers go together: give both, of {known}, or neither."
            )
        if strange := sorted(set(named) - set(speakers)):
            raise DataError(f"data={name}: nobody is called {strange[0]} there: give speakers of {known}.")
        if len(set(named)) < len(named) or len(named) == len(speakers):
            raise DataError(
                f"data={name}: data.test_speakers={list(self.test_speakers)} data.validation_speakers="
                f"{list(self.validation_speakers)} name somebody twice, or everybody: leave some of {known} to train on."
            )

    @property
    def note(self) -> str:
        if self.test_speakers:
            return (
                f"the test is all recordings of {', '.join(self.test_speakers)}, the validation of "
                f"{', '.join(self.validation_speakers)}"
            )
        return "of each speaker and digit recordings 0 to 4 are the test, as published, and 5 to 9 validate"


def spoken_digits(*, origin: Origin, bands: int, normalise: str, speakers: Speakers) -> Frames:
    """The class of a recording is its digit."""
    check_bands(bands)
    normalised, name = check_normalise(normalise), origin.name
    archive = origin.read_file()
    members = _members(name, archive.label, archive.content)
    speakers.check(name, {speaker for _, speaker, _ in members})
    heard = Heard(name)
    splits: dict[str, list[tuple[str, Tensor]]] = {split: [] for split in ("train", "validation", "test")}
    shown: dict[str, list[str]] = {split: [] for split in splits}
    for (digit, speaker, number), content in members.items():
        split, file = speakers.split_of(speaker, number), f"{digit}_{speaker}_{number}.wav"
        sound, frames_TI = log_mel(name, Path(file), bands, content)
        heard.add(sound, file)
        splits[split].append((digit, normalised(frames_TI)))
        shown[split].append(file)
    notes = [*heard.notes(bands), speakers.note, *notes_of(normalise), *archive.notes]
    return Frames(name, splits, shown=shown, about={"source": archive.source, "revision": archive.revision, "notes": notes})


def _members(name: str, label: str, content: bytes) -> dict[tuple[str, str, int], bytes]:
    """Of each recording (digit, speaker, number), in their order, its file."""
    members = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            for member in archive:
                spelled = NAME.fullmatch(PurePosixPath(member.name).name)
                if member.isfile() and spelled and (file := archive.extractfile(member)) is not None:
                    digit, speaker, number = spelled.groups()
                    key = digit, speaker, int(number)
                    if key in members:
                        raise DataError(
                            f"data={name}: {label} has {spelled[0]} twice, as {member.name} too; leave one of them."
                        )
                    members[key] = file.read()
    except (tarfile.TarError, EOFError, OSError) as error:
        raise DataError(f"data={name}: {label} cannot be read as a tar archive ({error}); copy it again.") from error
    if not members:
        raise DataError(
            f"data={name}: {label} has no file that is called DIGIT_SPEAKER_NUMBER.wav; give the archive of the set."
        )
    return dict(sorted(members.items()))
