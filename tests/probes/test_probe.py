"""`python -m bench.probe` from outside, and the windows that it reads."""

import pytest
from command import bench, records
from test_command import SMALL

from bench.assemble import make_task
from bench.probes.text_windows import windows
from bench.task import DataError


def test_windows_are_spread_over_the_whole_text(compose):
    task = make_task(compose("data.limit=3000"))
    ids = task.data.ids["validation"]
    inputs_NT, target_N = windows(task, rows=3, length=10)
    starts = (0, (len(ids) - 11) // 2, len(ids) - 11)
    for row, start in enumerate(starts):
        assert inputs_NT[row].equal(ids[start : start + 10])
        assert target_N[row] == ids[start + 10]


def test_what_has_no_text_or_too_little_is_refused(compose):
    with pytest.raises(DataError, match="reads a text"):
        windows(object(), rows=3, length=10)
    with pytest.raises(DataError, match="fewer than one window of 1000000"):
        windows(make_task(compose("data.limit=3000")), rows=3, length=1_000_000)


def test_a_sweep_is_trained_asked_and_tabled_once(tmp_path):
    words = ("gradient_flow", "cell=elman,lstm", "seed=0,1", *SMALL)
    first = bench(tmp_path, *words, module="bench.probe")
    assert first.returncode == 0, first.stderr
    folder = tmp_path / "results" / "gradient_flow"
    made = records(folder)
    assert len(made) == 4
    for record in made.values():
        assert len(record["train"]["gradient_flow"]["start"]) == len(record["train"]["gradient_flow"]["trained"]) == 128
        assert 0 < record["metrics"]["validation"]["gradient_rate_start"]["value"] < 1.5
    assert {path.name for path in (folder / "figures").glob("*.svg")} == {
        "gradient_flow-start.svg",
        "gradient_flow-trained.svg",
    }
    assert "![gradient_flow-start]" in (folder / "table.md").read_text()
    again = bench(tmp_path, *words, module="bench.probe")
    assert again.returncode == 0
    assert again.stderr.count("already done") == 4
    assert records(folder) == made


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["flow"], "the probe flow is unknown: give gradient_flow."),
        (["gradient_flow", "task=name_tagging"], "reads a text"),
        (["gradient_flow", "cell=gru,nope"], "cell=nope is unknown"),
    ],
)
def test_refusals_are_a_sentence(tmp_path, words, sentence):
    done = bench(tmp_path, *words, module="bench.probe")
    assert done.returncode == 2
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
