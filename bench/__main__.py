"""The command `python -m bench`: a verb (`bench.commands`), or overrides to compose, check and run.

Hydra's own flags (--help, --cfg job, --info) stay useful. Exit status: 0 when every job is ok, 1 when a job failed, 2 for a
refused command, 130 when it was interrupted.
"""

import os
import signal
import sys
from argparse import ArgumentError
from collections.abc import Sequence
from functools import partial

from omegaconf import DictConfig

import bench
from bench import commands, help, moved
from bench.config import schema
from bench.config.compose import to_run
from bench.config.keys import check_chosen
from bench.config.messages import interrupted, refuse, show_traces, stumbled
from bench.config.typed import check_single, check_words
from bench.errors import ConfigError, Failure
from bench.sweeps.expand import prepare_all
from bench.sweeps.search import objective
from bench.sweeps.sweep import finish, run_job
from bench.terminal import VERBOSE, tell_warnings_plainly
from bench.training.interrupts import interrupts


def job(composed: DictConfig) -> float:
    """One job of Hydra's: what it is worth to a search. A single run also measures its speed and makes its tables."""
    from hydra.core.hydra_config import HydraConfig
    from hydra.types import RunMode

    hydra = HydraConfig.get()
    try:
        check_chosen(composed, hydra.runtime.choices)
        if hydra.mode != RunMode.MULTIRUN and "hydra.mode=RUN" not in sys.argv:  # Hydra adds it to the overrides that it lists
            check_single(hydra.overrides.task)
    except Exception as error:
        refuse(error)
    if hydra.mode == RunMode.MULTIRUN:
        (prepared,) = prepare_all([to_run(composed)])
        try:
            run_job(prepared, hydra.job.num)
        except Failure as error:  # no further job of Hydra's starts
            refuse(error)
        return objective(prepared.done())
    try:
        jobs = prepare_all([to_run(composed)])
        status = run_job(jobs[0], None)
    except Exception as error:
        refuse(error)
    finish(jobs)
    if status != "ok":
        raise SystemExit(1)
    return objective(jobs[0].done())


def _overrides(words: Sequence[str]) -> list[str]:
    """A command line without Hydra's options; nothing where Hydra cannot read these, which it says itself."""
    from hydra._internal.utils import get_args_parser

    parser = get_args_parser()
    parser.exit_on_error = False
    try:
        overrides: list[str] = parser.parse_known_intermixed_args(list(words))[0].overrides
    except (ArgumentError, SystemExit):
        return []
    return overrides


def _overrides_first(words: Sequence[str], overrides: Sequence[str]) -> list[str]:
    """For Hydra's parser, which takes overrides from one place alone, where people write `seed=1 -m cell=gru,lstm`."""
    return [*overrides, *(word for word in words if word not in overrides)]


def _check_not_hidden() -> None:
    """Refuses a working folder with a folder `bench`, which Python takes for this package where it was installed with `-e`."""
    if bench.__file__ is None:
        refuse(ConfigError(f"the folder {next(iter(bench.__path__))} hides the suite from Python: work in another folder."))


def main() -> None:
    """Runs the command line."""
    show_traces(os.environ.get("HYDRA_FULL_ERROR", "0") not in ("", "0"))
    tell_warnings_plainly()
    _check_not_hidden()
    sys.argv[1:] = moved.words_of_today(sys.argv[1:], say=partial(print, file=sys.stderr))
    first, *rest = sys.argv[1:] or [""]
    try:
        verb = commands.is_verb(first)
    except Exception as error:
        refuse(error)
    if verb:
        commands.run(first, rest)
    if help.is_asked(sys.argv[1:]):
        print(help.text(sys.argv[1:]), end="")
        return
    if sys.stderr.isatty() and not any(word.startswith("-") for word in set(sys.argv[1:]) - {"-m", "-v"}):
        print("reading the configuration", file=sys.stderr)  # importing and composing take seconds
    import hydra

    if "-v" in sys.argv:
        sys.argv.remove("-v")
        os.environ[VERBOSE] = "1"
    schema.register()
    interrupts.listen(signal.SIGINT, signal.SIGTERM)
    overrides = _overrides(sys.argv[1:])
    sys.argv[1:] = _overrides_first(sys.argv[1:], overrides)
    try:
        check_words(overrides)
    except Exception as error:
        refuse(error)
    os.environ["HYDRA_FULL_ERROR"] = "1"  # Hydra then raises what was raised, and `refuse` says it
    try:
        hydra.main(version_base="1.3", config_path=str(schema.folder()), config_name="config")(job)()
    except KeyboardInterrupt:
        interrupted()
    except Exception as error:
        refuse(stumbled(error))


if __name__ == "__main__":
    main()
