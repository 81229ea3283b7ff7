"""What befalls a sweep from outside: memory that runs out, weights that are no weights."""

import resource
import subprocess
import sys

from command import environment, records
from test_command import SMALL

GIB = 2**30


def test_a_job_that_runs_out_of_memory_is_a_record_and_the_others_go_on(tmp_path):
    def short_of_memory():
        resource.setrlimit(resource.RLIMIT_AS, (16 * GIB, 16 * GIB))

    words = ("-m", "stack.hidden_size=40000,8", *(word for word in SMALL if "hidden" not in word))
    command = [sys.executable, "-m", "bench", *words, "launcher.jobs=2"]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env=environment(tmp_path),
        preexec_fn=short_of_memory,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 1, done.stderr
    made = {
        record["config"]["stack"]["hidden_size"]: record["status"] for record in records(tmp_path / "results" / "runs").values()
    }
    assert made == {40000: "out_of_memory", 8: "ok"}
    assert "Traceback" not in done.stderr
