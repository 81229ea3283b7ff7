"""`python -m bench.jobs.rank_starter RANKS CONFIG`: torchrun on this node, which says in JSON which rank was killed, and how.

torchrun itself tells that in a table of twenty lines, and what the other ranks then say (a connection that was reset) hides it.
"""

import json
import logging
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from torch.distributed import run as torchrun
from torch.distributed.elastic.multiprocessing.api import SignalException
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError, ProcessFailure

KILLED = "RankKilled"


def main(arguments: Sequence[str]) -> int:
    """Runs the ranks to their end."""
    ranks, config = arguments
    logging.getLogger("torch.distributed.elastic").setLevel(logging.CRITICAL)
    untyped: Any = torchrun
    try:
        untyped.run(untyped.parse_args(["--standalone", f"--nproc-per-node={ranks}", "-m", "bench.jobs.ranks", config]))
    except SignalException:
        return 1
    except ChildFailedError as error:
        if (sentence := killed(error.failures)) is not None:
            print(json.dumps({"error": {"type": KILLED, "message": sentence}}), flush=True)
        return 1
    return 0


def killed(failures: Mapping[int, ProcessFailure]) -> str | None:
    """Which rank was killed first, and by which signal; None where none was. torchrun ends the others by SIGTERM."""
    signals = {rank: failure for rank, failure in failures.items() if failure.exitcode < 0}
    signals = {rank: failure for rank, failure in signals.items() if failure.exitcode != -signal.SIGTERM}
    if not signals:
        return None
    first = min(signals, key=lambda rank: (signals[rank].timestamp, rank))
    return f"rank {first} was killed by {signals[first].signal_name()}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
