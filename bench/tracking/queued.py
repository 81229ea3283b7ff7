"""A run behind a queue of calls: whoever trains waits for none of them, and an error ends the tracking, never the run."""

import queue
from collections.abc import Callable

from bench.tracking.call_queue import CallQueue
from bench.tracking.warnings import wandb_state


class Queued:
    """The first error switches it off; `finish` still saves what was sent before."""

    name = ""

    def __init__(self, calls: CallQueue, limit_s: float) -> None:
        self._calls, self._limit_s = calls, limit_s
        self._off = self._finished = False

    def finish(self, *, ok: bool) -> None:
        if self._finished:
            return
        self._finished = True
        try:
            self._calls.ask(lambda: self._end(ok=ok), self._limit_s)
            self._calls.dismiss()
        except Exception as error:
            self._fail(error)
            self._abandon()

    def _end(self, *, ok: bool) -> None:
        """Ends the run, on the thread of its calls."""
        raise NotImplementedError

    def _abandon(self) -> None:
        """Lets go of a run that did not end in time."""

    def _send(self, call: Callable[[], object]) -> None:
        if self._off:
            return

        def attempt() -> None:
            try:
                if not self._off:
                    call()
            except Exception as error:
                self._fail(error)

        try:
            self._calls.post(attempt)
        except queue.Full:
            self._fail(TimeoutError("its queue is full"))

    def _fail(self, error: Exception) -> None:
        if self._off:
            return
        self._off = True
        if self.name == "wandb":
            wandb_state.unreachable |= isinstance(error, TimeoutError)
        wandb_state.warn(
            error, f"this run continues untracked; what {self.name} has written so far is on disk", tracker=self.name
        )
