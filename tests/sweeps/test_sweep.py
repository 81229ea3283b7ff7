"""Every sweep of conf/sweep: its grids expand, and every job of them can be built."""

from dataclasses import asdict

import choices
import pytest
import torch
from hydra import compose, initialize_config_dir
from hydra.errors import HydraException

from bench.config import schema
from bench.config.compose import Composer, to_run
from bench.config.factory import make_net, make_strategy, make_task
from bench.errors import ConfigError, DataError, Refusal
from bench.records.flat import flatten
from bench.speed.training import row_key
from bench.sweeps.expand import expand
from bench.tables import config_keys
from bench.tables.spec import parse

FOLDER = schema.folder()
SWEEPS = sorted(
    file.relative_to(FOLDER / "sweep").with_suffix("").as_posix() for file in (FOLDER / "sweep").rglob("[!_]*.yaml")
)


@pytest.fixture
def jobs():
    """jobs(*words) -> the grids of overrides, composed while the configuration is open."""
    schema.register()
    with initialize_config_dir(str(FOLDER), version_base="1.3"):
        yield lambda *words: expand(compose("config", overrides=list(words), return_hydra_config=True))


@pytest.mark.parametrize("sweep", SWEEPS)
def test_every_job_can_be_built(jobs, sweep):
    composed = Composer()
    words = [job for grid in jobs(f"+sweep={sweep}") for job in grid]
    assert words and len(set(map(str, words))) == len(words)
    rows = {str([word for word in job if not word.startswith("seed=")]): job for job in words}
    for job in rows.values():  # a seed is no other net
        run = to_run(composed([*job, "track=none"]))
        if "limit" in run.data:
            run.data["limit"] = 2000
        try:
            task = make_task(run)
        except DataError as error:
            pytest.skip(f"needs real data: {error}")
        except Refusal as error:
            if "which is not installed" not in str(error):
                raise
            pytest.skip(f"needs an extra: {error}")
        make_strategy(run)
        with torch.device("meta"):
            make_net(run, task)


def scales(sweep):
    """The names of a paper's sweep and what is typed for each: one that is cut has a full size beside it."""
    if "/scale" not in (FOLDER / "sweep" / f"{sweep}.yaml").read_text():
        return [(sweep, sweep, [])]
    return [(sweep, sweep, ["scale=small"]), (f"{sweep}_full", sweep, ["scale=full"])]


@pytest.mark.parametrize(
    ("name", "sweep", "scale"), [case for sweep in SWEEPS if sweep.startswith("paper/") for case in scales(sweep)]
)
def test_what_a_paper_is_compared_by_are_rows_of_its_sweep(jobs, name, sweep, scale):
    """Every finding and figure names one row of each data set, and every finding has seeds to be tested with."""
    composer = Composer()
    runs = [composer.run(job) for grid in jobs(f"+sweep={sweep}", *scale) for job in grid]
    rows = {}
    for run in runs:
        rows.setdefault((run.data["name"], row_key(run, decoded=True)), []).append(run)
    spec = parse(asdict(runs[0].sweep))
    figures = [(figure.data, figure.row) for figure in spec.literature if figure.row is not None]
    named = [(claim.data, row) for claim in spec.claims for row in claim.rows("higher")]
    assert named and spec.note
    assert spec.baseline is None or all(len(members) == 1 for members in matching(rows, "", spec.baseline).values())
    for data, named_row in (*figures, *named):
        fitting = matching(rows, data, named_row)
        assert fitting and all(len(members) == 1 for members in fitting.values()), (data, named_row)
        assert (data, named_row) not in named or all(len({run.seed for run in members[0]}) >= 3 for members in fitting.values())
    assert {run.sweep.name for run in runs} == {name}


def matching(rows, data, named_row):
    """Data set -> the rows of it that a selection names, each as its runs. `data`: of this one alone, "" of every one."""
    flat, fitting = flatten(named_row), {}
    for (name, _), members in rows.items():
        plain = flatten(schema.plain(members[0]))
        if data in ("", name) and all(config_keys.at(plain, key) == value for key, value in flat.items()):
            fitting.setdefault(name, []).append(members)
    return fitting


def test_a_sweep_without_scales_takes_none(jobs):
    with pytest.raises(HydraException, match="Could not override 'scale'"):
        jobs("+sweep=quick", "scale=full")


def test_what_the_command_line_says_wins_over_every_row(jobs):
    rows = jobs("+sweep=stopping", "net.stop=end_symbol", "seed=4")
    assert [[set(job) for job in row] for row in rows] == [[{"+sweep=stopping", "net.stop=end_symbol", "seed=4"}]]
    (row,) = jobs("+sweep=stopping", "sweep.seeds=1", "sweep.rows=[{net.stop:[end_symbol,halting_unit]}]")
    assert [word for job in row for word in job if word.startswith(("net", "seed"))] == [
        *("net.stop=end_symbol", "seed=0"),
        *("net.stop=halting_unit", "seed=0"),
    ]


def test_a_key_that_fits_only_some_rows_is_refused_and_never_dropped(jobs):
    words = [job for row in jobs("+sweep=decoding", "decode.width=3") for job in row]
    assert all("decode.width=3" in job for job in words)
    with pytest.raises(HydraException, match=r"decode\.width"):
        list(map(Composer(), words))


def test_rows_are_grids_of_values_tuned_over_and_seeded(jobs):
    rows = "[{cell:[gru,lstm],stack.depth:2},{model:ngram,optimiser.lr:0.5,seeds:1}]"
    first, second = jobs(f"sweep.rows={rows}", "sweep.seeds=2", "+sweep.tune={optimiser.lr:[0.1,0.2]}")
    words_of_jobs = [{word for word in job if "sweep" not in word} for job in first]
    assert words_of_jobs == [
        {f"cell={cell}", "stack.depth=2", f"optimiser.lr={rate}", f"seed={seed}"}
        for cell in ("gru", "lstm")
        for rate in (0.1, 0.2)
        for seed in (0, 1)
    ]
    assert [{word for word in job if "sweep" not in word} for job in second] == [{"model=ngram", "optimiser.lr=0.5", "seed=0"}]


def test_cells_are_named_by_all_or_by_a_pattern(jobs):
    cells = set(choices.names("cell"))
    for pattern, expected in (("all", cells), ("lstm*", {cell for cell in cells if cell.startswith("lstm")})):
        (row,) = jobs(f"sweep.rows=[{{cell:'{pattern}'}}]")
        assert {word.removeprefix("cell=") for job in row for word in job if word.startswith("cell=")} == expected
    with pytest.raises(ConfigError, match=rf"^cell: \?- matches none of {', '.join(sorted(cells))}: give another pattern\.$"):
        jobs("sweep.rows=[{cell:'?-'}]")


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("sweep.seeds=0", r"^sweep\.seeds=0 is refused: give a number of seeds of at least 1, or a list of seeds\.$"),
        ("sweep.seeds=[]", r"^sweep\.seeds=\[\] is refused"),
        ("sweep.seeds=true", r"^sweep\.seeds=True is refused"),
        ("sweep.rows=[{cell:[]}]", r"^sweep\.rows has an empty list for cell: give"),
    ],
)
def test_rows_without_a_job_are_refused(jobs, word, message):
    with pytest.raises(ConfigError, match=message):
        jobs(word)
