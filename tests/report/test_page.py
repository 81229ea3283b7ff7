"""The page holds what the records hold, whole, escaped and needing nothing beside itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from command import verb

from bench.report.write import make as make_report

main = verb("report")

Lay = Callable[..., Path]
SECTIONS = ["tables", "figures", "configuration", "environment", "repeat", "outputs", "checklist"]
VOID = ("meta", "img")
NASTY = "<script>alert(1)</script> &amp; \"'` | *a* \\x $y$ \u05e9\u05dc\u05d5\u05dd \u202egnp"


class Page(HTMLParser):
    """Checks that tags close in order and nothing comes from elsewhere; collects the text of every section."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: dict[str, str] = {}
        self.section = ""
        self.scripts = 0
        self.images = 0
        self.links: list[str] = []
        self.feed(text)
        assert self.open == [] and self.scripts == 1

    def handle_starttag(self, tag: str, attributes: Any) -> None:
        by_name = dict(attributes)
        assert not any(name.startswith("on") for name in by_name)
        if tag not in VOID:
            self.open.append(tag)
        if tag == "section" and "id" in by_name:
            self.section = by_name["id"]
        self.scripts += tag == "script"
        self.images += tag in ("img", "svg")
        assert by_name.get("src", "data:").startswith("data:image/svg+xml,") or "src" not in by_name
        self.links += [by_name["href"]] if "href" in by_name else []
        assert tag not in ("link", "iframe") and not re.match(r"\w+:|/", by_name.get("href", "#"))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text[self.section] = self.text.get(self.section, "") + data


def page(folder: Path) -> Page:
    text = make_report(folder).page.read_text(encoding="utf-8")
    assert "@import" not in text and not re.search(r"url\((?!#)", text)
    ids = re.findall(r' id="([^"]*)"', text)
    assert len(set(ids)) == len(ids)
    assert set(re.findall(r'(?:url\(#|href="#)([^")]+)', text)) <= set(ids)
    return Page(text)


@pytest.fixture
def sweep(make: Any, lay: Lay) -> Path:
    """Two cells, three seeds, one run diverged; the first row wrote a text."""
    report = {"title": "Cells", "baseline": {"cell.name": "elman"}}
    records = [make(cell=cell, seed=seed, report=report) for cell in ("elman", "gru") for seed in (0, 1)]
    folder = lay(
        [*records, make(cell="elman", seed=2, report=report), make.failed("diverged", cell="gru", seed=2, report=report)]
    )
    (folder / "samples").mkdir()
    (folder / "samples" / f"{records[0].run_id}.txt").write_text(f"To be <b>\n{NASTY}\n" + "x" * 5000)
    return folder


def test_all_sections_are_there(sweep: Path) -> None:
    report = page(sweep)
    assert [name for name in report.text if name] == SECTIONS
    assert report.images == 2  # curves, trade-off
    assert "settled" not in report.text["tables"] and "1 of 6 runs is not ok: 1 diverged." in report.text["tables"]
    assert "optimiser.lr=0.002" in report.text["configuration"]  # the same in all rows
    assert "Processor X, 2 threads" in report.text["tables"] and "torch 2.13.0" in report.text["environment"]
    assert "for seed in 0 1 2; do python -m bench hydra.mode=RUN +sweep=cells" in report.text["repeat"]
    assert (
        "To be <b>" in report.text["outputs"] and "[…]" in report.text["outputs"] and "x" * 1300 not in report.text["outputs"]
    )


def test_a_row_leads_to_its_command_and_its_runs_with_what_lies_beside_them(sweep: Path) -> None:
    (sweep / "logs").mkdir()
    (sweep / "logs" / "run0001.log").write_text("a warning")
    report = page(sweep)
    assert {"#row-1-1", "#row-1-2", "logs/run0001.log", "samples/run0001.txt", "records/run0006.json"} <= set(report.links)
    for link in report.links:
        assert link.startswith("#") or (sweep / link).is_file()
    assert "seed 2, diverged, the loss is not finite, run run0006, record" in report.text["repeat"]
    shown = (sweep / "report.html").read_text()
    named = re.findall(r'<h3 id="(row-1-\d)">(\w+)</h3>', shown)
    assert [(anchor, name) for anchor, name in re.findall(r'<a href="#(row-1-\d)">(\w+)</a>', shown)] == named


def test_points_of_the_figures_say_what_they_are(sweep: Path) -> None:
    page(sweep)
    titles = re.findall(r"<title>([^<]*)</title></circle>", (sweep / "report.html").read_text())
    assert any(re.fullmatch(r"gru: .* tokens per second", title.replace("training tokens", "tokens")) for title in titles)


