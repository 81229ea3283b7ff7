"""index.html lists every sweep with what lies there, in one file, and says what the findings' table says."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from bench.tables import make as make_tables
from bench.tables.index_entries import entries_of
from bench.tables.index_page import NAME, render

Lay = Callable[..., Path]
RESULTS = Path(__file__).resolve().parents[2] / "results"
CLAIM = {"claim": "An <LSTM> is better", "better": {"cell.name": "lstm"}, "than": {"cell.name": "elman"}}


class Rows(HTMLParser):
    """The body's rows, each as {name of the column: text}; the addresses; every tag is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.rows: list[dict[str, str]] = []
        self.chosen_by: list[dict[str, str]] = []
        self.addresses: list[str] = []
        self.name = ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attributes: Any) -> None:
        by_name = dict(attributes)
        if tag not in ("meta", "input", "br"):
            self.open.append(tag)
        if tag == "tr" and "tbody" in self.open:
            self.rows.append({})
            self.chosen_by.append(by_name)
        if tag in ("th", "td"):
            self.name = by_name.get("data-name", "sweep")
        if tag == "a":
            self.addresses.append(by_name["href"])

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.rows and "tr" in self.open:
            self.rows[-1][self.name] = self.rows[-1].get(self.name, "") + data


def test_every_sweep_has_a_row_and_every_link_leads_somewhere(make: Any, lay: Lay) -> None:
    lay([make(sweep="paper/graves2013")], name="paper/graves2013")
    runs = [make(cell=cell, seed=seed, report={"claims": [CLAIM]}) for cell in ("elman", "lstm") for seed in (0, 1, 2)]
    folder = lay([*runs, make.failed(seed=3, cell="lstm", report={"claims": [CLAIM]})], name="cells")
    make_tables(folder)
    page = Rows((folder.parent / NAME).read_text())
    assert [row["sweep"] for row in page.rows] == ["cells", "paper/graves2013"]
    cells = page.rows[0]
    assert (cells["task"], cells["data"], cells["runs"], cells["rows settled"]) == ("char_lm", "pydocs", "6 ok of 7", "2 of 2")
    assert (cells["seeds"], cells["processor"], cells["commit"]) == ("3 to 4", "Processor X", "01234567")
    assert cells["findings"] == "1 holdsAn <LSTM> is better: holds"
    assert page.chosen_by[0]["data-findings"] == "holds" and page.chosen_by[1]["data-findings"] == ""
    for address in page.addresses:
        assert (folder.parent / address).exists()
    assert "cells/findings.csv" in page.addresses


def test_a_broken_sweep_stands_in_it_with_what_is_wrong(make: Any, lay: Lay) -> None:
    broken = lay([make()], name="broken")
    next((broken / "records").glob("*.json")).write_text("{")
    folder = lay([make()])
    make_tables(folder)
    assert "Record" in Rows((folder.parent / NAME).read_text()).rows[0]["findings"]


def test_somebody_elses_page_is_left_alone(make: Any, lay: Lay) -> None:
    folder = lay([make()])
    (folder.parent / NAME).write_text("<p>Mine</p>")
    make_tables(folder)
    assert (folder.parent / NAME).read_text() == "<p>Mine</p>"


def test_the_page_needs_nothing_beside_itself() -> None:
    text = (RESULTS / NAME).read_text(encoding="utf-8")
    assert len(text) < 200_000
    assert not re.search(r"https?://|<link|src=|@import|url\(", text)


def test_the_committed_page_is_that_of_the_records() -> None:
    assert (RESULTS / NAME).read_text(encoding="utf-8") == render(entries_of(RESULTS))
