"""The command from outside: one small sweep and what stands around it."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import choices
import pytest
from command import LONG, ROOT, SMALL, bench, records, start, trains, wait_for


def test_a_sweep_end_to_end_and_again(tmp_path):
    sweep = ["+sweep=quick", "sweep.rows=[{}]", "cell=elman,gru", *SMALL]
    first = bench(tmp_path, *sweep)
    assert first.returncode == 0, first.stderr
    folder = tmp_path / "runs" / "quick"
    by_run_id = records(folder)
    assert len(by_run_id) == 4
    for record in by_run_id.values():
        assert record["status"] == "ok"
        assert set(record["metrics"]) == {"validation", "test"}
        assert len(record["speed"]["train_tokens_per_second"]["samples"]) == 2
        assert (folder / "samples" / f"{record['run_id']}.txt").is_file()
    assert len({record["speed"]["train_tokens_per_second"]["pass"] for record in by_run_id.values()}) == 1
    assert {path.name for path in folder.glob("table.*")} == {"table.md", "table.tex", "table.csv"}
    assert list((folder / "figures").glob("*.svg"))
    assert "job 4 of 4" in first.stderr
    assert "elman" in first.stdout and "gru" in first.stdout and "Lower is better" not in first.stdout
    assert first.stdout.endswith("\nto go on: the same command; what is done is not run again\n")
    again = bench(tmp_path, *sweep, "-v")
    assert again.returncode == 0
    assert again.stderr.count("already done") == 4 and "Lower is better" in again.stdout
    assert records(folder) == by_run_id
    table = (folder / "table.md").read_text()
    (folder / "table.md").unlink()
    assert bench(tmp_path, "tables", "runs/quick").returncode == 0
    assert (folder / "table.md").read_text() == table


def test_one_byte_of_the_data_changed_is_another_run(tmp_path):
    text = tmp_path / "text.txt"
    text.write_text("to be or not to be, that is the question\n" * 100)
    words = ("data=text", f"data.path={text}", *SMALL, "speed.rounds=0")
    assert bench(tmp_path, *words).returncode == 0
    content = bytearray(text.read_bytes())
    content[2000] ^= 1
    text.write_bytes(content)
    done = bench(tmp_path, *words)
    assert done.returncode == 0, done.stderr
    assert "already done" not in done.stderr
    first, second = records(tmp_path / "runs" / "single").values()
    assert first["train_id"] != second["train_id"] and first["data"]["sha256"] != second["data"]["sha256"]


def test_decoding_again_trains_nothing(tmp_path):
    assert bench(tmp_path, "decode=greedy", *SMALL).returncode == 0
    assert bench(tmp_path, "decode=sample", *SMALL).returncode == 0
    greedy, sampled = records(tmp_path / "runs" / "single").values()
    assert greedy["train_id"] == sampled["train_id"]
    assert greedy["run_id"] != sampled["run_id"]
    assert greedy["train"] == sampled["train"]
    assert greedy["metrics"] == sampled["metrics"]


def test_a_job_that_diverges_is_a_record_and_the_others_go_on(tmp_path):
    wild = ("optimiser.name=sgd", "optimiser.lr=1e30,0.1", "optimiser.clip=null", "trainer.log_every_steps=5")
    done = bench(tmp_path, "-m", *wild, *SMALL)
    statuses = sorted(record["status"] for record in records(tmp_path / "runs" / "single").values())
    assert statuses == ["diverged", "ok"]
    assert done.returncode == 1
    assert "diverged" in done.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["cell=lstmm"], f"cell=lstmm is unknown (did you mean lstm?): give one of {', '.join(choices.names('cell'))}"),
        (
            ["stack.dpeth=2"],
            "stack.dpeth is unknown (did you mean depth?): stack takes depth, parameters, hidden_size, direction, dropout",
        ),
        (["stack.depth=two"], "stack.depth=two is refused: give a whole number"),
        (["cell.foo=1"], "cell.foo is unknown: cell takes"),
        (["+sweep=quick", "stack.depth=1,0"], "stack.depth=0 is out of range"),
        (["+sweep=quick", "cell=gru,nope"], "cell=nope is unknown"),
        (["stack.direction=bidirectional"], "stack.direction=bidirectional is not allowed with task=char_lm"),
        (["cell._target_=os.system"], "_target_='os.system' is not allowed"),
        (["cell=gru,lstm"], "add --multirun"),
    ],
)
def test_refused_before_anything_starts(tmp_path, words, sentence):
    done = bench(tmp_path, *words, "track=none")
    assert done.returncode == 2
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not list(tmp_path.rglob("records/*.json"))


def test_an_interrupted_job_is_recorded_as_interrupted_and_runs_again(tmp_path):
    long = [word for word in SMALL if not word.startswith("trainer.epochs")] + ["trainer.epochs=100000"]
    process = start(tmp_path, *long)
    while process.poll() is None and not list(tmp_path.rglob("about.json")):
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    (record,) = records(tmp_path / "runs" / "single").values()
    assert record["status"] == "interrupted"
    assert not list(tmp_path.rglob("trained.json"))


def test_a_sweep_asked_to_end_says_where_it_was_saved_and_goes_on_from_there(tmp_path):
    process = start(tmp_path, "-m", "seed=0", *LONG)
    wait_for(trains(tmp_path))
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    (record,) = records(tmp_path / "runs" / "single").values()
    assert record["status"] == "interrupted"
    match = re.search(r"interrupted, (saved at step \d+; the same command goes on)", err)
    assert match and record["error"]["message"] == match[1]
    assert "SystemExit" not in err and "Traceback" not in err


def test_a_sweep_shows_its_table_on_wandb_without_an_account(tmp_path):
    words = [word for word in SMALL if word != "track=none"]
    assert bench(tmp_path, "-m", "cell=gru,lstm", *words).returncode == 0
    runs = [path for path in (tmp_path / "wandb").iterdir() if path.name.startswith("offline-run-")]
    assert len(runs) == 3
    shown = [json.loads(path.read_text()) for run in runs for path in run.rglob("media/table/**/*.table.json")]
    tables = [table for table in shown if "cell" in table["columns"]]
    cells = [sorted(row[table["columns"].index("cell")] for row in table["data"]) for table in tables]
    assert cells == [["gru", "lstm"]] * 2  # the sweep's table, and that of its runs
    assert len([table for table in shown if "text" in table["columns"]]) == 2


def test_results_that_cannot_be_written_are_refused(tmp_path):
    (tmp_path / "file").write_text("")
    done = bench(tmp_path, "paths.results=file", "track=none")
    assert done.returncode == 2
    assert "cannot be written" in done.stderr


def test_help_names_groups_and_overrides_and_imports_nothing_heavy(tmp_path):
    done = bench(tmp_path, "--help")
    assert done.returncode == 0
    groups = [f"{group}: {', '.join(choices.names(group))}" for group in ("cell", "data", "task", "model", "decode")]
    for word in (*groups, "sweep: ", "stack.depth=2", "optimiser.lr=", "track=none"):
        assert word in done.stdout
    code = "import sys, runpy; sys.argv = ['bench', '--help']\ntry: runpy.run_module('bench', run_name='__main__')\n"
    code += "except SystemExit: pass\nprint(sorted({'torch', 'wandb', 'datasets', 'pytorch_lightning'} & set(sys.modules)))"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    loaded = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert loaded.stdout.strip().endswith("[]")
