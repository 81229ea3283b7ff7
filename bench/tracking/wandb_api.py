"""wandb's side: a quiet run, and the end of its helper process (wandb-core) when that answers no more."""

import os
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Literal

from bench.tracking.call_queue import within
from bench.tracking.settings import Settings

PATIENCE_S = 5.0
KILL_LIMIT_S = 5.0
BEST = {"lower": "min", "higher": "max"}


def load() -> None:
    """Imports wandb without its reports home, for which a server that says nothing is waited for half a minute at exit."""
    os.environ.setdefault("WANDB_ERROR_REPORTING", "false")
    import wandb  # noqa: F401


def begin(
    arguments: dict[str, Any], mode: Literal["online", "offline"], settings: Settings, *, better: Mapping[str, str]
) -> Any:
    """An open wandb run that prints nothing and collects nothing. `arguments` are those of `wandb.init`; raises what that does.

    A curve in `better` is summed up by its best value and its last, as NAME.min or NAME.max and NAME.last; of what else
    validation measures both ends are kept.
    """
    import wandb

    quiet = quieten(settings.timeout_s, system=settings.system)
    run = wandb.init(**arguments, mode=mode, settings=quiet)
    for axis in ("step", "tokens", "epoch"):
        run.define_metric(axis)
    run.define_metric("*", step_metric="step")
    run.define_metric("validation/*", step_metric="step", summary="min,max,last")
    for name, side in better.items():
        run.define_metric(name, step_metric="step", summary=f"{BEST[side]},last")
    return run


def quieten(timeout_s: float, *, system: bool = False) -> Any:
    """wandb's settings for this process from here on: it prints nothing, and collects nothing but with `system` the load of the
    machine."""
    import wandb

    quiet = wandb.Settings(**_supported(wandb.Settings.model_fields, timeout_s, system=system))
    wandb.setup(quiet)
    return quiet


def _supported(fields: Any, timeout_s: float, *, system: bool) -> dict[str, Any]:
    """The settings that this version of wandb has: those that begin with x_ come and go."""
    settings = {
        "silent": True,
        "console": "off",
        "reinit": "create_new",
        "init_timeout": timeout_s,
        "login_timeout": timeout_s,
        "finish_timeout": timeout_s,
        "finish_timeout_raises": True,
        "x_service_wait": timeout_s,
        "disable_code": True,
        "disable_git": True,
        "save_code": False,
        "x_disable_meta": True,
        "x_disable_machine_info": True,
        "x_disable_stats": not system,
        "x_save_requirements": False,
    }
    return {key: value for key, value in settings.items() if key in fields}


def discard(patience_s: float) -> None:
    """Ends the helper process and what Python keeps of it, so that neither the next run nor the exit waits for it.

    For `patience_s` it may still write down what it has taken in.
    """
    with suppress(Exception):
        import wandb

        helper = _helper()
        if patience_s:
            with suppress(Exception):
                within(patience_s, wandb.teardown)
        if helper is not None:
            helper.kill()
            helper.wait(KILL_LIMIT_S)
        within(KILL_LIMIT_S, wandb.teardown)


def _helper() -> Any:
    """The Popen of wandb-core, to which no public way leads; None where this version of wandb keeps it elsewhere."""
    from wandb.sdk import wandb_setup

    with suppress(AttributeError):
        return wandb_setup.singleton()._connection._proc._process
    return None
