"""Refusals: whatever is wrong with a command, in one sentence that names the key, what was given and what is allowed."""

import re
import sys
import traceback
from typing import NoReturn

from hydra.errors import HydraException
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from bench.errors import Refusal, did_you_mean
from bench.moved import CHOICES

EXTRAS = {
    "hydra/launcher=submitit_slurm": "slurm",
    "hydra/launcher=submitit_local": "slurm",
    "hydra/launcher=ray": "ray",
    "hydra/sweeper=optuna": "search",
}


_traces = False


def show_traces(wanted: bool) -> None:
    """Whether refusals show where they were raised: what the environment's HYDRA_FULL_ERROR=1 asks for."""
    global _traces
    _traces = wanted


def refuse(error: Exception) -> NoReturn:
    """Ends the program: status 2 and one sentence for a refused command; the whole trace and 1 for a fault of the suite."""
    deliberate = isinstance(error, Refusal | HydraException | OmegaConfBaseException)
    if _traces or not deliberate:
        traceback.print_exception(error)
    if not deliberate:
        raise SystemExit(1) from error
    print(f"refused: {sentence(error)}", file=sys.stderr)
    raise SystemExit(2) from error


def interrupted() -> NoReturn:
    """Ends the program after an interrupt: status 130."""
    print("interrupted: finished jobs are kept; repeat the command to continue", file=sys.stderr)
    raise SystemExit(130) from None


def sentence(error: BaseException) -> str:
    """One sentence for Hydra's and OmegaConf's errors; ours are one already."""
    if not isinstance(error, HydraException | OmegaConfBaseException):
        return str(error)
    text = " ".join(_lines(error))
    for translate in (_unknown_option, _several_values, _wrong_type):
        translated = translate(text)
        if translated:
            return translated
    return _unknown_key(error) or text.rstrip(".") + "."


def _lines(error: BaseException) -> list[str]:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines + (_lines(error.__cause__) if error.__cause__ is not None else [])


def _unknown_option(text: str) -> str | None:
    match = re.search(r"Could not find '(.+)/([^/]*?)' Available options in '[^']+': (.*?)(?: Config search path|$)", text)
    if not match:
        return None
    group, option, options = match.groups()
    if current := CHOICES.get(group, {}).get(option):
        return f"{group}={option} is now called {current}: use that name."
    if extra := EXTRAS.get(f"{group}={option}"):
        return (
            f"{group}={option} needs a package that is not installed: python -m pip install 'recurrent-bench[{extra}]' (in a "
            f"checkout '.[{extra}]')."
        )
    return f"{group}={option} is unknown{did_you_mean(option, options.split())}: give one of {', '.join(options.split())}."


def _several_values(text: str) -> str | None:
    match = re.search(r"Ambiguous value for argument '([^']+)'", text)
    return f"{match[1]} names several values: add --multirun (-m) to run one job for each." if match else None


def _wrong_type(text: str) -> str | None:
    match = re.search(r"Value '(.*?)' .*?could not be converted to (\w+).*?full_key: (\S+)", text)
    if not match:
        return None
    kind = {"Integer": "an integer", "Float": "a number", "Boolean": "true or false"}.get(match[2], f"a {match[2]}")
    return f"{match[3]}={match[1]} is not {kind}: give {kind}."


def _unknown_key(error: BaseException | None) -> str | None:
    while error is not None:
        if isinstance(error, OmegaConfBaseException) and isinstance(error.parent_node, DictConfig) and error.full_key:
            first, _, _ = str(error.full_key).partition(".")
            if first in ("report", "grids"):
                return f"{first} is now in sweep: rows, seeds, tune, claims, literature; see conf/sweep/template.yaml."
            parent, _, last = str(error.full_key).rpartition(".")
            allowed = [str(key) for key in error.parent_node if str(key) != "hydra"]
            near = did_you_mean(last, allowed)
            return f"{error.full_key} is unknown{near}: {parent or 'the configuration'} takes {', '.join(allowed)}."
        error = error.__cause__
    return None
