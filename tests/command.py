"""The command as a user runs it: in a process and a folder of its own."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from bench import commands

ROOT = Path(__file__).resolve().parent.parent


def start(room, *words, module="bench"):
    """The command in a folder of its own, away from the user's settings."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    command = [sys.executable, "-m", module, *words]
    return subprocess.Popen(command, cwd=room, env=environment(room), text=True, preexec_fn=hear_interrupts, **pipes)


def environment(room):
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("WANDB_", "BENCH_"))}
    own = {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "XDG_CACHE_HOME": str(room / "cache"), "HOME": str(room)}
    return {**kept, **own}


def hear_interrupts():
    """Tests that run in the background of a shell inherit deaf ears."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def bench(room, *words, module="bench"):
    process = start(room, *words, module=module)
    out, err = process.communicate(timeout=300)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def verb(name):
    """verb("tables")(arguments) -> the exit status of `python -m bench tables`, in this process."""

    def main(arguments):
        try:
            commands.run(name, arguments)
        except SystemExit as ended:
            return ended.code

    return main


def records(folder):
    return {path.stem: json.loads(path.read_text()) for path in (folder / "records").glob("*.json")}
