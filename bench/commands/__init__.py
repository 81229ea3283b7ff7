"""The verbs of the command: `python -m bench VERB ...`. One file a verb, found by its name here; its docstring is its help.

    VERB.main(arguments) -> exit status

What a verb does is elsewhere: here are its arguments and what it prints. `python -m bench` without a verb runs jobs.
"""

import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from bench.config.messages import interrupted, refuse
from bench.errors import ConfigError, did_you_mean

PROG = "python -m bench"


def verbs() -> list[str]:
    return sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem != "__init__")


def is_verb(word: str) -> bool:
    """Whether the first word of a command line is meant as a verb: it is no override and no option. Raises ConfigError for one
    that is unknown."""
    if not word or "=" in word or word[0] in "-+~":
        return False
    if word not in verbs():
        raise ConfigError(
            f"{word} is not a command{did_you_mean(word, verbs())}: give one of {', '.join(verbs())}, or overrides."
        )
    return True


def run(verb: str, arguments: Sequence[str]) -> NoReturn:
    """Runs a verb and ends the program: with its status, 2 for a refused command, 130 for an interrupt."""
    try:
        status: int = importlib.import_module(f"{__name__}.{verb}").main(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        interrupted()
    except BrokenPipeError:  # whoever read the output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
    except Exception as error:
        if isinstance(error, OSError) and error.errno:  # a folder that cannot be written, a full disk; Hydra's have no number
            error = ConfigError(f"{error.filename or verb}: {error.strerror}; give another folder, or fix this.")
        refuse(error)
    raise SystemExit(status)


def former(verb: str) -> NoReturn:
    """Runs a verb by its old name, `python -m bench.VERB`, which this release still takes."""
    print(f"python -m bench.{verb} is now: {PROG} {verb}", file=sys.stderr)
    run(verb, sys.argv[1:])
