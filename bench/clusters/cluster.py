"""What the suite asks of a cluster: take calls, say which have ended and how, end those that are no longer wanted."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from bench.errors import ConfigError

Call = Callable[[], str]
"""What runs on a node: picklable, without arguments; it returns a status."""


class Ended(NamedTuple):
    """`cause`: why a call did not return, as the end of a sentence ("was ended by SIGKILL"); None where it did."""

    cause: str | None


class Cluster(ABC):
    """One command's use of a cluster. What `submit` gives for a call is hashable, and stands for it from then on.

    A call that is cancelled while it runs hears SIGINT or SIGTERM, and has time to save.
    """

    package: ClassVar[str]
    """What has to be installed, by its import name."""
    extra: ClassVar[str]
    """The extra of the suite that brings it."""

    def check(self, launcher: str) -> None:
        """Raises ConfigError, one sentence, where this cluster cannot be used from here."""
        if find_spec(self.package) is None:
            raise ConfigError(
                f"launcher={launcher} needs a package that is not installed: python -m pip install "
                f"'recurrent-bench[{self.extra}]' (in a checkout '.[{self.extra}]')."
            )

    @property
    @abstractmethod
    def threads(self) -> int | None:
        """How many threads a job should use; None: as many as it sees cores."""

    @abstractmethod
    def open(self, folder: Path, *, at_once: int) -> str:
        """Before the first call; what there is, in words. Raises Refusal.

        `folder` is for files of its own, and seen by every node; `at_once` calls run at a time, at most.
        """

    @abstractmethod
    def submit(self, calls: Sequence[Call]) -> list[Any]:
        """Hands over several calls; one handle each. Raises Refusal where the cluster takes none."""

    @abstractmethod
    def ended(self, handles: Collection[Any]) -> dict[Any, Ended]:
        """Those of the handles whose calls have ended."""

    @abstractmethod
    def cancel(self, handles: Collection[Any]) -> None:
        """Drops the calls that wait, and interrupts those that run."""

    @abstractmethod
    def close(self) -> None:
        """After the last call."""
