"""The verbs of the command: found by their files, listed by --help, known by their old names for a release."""

import shutil
import subprocess
import sys

import pytest
from command import ROOT, bench, environment, records, verb

from bench.__main__ import _overrides, _overrides_first
from bench.commands import is_verb, verbs
from bench.errors import ConfigError, did_you_mean

SMALL = (
    "track=none",
    "stack.hidden_size=8",
    "data.limit=3000",
    "trainer.batch_size=4",
    "task.window=20",
    "trainer.epochs=1",
    "evaluation.sample_length=30",
    "speed.rounds=0",
)


def test_help_lists_every_verb(tmp_path):
    shown = bench(tmp_path, "--help").stdout
    assert not [verb for verb in verbs() if f"python -m bench {verb} " not in shown]


@pytest.mark.parametrize("name", verbs())
def test_every_verb_has_help(name, capsys):
    assert verb(name)(["--help"]) == 0
    assert f"python -m bench {name}" in capsys.readouterr().out


def test_options_may_stand_between_overrides():
    """Judged by Hydra's own parser, which takes overrides from one place alone."""
    from hydra._internal.utils import get_args_parser

    words = ["--config-dir", "mine", "seed=1", "-m", "cell=gru,lstm", "+sweep=quick"]
    overrides = _overrides(words)
    parsed = get_args_parser().parse_args(_overrides_first(words, overrides))
    assert overrides == parsed.overrides == ["seed=1", "cell=gru,lstm", "+sweep=quick"]
    assert (parsed.config_dir, parsed.multirun, parsed.info) == ("mine", True, None)


@pytest.mark.parametrize("name", ["compare", "cost", "decode", "probe", "report", "status", "sync", "tables"])
def test_the_old_name_says_the_new_one_and_works(tmp_path, name):
    done = bench(tmp_path, "--help", module=f"bench.{name}")
    assert done.returncode == 0
    assert done.stderr.splitlines() == [f"python -m bench.{name} is now: python -m bench {name}"]
    assert done.stdout == bench(tmp_path, name, "--help").stdout


def test_what_is_no_verb_is_refused_with_the_nearest():
    assert is_verb("tables")
    assert not any(is_verb(word) for word in ("", "cell=gru", "+sweep=quick", "--help", "-m", "~data", "++a=1"))
    with pytest.raises(ConfigError, match=r"^tabels is not a command \(did you mean tables\?\): give one of .*status.*[^\n]$"):
        is_verb("tabels")


def test_a_misspelt_verb_ends_with_status_2(tmp_path):
    done = bench(tmp_path, "publsh", "runs/quick")
    assert done.returncode == 2
    assert done.stderr.startswith("refused: publsh is not a command (did you mean publish?)")


@pytest.mark.parametrize(
    "words, sentence",
    [
        (("stack.dpeth=2",), "stack.dpeth is unknown (did you mean depth?)"),
        (("cell=gruu",), "cell=gruu is unknown (did you mean gru?)"),
        (("+cell.forget_bais=1",), "cell.forget_bais is unknown (did you mean forget_bias?)"),
    ],
)
def test_a_misspelt_key_or_option_names_the_nearest(tmp_path, words, sentence):
    done = bench(tmp_path, *words, *SMALL)
    assert done.returncode == 2
    assert sentence in done.stderr and len(done.stderr.strip().splitlines()) == 1


def test_nothing_near_is_nothing_said():
    assert did_you_mean("zzz", ["depth", "dropout"]) == ""
    assert did_you_mean("dpeth", ["depth", "dropout"]) == " (did you mean depth?)"


def test_a_refusal_shows_its_trace_where_that_is_asked_for(tmp_path):
    for value, shown in (("1", True), ("0", False), ("", False)):
        command = [sys.executable, "-m", "bench", "stack.depth=-3", *SMALL]
        full = {**environment(tmp_path), "HYDRA_FULL_ERROR": value}
        done = subprocess.run(command, cwd=tmp_path, env=full, capture_output=True, text=True)
        assert done.returncode == 2
        assert ("Traceback" in done.stderr) is shown
        assert "refused: stack.depth=-3 is out of range" in done.stderr


def test_a_fault_of_the_suite_shows_its_trace_and_is_no_refusal(tmp_path):
    """A plain ValueError that nobody raised on purpose."""
    lines = (
        "from bench.cells.cell import Cell\n\n\nclass Broken(Cell):",
        "    def __init__(self, input_size: int, hidden_size: int) -> None:",
        "        super().__init__(input_size, hidden_size)",
        "        list(zip([1], [1, 2], strict=True))\n",
    )
    (tmp_path / "broken.py").write_text("\n".join(lines))
    words = ("plugins=[broken]", "cell._target_=broken.Broken", "~cell.forget_bias", "~cell.recurrent_init", *SMALL)
    done = bench(tmp_path, *words)
    assert done.returncode == 1
    assert "Traceback" in done.stderr and "zip() argument 2 is longer" in done.stderr and "refused" not in done.stderr


