"""What recordings are like, gathered while they are read: their rates, which must be one, and what is not as it should be."""

from bench.data.frames.log_mel import Sound
from bench.errors import DataError


class Heard:
    """Of the recordings of the data set `name`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._rates: dict[int, str] = {}
        self._remarks: dict[str, list[str]] = {}

    def add(self, sound: Sound, file: str) -> None:
        """`file`: what messages call it."""
        self._rates.setdefault(sound.rate, file)
        for remark in sound.remarks:
            self._remarks.setdefault(remark, []).append(file)

    def notes(self, bands: int) -> list[str]:
        """For the record. Raises DataError where the rates differ."""
        if len(self._rates) > 1:
            differing = ", ".join(f"{file} has {rate:,} samples a second" for rate, file in sorted(self._rates.items()))
            raise DataError(f"data={self.name}: {differing}; convert the files to one rate.")
        rate = next(iter(self._rates))
        return [
            f"recordings of {rate:,} samples a second, {bands} log-mel bands, windows of 25 ms every 10 ms",
            *(f"{len(files):,} recordings are {remark} (the first: {files[0]})" for remark, files in self._remarks.items()),
        ]
