"""The command as a user runs it: in a process and a folder of its own."""

import json
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path

from bench import commands
from bench.sweeps import fork_server

ROOT = Path(__file__).resolve().parent.parent
SMALL = (
    "track=none",
    "stack.hidden_size=8",
    "data.limit=3000",
    "trainer.batch_size=4",
    "task.window=20",
    "trainer.epochs=1",
    "evaluation.sample_length=30",
    "speed.rounds=2",
    "speed.seconds=0.01",
)
LONG = (*SMALL, "trainer.epochs=10000")


def start(room, *words, module="bench"):
    """The command in a folder of its own, away from the user's settings."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    command = [sys.executable, "-m", module, *words]
    return subprocess.Popen(command, cwd=room, env=environment(room), text=True, preexec_fn=hear_interrupts, **pipes)


def environment(room):
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("WANDB_", "BENCH_"))}
    added = {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "XDG_CACHE_HOME": str(room / "cache"), "HOME": str(room)}
    return {**inherited, **added}


def hear_interrupts():
    """Tests that run in the background of a shell inherit deaf ears."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def bench(room, *words, module="bench"):
    """The command, run to its end, in a process forked from one that has the libraries: importing them is most of its work."""
    with tempfile.TemporaryDirectory() as folder:
        streams = [Path(folder) / stream for stream in ("out", "err")]
        process = _libraries().Process(target=_run, args=(module, words, room, environment(room), streams))
        process.start()
        process.join(300)
        if process.exitcode is None:
            process.kill()
            raise subprocess.TimeoutExpired([module, *words], 300)
        return subprocess.CompletedProcess([module, *words], process.exitcode, *(stream.read_text() for stream in streams))


@cache
def _libraries():
    """The server that forks; its libraries see no setting of the user's, and one thread."""
    before = dict(os.environ)
    os.environ.update(OMP_NUM_THREADS="1")
    try:
        fork_server.start()
    finally:
        os.environ.clear()
        os.environ.update(before)
    return fork_server.context()


def _run(module, words, room, variables, streams):
    """In the forked process: as `python -m module words`, started in the room with these variables."""
    hear_interrupts()
    os.environ.clear()
    os.environ.update(variables)
    os.chdir(room)
    for descriptor, stream in zip((1, 2), streams, strict=True):
        os.dup2(os.open(stream, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), descriptor)
    tests = Path(__file__).parent
    sys.path[:] = [str(room), str(ROOT), *(path for path in sys.path if Path(path) not in (Path(), ROOT, tests))]
    sys.argv[:] = [module, *words]
    for imported in (module, f"{module}.__main__"):  # which is run anew
        if imported != "bench":
            sys.modules.pop(imported, None)
    runpy.run_module(module, run_name="__main__", alter_sys=True)


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


def descendants(parent):
    """Process ids below `parent`, by /proc."""
    processes = {
        int(process_folder.name): stat(process_folder)
        for process_folder in Path("/proc").iterdir()
        if process_folder.name.isdigit()
    }
    below, fresh = set(), {parent}
    while fresh:
        fresh = {pid for pid, (above, _) in processes.items() if above in fresh}
        below |= fresh
    return {pid: processes[pid] for pid in below}


def stat(process_folder):
    """(its parent, its command line)."""
    try:
        after = (process_folder / "stat").read_text().rpartition(")")[2].split()
        return int(after[1]), (process_folder / "cmdline").read_text()
    except OSError:
        return 0, ""


def workers(process):
    """The jobs' processes: children of the fork server."""
    processes = descendants(process.pid)
    return [pid for pid, (above, _) in processes.items() if "forkserver" in processes.get(above, (0, ""))[1]]


def wait_for(condition, seconds=120):
    end = time.monotonic() + seconds
    while not (outcome := condition()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return outcome


def trains(room):
    return lambda: list((room / "cache").rglob("best.safetensors"))
