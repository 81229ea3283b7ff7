"""Interrupts: the first one lets a training save and end, the second one ends at once.

Outside of a training there is nothing to save, and the first one ends it. An end is a KeyboardInterrupt, whatever the signal.
A terminal and a cluster tell every process, and some pass it on: what comes together is one interrupt.
"""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

TOGETHER_S = 0.5


class Interrupted(KeyboardInterrupt):
    """An interrupt after which a training goes on where it was; its text says where that is."""


def interruption(error: BaseException) -> KeyboardInterrupt | None:
    """The interrupt that led to an error, if one did: Lightning turns it into an exit."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, KeyboardInterrupt):
        cause = cause.__cause__ or cause.__context__
    return cause


class Interrupts:
    """What this process was asked. There is one, `interrupts`, since signals belong to a process."""

    def __init__(self) -> None:
        self.signals: tuple[signal.Signals, ...] = ()
        self.ignored: tuple[signal.Signals, ...] = ()
        self.patient = False
        self.asked = False
        self._asked_at = 0.0

    def listen(self, *signals: signal.Signals) -> None:
        """Takes these signals; only the main thread may."""
        self.signals = signals
        for number in signals:
            signal.signal(number, self._hear)

    def ignore(self, *signals: signal.Signals) -> None:
        """Hears nothing of these; what this process starts hears them. Only the main thread may."""
        self.ignored = signals
        for number in signals:
            signal.signal(number, _nothing)

    @contextmanager
    def until_saved(self) -> Iterator[None]:
        """Inside, the first interrupt sets `asked` and nothing else. Takes the signals back from whoever took them."""
        self.patient, self.asked = True, False
        self.listen(*self.signals)
        self.ignore(*self.ignored)
        try:
            yield
        finally:
            self.patient = False

    def _hear(self, *_: Any) -> None:
        if self.patient and not self.asked:
            self.asked, self._asked_at = True, time.monotonic()
        elif not self.patient or time.monotonic() - self._asked_at >= TOGETHER_S:
            raise KeyboardInterrupt


def _nothing(*_: Any) -> None:
    pass


interrupts = Interrupts()