def test_a_failed_jobs_trace_and_warnings_lie_beside_its_record(tmp_path):
    (tmp_path / "fails.py").write_text(
        "import warnings\n\nfrom bench.cells.elman import Elman\n\n\nclass Fails(Elman):\n    def scan(self, *given):\n"
        "        warnings.warn('the tank is empty')\n        raise OverflowError('too much rain')\n"
    )
    words = ("cell=elman", "plugins=[fails]", "cell._target_=fails.Fails", *SMALL)
    done = bench(tmp_path, *words)
    assert done.returncode == 1
    (record,) = records(tmp_path / "runs" / "single").values()
    log = tmp_path / "runs" / "single" / "logs" / f"{record['run_id']}.log"
    assert record["status"] == "failed" and str(log.relative_to(tmp_path)) in done.stderr
    text = log.read_text()
    assert "Traceback" in text and "OverflowError: too much rain" in text and "the tank is empty" in text
    assert "Traceback" not in done.stderr
    good = bench(tmp_path, "cell=elman", *SMALL)
    assert good.returncode == 0
    assert [path.name for path in log.parent.iterdir()] == [log.name]


def test_reuse_of_the_same_code_makes_what_others_made_again(tmp_path):
    assert bench(tmp_path, *SMALL).returncode == 0
    again = bench(tmp_path, *SMALL)
    assert "already done (ok)" in again.stderr and "other source code" not in again.stderr
    (path,) = (tmp_path / "runs" / "single" / "records").glob("*.json")
    first = path.read_text()
    path.write_text(first.replace(records(path.parent.parent)[path.stem]["code"]["digest"], "0123456789abcdef"))
    reused = bench(tmp_path, *SMALL)
    assert "already done (ok), by other source code" in reused.stderr and "reuse=same_code runs it again" in reused.stderr
    (begun,) = (tmp_path / "cache").rglob("sources.txt")
    begun.write_text("0123456789abcdef")
    repeated = bench(tmp_path, "reuse=same_code", *SMALL)
    assert repeated.returncode == 0 and "already done" not in repeated.stderr
    assert begun.read_text() != "0123456789abcdef"
    assert "already done (ok)" in bench(tmp_path, "reuse=same_code", *SMALL).stderr


def test_a_record_says_when_other_sources_trained_its_weights(tmp_path):
    assert bench(tmp_path, *SMALL).returncode == 0
    (begun,) = (tmp_path / "cache").rglob("sources.txt")
    begun.write_text("0123456789abcdef")
    assert bench(tmp_path, "decode=greedy", *SMALL).returncode == 0
    sampled, greedy = sorted(
        records(tmp_path / "runs" / "single").values(), key=lambda record: record["config"]["decode"]["name"]
    )[::-1]
    assert sampled["train_id"] == greedy["train_id"]
    assert "trained_by" not in sampled["code"] and greedy["code"]["trained_by"] == "0123456789abcdef"
    again = bench(tmp_path, "decode=greedy", "reuse=same_code", *SMALL)
    assert again.returncode == 0 and "already done" not in again.stderr
    (only,) = [
        record for record in records(tmp_path / "runs" / "single").values() if record["config"]["decode"]["name"] == "greedy"
    ]
    assert "trained_by" not in only["code"]


def test_a_reader_who_has_seen_enough_is_no_error(tmp_path):
    command = f"{sys.executable} -m bench status {ROOT / 'results'} | head -1"
    done = subprocess.run(["sh", "-c", command], env=environment(tmp_path), capture_output=True, text=True, cwd=tmp_path)
    assert "records" in done.stdout and "BrokenPipe" not in done.stderr and "Traceback" not in done.stderr


@pytest.mark.skipif(not shutil.which("bash"), reason="bash is not installed")
def test_a_shell_completes_verbs_and_options(tmp_path):
    binary = tmp_path / "recurrent-bench"
    binary.write_text(f'#!/bin/sh\nexec {sys.executable} -m bench "$@"\n')
    binary.chmod(0o755)

    def completed(line):
        words = line.split(" ")
        script = (
            f'eval "$(recurrent-bench completion)"; COMP_WORDS=({" ".join(map(repr, words))}); COMP_CWORD={len(words) - 1}; '
            f'COMP_LINE={line!r}; COMP_POINT={len(line)}; _recurrent_bench; printf "%s\\n" "${{COMPREPLY[@]}}"'
        )
        path = {**environment(tmp_path), "PATH": f"{tmp_path}:/usr/bin:/bin"}
        return subprocess.run(["bash", "-c", script], env=path, capture_output=True, text=True, cwd=tmp_path).stdout.split()

    assert set(completed("recurrent-bench pub")) == {"publish"}
    assert {"cell=gru", "cell=gru_reset_after"} <= set(completed("recurrent-bench cell=gru"))
    assert "stack.depth=" in completed("recurrent-bench cell=gru stack.d")
