"""What this process knows of problems with wandb, so that each is reported once and the same time-out is not paid again."""

import sys
from dataclasses import dataclass, field

from bench.tracking.redaction import redact_text


@dataclass
class WandbState:
    """`unreachable`: no later run of this process tries to go online."""

    unreachable: bool = False
    reported: set[str] = field(default_factory=set)

    def warn(self, error: BaseException, consequence: str, *, tracker: str = "wandb") -> None:
        """One line on stderr, unless an error of the same cause was reported before."""
        cause = "connection" if isinstance(error, ConnectionError) else type(error).__name__
        if (key := f"{tracker} {cause}") in self.reported:
            return
        self.reported.add(key)
        wipe = "\r\033[K" if sys.stderr.isatty() else ""
        print(f"{wipe}{tracker}: {brief(error)}; {consequence}.", file=sys.stderr, flush=True)


wandb_state = WandbState()


def brief(error: BaseException) -> str:
    """The error in a few words without secrets."""
    first = str(error).strip().partition("\n")[0][:200].rstrip(". ")
    return redact_text(f"{type(error).__name__}{': ' if first else ''}{first}")
