"""What many jobs cost: 1,000 composed jobs that are done, 2,000 records, and 64 workers that share 2,000 jobs and are killed.

    python benchmarks/scale.py [--rounds 3] [--only planning|records|cluster] [--write]

The jobs that are done have records that are written here, so that nothing trains. The workers are processes of this machine
that sleep where a job would train; they take jobs by the suite's own locks, and one in twenty is killed at random and replaced.
Prints a Markdown table; with `--write` its samples go to runs/sweep_cost beside those of `benchmarks/sweep.py`. Exit status 1
where a job was done twice or not at all, or a lock was left. Seconds are those of the processor, for the whole command with its
start and its imports; those of `status` are what it takes beyond a folder of one record, since it does little else than start.
Tables and report are made twice a turn, first with all figures to draw: one that shows the same as before is not drawn again.
"""

import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(Path(__file__).resolve().parent)]

from sweep import QUIET, Row, command, measure, seeds  # noqa: E402
from tables import run as timed  # noqa: E402
from tables import write as write_records  # noqa: E402

from bench.figures.drawings import STAMP  # noqa: E402
from bench.records import locks, record  # noqa: E402
from bench.records.plan import Planned, lock_path, write_plan  # noqa: E402
from bench.sweeps.expand import configurations, prepare_all  # noqa: E402

CELLS = "cell=elman,gru,lstm,gru_reset_after"
JOBS, RECORDS = 1000, 2000
WORKERS, SHARED_JOBS, KILLED, JOB_S = 64, 2000, 0.05, 0.2


def planning(rounds: int) -> Iterator[Row]:
    """The command again, over a sweep whose jobs all have records."""
    with tempfile.TemporaryDirectory() as name:
        room = Path(name)
        (room / "text.txt").write_text("to be or not to be, that is the question\n" * 50)
        words = [seeds(JOBS // 4), CELLS, "data=text", f"data.path={room / 'text.txt'}", "stack.hidden_size=8", *QUIET]
        done_everywhere(room, words)
        seconds = [on_processor(partial(command, room, "-m", *words)) for _ in range(rounds)]
    yield {"what": f"{JOBS:,} jobs, all done, seconds of the processor", "samples": seconds, "unit": "s", "aim": "below 5 s"}


def on_processor(call: Callable[[], object]) -> float:
    """Seconds of the processor of the processes that `call` starts and waits for: other programs change these little."""
    before = os.times()
    call()
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def done_everywhere(room: Path, words: list[str]) -> None:
    """A record of every job, as if it had run."""
    template = room / "template"
    write_records(template, 1)
    (path,) = (template / "records").glob("*.json")
    finished = record.read(path)
    for job in prepare_all(list(configurations([*words, f"paths.results={room / 'runs'}"]))):
        named = replace(finished, run_id=job.run_id, train_id=job.train_id, sweep=job.config.sweep.name)
        record.write(replace(named, config=job.plain, data=job.task.describe_data()), job.folder)


def records(rounds: int) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as name:
        single, many = (planned(Path(name) / str(count) / "results" / "cells", count) for count in (1, RECORDS))
        seconds = [
            on_processor(partial(timed, "status", many)) - on_processor(partial(timed, "status", single)) for _ in range(rounds)
        ]
        what = f"bench status of {RECORDS:,} records, seconds of the processor beyond its start"
        yield {"what": what, "samples": seconds, "unit": "s", "aim": "below 0.3 s"}
        for verb, aim in (("tables", 5), ("report", 8)):
            first, again = [], []
            for _ in range(rounds):
                (many / STAMP).unlink(missing_ok=True)
                first.append(on_processor(partial(timed, verb, many)))
                again.append(on_processor(partial(timed, verb, many)))
            what = f"bench {verb} of {RECORDS:,} records, seconds of the processor"
            yield {"what": what, "samples": first, "unit": "s", "aim": f"below {aim} s"}
            yield {"what": f"{what}, where nothing has changed", "samples": again, "unit": "s", "aim": f"below {aim} s"}


def planned(folder: Path, count: int) -> Path:
    """The folder of a sweep of so many records."""
    write_records(folder, count)
    ids = [path.stem for path in sorted((folder / "records").glob("*.json"))]
    write_plan(folder, [Planned(run_id, ["seed=0"], run_id) for run_id in ids], at_once=1, definition="")
    return folder


def cluster(rounds: int) -> Iterator[Row]:
    overheads = []
    for turn in range(rounds):
        with tempfile.TemporaryDirectory() as name:
            overheads.append(1000 * share_and_kill(Path(name), turn))
    what = f"{WORKERS} workers over {SHARED_JOBS:,} jobs of {JOB_S:g} s, one in {1 / KILLED:.0f} killed: planning and locking"
    yield {"what": what, "samples": overheads, "unit": "ms a job", "aim": "below 20 ms"}


def share_and_kill(folder: Path, seed: int) -> float:
    """Seconds of a worker's processor a job, but for the sleep. Raises AssertionError where one is not done exactly once."""
    (folder / "records").mkdir()
    (folder / "spent").mkdir()
    context, chance = multiprocessing.get_context("fork"), random.Random(seed)
    workers = [context.Process(target=work, args=(folder,)) for _ in range(WORKERS)]
    for worker in workers:
        worker.start()
    victims = round(KILLED * WORKERS)
    while (done := len(list((folder / "records").glob("*.done")))) < SHARED_JOBS:
        time.sleep(JOB_S)
        if victims and done > SHARED_JOBS // 10:
            victims -= 1
            victim = chance.randrange(len(workers))
            workers[victim].kill()
            workers[victim].join()
            workers[victim] = context.Process(target=work, args=(folder,))
            workers[victim].start()
        elif not any(worker.is_alive() for worker in workers):
            break
    for worker in workers:
        worker.join()
    for path in (folder / "records").glob("*.lock"):
        locks.clear(path)
    runs = [len(path.read_text().splitlines()) for path in (folder / "records").glob("*.done")]
    assert runs == [1] * SHARED_JOBS, f"{len(runs)} of {SHARED_JOBS} jobs were done, at most {max(runs)} times"
    assert not list((folder / "records").glob(".*")), "something was left"
    return sum(float(path.read_text()) for path in (folder / "spent").iterdir()) / SHARED_JOBS


def work(folder: Path) -> None:
    """A worker: takes the next free job until none is left; what is held by others it comes back to."""
    began = time.process_time()
    waiting = [f"job{number:04d}" for number in range(SHARED_JOBS)]
    watched = {name: locks.Lock(lock_path(folder, name)) for name in waiting}
    while waiting:
        elsewhere = []
        for name in waiting:
            done = folder / "records" / f"{name}.done"
            if done.exists():
                continue
            lock = watched[name]
            if not lock.acquire():
                elsewhere.append(name)
                continue
            try:
                if not done.exists():
                    time.sleep(JOB_S)
                    with done.open("a") as file:
                        file.write(f"{os.getpid()}\n")
            finally:
                lock.release()
        waiting = elsewhere
        time.sleep(JOB_S if waiting else 0)
    (folder / "spent" / str(os.getpid())).write_text(str(time.process_time() - began))


PARTS: dict[str, Callable[[int], Iterator[Row]]] = {"planning": planning, "records": records, "cluster": cluster}


if __name__ == "__main__":
    measure(PARTS, __doc__)
