"""The checks of a device that is not there, in a process that has computed nothing yet."""

import re
import subprocess
import sys
from pathlib import Path

CHECKS = Path(__file__).parent / "device_checks.py"


def test_a_training_step_on_a_device_waits_for_nothing_and_mixes_no_devices():
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-o",
        "addopts=",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        "--tb=short",
        str(CHECKS),
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=CHECKS.parent.parent, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
    assert int(re.findall(r"(\d+) passed", done.stdout)[-1]) > 80
