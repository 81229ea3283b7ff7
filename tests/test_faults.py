"""What befalls a sweep from outside: memory and disks that run out, wandb's process killed, secrets that must not leak."""

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

from command import SMALL, bench, environment, records, start, wait_for

GIB = 2**30
SECRET = "0123456789abcdef0123456789abcdef01234567"
SIZELESS = [word for word in SMALL if "hidden" not in word]


def limited(room, *words, limit):
    """The command under a limit of the system: (which, how much)."""
    return subprocess.run(
        [sys.executable, "-m", "bench", *words],
        cwd=room,
        env=environment(room),
        preexec_fn=lambda: resource.setrlimit(limit[0], (limit[1], limit[1])),
        capture_output=True,
        text=True,
        timeout=300,
    )


def by_size(room):
    return {record["config"]["stack"]["hidden_size"]: record for record in records(room / "runs" / "single").values()}


def test_a_job_that_runs_out_of_memory_is_a_record_and_the_others_go_on(tmp_path):
    words = ("-m", "stack.hidden_size=40000,8", *SIZELESS, "launcher.jobs=2")
    done = limited(tmp_path, *words, limit=(resource.RLIMIT_AS, 16 * GIB))
    assert done.returncode == 1, done.stderr
    assert {size: record["status"] for size, record in by_size(tmp_path).items()} == {40000: "out_of_memory", 8: "ok"}
    assert "Traceback" not in done.stderr


def test_weights_that_the_disk_does_not_take_fail_their_job_alone_and_leave_no_part(tmp_path):
    words = ("-m", "stack.hidden_size=300,8", *SIZELESS)
    done = limited(tmp_path, *words, limit=(resource.RLIMIT_FSIZE, 2**19))
    assert done.returncode == 1, done.stderr
    sizes = by_size(tmp_path)
    assert sizes[8]["status"] == "ok"
    assert sizes[300]["status"] == "failed" and "File too large" in sizes[300]["error"]["message"]
    assert not list(tmp_path.rglob("*.tmp"))
    assert bench(tmp_path, *words).returncode == 0
    assert by_size(tmp_path)[300]["status"] == "ok"


def cores_of_wandb(room):
    """The processes of wandb-core that were started in `room`."""
    pids = []
    for process_folder in Path("/proc").glob("[0-9]*"):
        try:
            if (
                b"wandb-core" in (process_folder / "cmdline").read_bytes()
                and (process_folder / "cwd").resolve() == room.resolve()
            ):
                pids.append(int(process_folder.name))
        except OSError:
            continue
    return pids


def test_wandbs_process_killed_in_a_sweep_costs_no_job(tmp_path):
    words = [word for word in SMALL if not word.startswith(("track", "trainer.epochs"))]
    process = start(tmp_path, "-m", "seed=0,1", *words, "trainer.epochs=20", "track.mode=offline", "speed.rounds=0")
    wait_for(lambda: cores_of_wandb(tmp_path))
    wait_for(lambda: list(tmp_path.rglob("best.safetensors")))
    for pid in cores_of_wandb(tmp_path):
        os.kill(pid, signal.SIGKILL)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert "Traceback" not in err
    assert [record["status"] for record in records(tmp_path / "runs" / "single").values()] == ["ok", "ok"]


def test_a_key_in_environment_and_arguments_is_in_no_file_and_no_output(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", SECRET)
    words = [word for word in SMALL if not word.startswith("track")]
    secret_words = (f"sweep.note='api_key={SECRET}, kept plainly'", f"sweep.title='{SECRET}'")
    done = bench(tmp_path, "-m", "seed=0,1", *secret_words, *words, "track.mode=offline", "launcher.jobs=2")
    assert done.returncode == 0, done.stderr
    contents = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert any(b"kept plainly" in content for content in contents.values())
    assert [path for path, content in contents.items() if SECRET.encode() in content] == []
    assert SECRET not in done.stdout + done.stderr
