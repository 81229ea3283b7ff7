"""A thread of its own for calls that may hang. It is a daemon: the interpreter does not wait for it at exit."""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

Answer = TypeVar("Answer")
WAITING_CALLS = 10_000


class CallQueue:
    """Makes the calls one after another, in the order given."""

    def __init__(self) -> None:
        self._calls: queue.Queue[Callable[[], None] | None] = queue.Queue(WAITING_CALLS)
        threading.Thread(target=self._work, name="wandb calls", daemon=True).start()

    def post(self, call: Callable[[], None]) -> None:
        """Queues a call, which must not raise, and does not wait. Raises queue.Full."""
        self._calls.put_nowait(call)

    def ask(self, call: Callable[[], Answer], limit_s: float) -> Answer:
        """The call's value. Raises what the call raises, queue.Full, and TimeoutError after `limit_s` seconds."""
        future: Future[Answer] = Future()

        def answer() -> None:
            try:
                future.set_result(call())
            except SystemExit as error:
                future.set_exception(RuntimeError(f"a library asked to exit with {error.code}"))
            except BaseException as error:
                future.set_exception(error)

        self.post(answer)
        try:
            return future.result(limit_s)
        except TimeoutError:
            if future.done():
                raise
            raise TimeoutError(f"no answer in {limit_s:g} seconds") from None

    def dismiss(self) -> None:
        """Ends the thread after the calls that wait. Raises queue.Full."""
        self._calls.put_nowait(None)

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            call()


def within(limit_s: float, call: Callable[[], Answer]) -> Answer:
    """The value of one call, as `CallQueue.ask`."""
    calls = CallQueue()
    try:
        return calls.ask(call, limit_s)
    finally:
        calls.dismiss()
