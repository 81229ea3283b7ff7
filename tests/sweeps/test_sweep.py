"""Every sweep of conf/sweep: its grids expand, and every job of them can be built."""

from dataclasses import asdict

import pytest
import torch
from hydra import compose, initialize_config_dir
from hydra.errors import HydraException

from bench.config import schema
from bench.config.compose import Composer, to_run
from bench.config.factory import make_net, make_strategy, make_task
from bench.errors import DataError
from bench.speed.training import row_key
from bench.sweeps.expand import expand
from bench.tables import config_keys
from bench.tables.spec import parse

FOLDER = schema.folder()
SWEEPS = sorted(file.relative_to(FOLDER / "sweep").with_suffix("").as_posix() for file in (FOLDER / "sweep").rglob("*.yaml"))


@pytest.fixture
def jobs():
    """jobs(*words) -> the grids of overrides, composed while the configuration is open."""
    schema.register()
    with initialize_config_dir(str(FOLDER), version_base="1.3"):
        yield lambda *words: expand(compose("config", overrides=list(words), return_hydra_config=True))


@pytest.mark.parametrize("sweep", SWEEPS)
def test_every_job_can_be_built(jobs, sweep):
    seen, composed = set(), Composer()
    for job in (job for grid in jobs(f"+sweep={sweep}") for job in grid):
        run = to_run(composed([*job, "track=none"]))
        if "limit" in run.data:
            run.data["limit"] = 2000
        assert str(job) not in seen
        seen.add(str(job))
        try:
            task = make_task(run)
        except DataError as error:
            pytest.skip(f"needs real data: {error}")
        make_strategy(run)
        with torch.device("meta"):
            make_net(run, task)
    assert seen


@pytest.mark.parametrize("scale", ["small", "full"])
@pytest.mark.parametrize("sweep", [sweep for sweep in SWEEPS if sweep.startswith("paper/")])
def test_what_a_paper_is_compared_by_are_rows_of_its_sweep(jobs, sweep, scale):
    """Every finding and figure names one row, and every finding has seeds to be tested with."""
    composed = Composer()
    runs = [to_run(composed(job)) for grid in jobs(f"+sweep={sweep}", f"scale={scale}") for job in grid]
    rows = {}
    for run in runs:
        rows.setdefault(row_key(run, decoded=True), []).append(run)
    report = parse(asdict(runs[0].report))
    figures = [figure.row for figure in report.published if figure.row is not None]
    named = [row for finding in report.findings for row in (finding.higher, finding.lower)]
    assert named and report.note and report.baseline
    for wanted in (*figures, *named, report.baseline):
        flat = config_keys.flatten(wanted)
        found = [
            members
            for members in rows.values()
            if all(config_keys.at(config_keys.flatten(schema.plain(members[0])), key) == value for key, value in flat.items())
        ]
        assert len(found) == 1, wanted
        assert wanted not in named or len({run.seed for run in found[0]}) >= 3
    assert {run.report.sweep for run in runs} == {sweep if scale == "small" else f"{sweep}_full"}


def test_a_sweep_without_scales_takes_none(jobs):
    with pytest.raises(HydraException, match="Could not override 'scale'"):
        jobs("+sweep=quick", "scale=full")


def test_further_grids_take_the_command_line_but_for_what_they_choose(jobs):
    first, greedy, sample = jobs("+sweep=decoding", "decode.width=3", "decode.length_penalty=0.5", "seed=1")
    assert [set(job) for job in first] == [{"+sweep=decoding", "decode.width=3", "decode.length_penalty=0.5", "seed=1"}]
    assert [set(job) for job in greedy] == [{"+sweep=decoding", "decode=greedy", "seed=1"}]
    temperatures = [f"decode.temperature={value}" for value in (0.3, 1.0)]
    assert [set(job) for job in sample] == [{"+sweep=decoding", "decode=sample", "seed=1", word} for word in temperatures]
