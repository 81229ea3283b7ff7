"""What a command says of tables, where finished runs were started with other words: it is told, not dropped."""

from types import SimpleNamespace
from typing import Any

import pytest
from synthetic import make

from bench.config.schema import SweepConfig
from bench.sweeps.sweep import _say_of_tables

__all__ = ["make"]


def job_with(**changes: Any) -> Any:
    empty = {"title": "", "note": "", "rows": [], "seeds": None, "tune": {}, "baseline": None, "claims": [], "literature": []}
    sweep = SweepConfig(**{"name": "x", **empty, "across": [], "budget_check": False, "estimate": False, **changes})
    return SimpleNamespace(config=SimpleNamespace(sweep=sweep))


def test_words_for_tables_that_the_finished_runs_do_not_have_are_told(make: Any, capsys: pytest.CaptureFixture[str]) -> None:
    done = [make(report={"across": []})]
    _say_of_tables(job_with(), done)
    assert capsys.readouterr().err == ""
    _say_of_tables(job_with(across=["data.path"], note="new"), done)
    err = capsys.readouterr().err
    assert err.startswith("sweep.note and sweep.across: the tables have what the finished runs were started with; give")
    _say_of_tables(job_with(across=["data.path"]), [])
    assert capsys.readouterr().err == ""