def test_the_checklist_tells_what_was_done_and_what_is_open(sweep: Path) -> None:
    checklist = " ".join(page(sweep).text["checklist"].split())
    for part in (
        "Runs 6 in total, from 6 trainings: 5 ok, 1 diverged. Caveat: 1 is not ok.",
        "Seeds 0, 1, 2; 2 to 3 ok per row.",
        "Selection each checkpoint by its validation score; test scored once.",
        "4 epochs; 2,000 steps; 4,096,000 tokens; 33,000 to 99,000 parameters; 0:04:10 hours of training in total.",
        "Hardware Processor X, 2 threads.",
        "Data pydocs, ships with Python, sha256 " + "ab12" * 16,
        "Splits train 1,003,854, validation 55,770, test 55,770 characters.",
        "Licence of the data text and code that ship with Python: PSF licence.",
        "Code commit 0123456789abcdef0123.",
    ):
        assert part in checklist


def test_what_is_open_is_said(make: Any, lay: Lay) -> None:
    other = {**make().machine, "processor": "Processor Y"}
    code = {"commit": None, "dirty": True, "digest": "d"}
    data = {**make().data, "name": "mine", "splits": {"train": 1, "validation": 2}}
    folder = lay([make(cell="gru", test=None, data=data), make(cell="lstm", test=None, data=data, machine=other, code=code)])
    checklist = " ".join(page(folder).text["checklist"].split())
    for part in (
        "Caveat: rows with fewer than 3 seeds have no interval.",
        "Caveat: no test split.",
        "1 runs on Processor Y, 2 threads. Caveat: runs used different machines.",
        "not known to this suite: check the source of the data. Caveat: unknown.",
        "Caveat: uncommitted changes, more than one commit, unknown commit.",
    ):
        assert part in checklist


def test_uneven_tuning_is_open(make: Any, lay: Lay) -> None:
    report = {"tune": {"optimiser.lr": []}}
    runs = [make(cell="gru", lr=lr, report=report, test=None) for lr in (0.001, 0.002)]
    checklist = " ".join(page(lay([*runs, make(cell="lstm", report=report, test=None)])).text["checklist"].split())
    assert (
        "Selection each checkpoint by its validation score; for each row, the best of 1 to 2 values of optimiser.lr by nats "
        "per char on validation. Caveat: no test split, rows were tuned over different numbers of values." in checklist
    )


def test_every_name_is_escaped(make: Any, lay: Lay) -> None:
    report = {"title": NASTY, "note": NASTY, "baseline": {"cell.name": "gru"}}
    records = [make(cell=cell, report=report, config={"net": {"name": f"{NASTY} {cell}"}}) for cell in ("gru", "lstm")]
    sections = page(lay([replace(run, data={**run.data, "notes": [NASTY]}) for run in records])).text
    shown = NASTY.replace("\u202e", "U+202E")
    for section in ("", "tables", "configuration", "environment", "repeat"):
        assert shown in sections[section] and "\u202e" not in sections[section]


def test_two_data_sets_and_one_record(make: Any, lay: Lay) -> None:
    other = {**make().data, "name": "tinyshakespeare", "sha256": "ff" * 32}
    report = page(lay([make(), make(data=other, test=None)]))
    assert "Settings that differ between rows: tinyshakespeare" in report.text["configuration"]
    assert report.text["checklist"].count("Licence of the data") == 2
    assert "outputs" not in page(lay([make()], name="one")).text


def test_no_run_is_ok(make: Any, lay: Lay) -> None:
    failed = replace(make.failed("killed"), data={}, machine={}, code={})
    sections = page(lay([failed])).text
    assert "killed" in sections["tables"] and "figures" not in sections
    assert "Caveat: unknown." in sections["checklist"]


def test_what_has_no_configuration_any_more_is_said(make: Any, lay: Lay) -> None:
    run = make(config={"stack": {"direction": "sideways"}})
    commands = page(lay([run])).text["repeat"]
    assert "stack.direction=sideways" in commands


def test_the_same_records_give_the_same_page(sweep: Path) -> None:
    first = make_report(sweep).page.read_bytes()
    assert make_report(sweep).page.read_bytes() == first
    assert "[report](cells/report.html)" in (sweep.parent / "README.md").read_text()


def test_the_command(sweep: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(sweep)]) == 0
    assert capsys.readouterr().out.strip() == str(sweep / "report.html")
    assert main([str(sweep.parent / "missing")]) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and re.fullmatch(r"refused: There is no folder .*missing: give .*\.\n", printed.err)
