"""The renderings: what is special in a language is escaped, bold and published rows look it, CSV gives the numbers back."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from bench.tables import csv as csv_rendering
from bench.tables import html, latex, markdown, terminal
from bench.tables.comparison import comparisons_of
from bench.tables.sweep_table import tables
from bench.tables.table import Cell, Column, Row, Table

NASTY = r"a|b *c* _d_ <e> & f% $g$ #h {i} ~j^ \k `l` [m](n) é 中 “q” – r"  # noqa: RUF001


def whole(table: Table) -> str:
    """A page of one table, as a report has it."""
    return html.page(table.title, html.fragment(table), style=html.STYLE)


def table_of(make: Any, **report: Any) -> Table:
    records = [
        make(cell=cell, seed=seed, test=value + 0.001 * seed, report=report)
        for cell, value in (("gru_reset_after", 1.6), ("lstm", 1.5))
        for seed in range(3)
    ]
    (table,) = tables(comparisons_of(records))
    return table


def nasty_table() -> Table:
    columns = (Column("cell.name", NASTY, numeric=False), Column("test.x", "x", better="lower"))
    rows = (Row((Cell(NASTY, NASTY), Cell("1 ± <0.001", 1.0, 0.999, 1.001, 3, best=True))),)
    foreign = (Row((Cell(NASTY, NASTY), Cell("2", 2.0)), source=NASTY),)
    return Table(NASTY, columns, rows + foreign, (NASTY,), "pydocs", "ab")


def cells_of(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def test_markdown_has_one_line_a_row_and_as_many_cells_as_columns() -> None:
    lines = [line for line in markdown.render([nasty_table()]).splitlines() if line.startswith("| ")]
    assert [len(cells_of(line)) for line in lines] == [2, 2, 2, 2]


def test_markdown_escapes_what_is_markup_and_spares_the_rest() -> None:
    assert markdown.escape(NASTY) == (
        r"a\|b \*c\* \_d\_ \<e\> &amp; f% \$g\$ \#h {i} \~j^ \\k \`l\` \[m\](n) é 中 “q” – r"  # noqa: RUF001
    )
    assert markdown.escape("gru_reset_after 0.50 [0.49, 0.51]") == "gru_reset_after 0.50 [0.49, 0.51]"
    assert markdown.escape("[1](javascript:x)") == r"[1\](javascript:x)"
    assert markdown.escape("two\nlines") == "two lines"


def test_markdown_shows_bold_published_and_figures(make: Any) -> None:
    published = {"name": "LSTM", "metric": "nats_per_char", "split": "test", "value": 1.4, "source": "a paper"}
    text = markdown.render([table_of(make, title="Cells", literature=[published])], ["figures/curves.svg"])
    lines = {cells_of(line)[0]: cells_of(line) for line in text.splitlines() if line.startswith("| ")}
    assert lines["lstm"][3].startswith("**1.501") and lines["gru_reset_after"][3].startswith("1.601")
    assert lines["*LSTM (published)*"][3] == "*1.4*"
    assert text.startswith("## Cells\n") and "![curves](figures/curves.svg)" in text


class Reader(HTMLParser):
    """Checks that tags close in order, and collects the text of every cell."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.rows: list[list[str]] = []
        self.strong: list[str] = []
        self.scripts = 0

    def handle_starttag(self, tag: str, attributes: Any) -> None:
        assert tag not in ("e", "img") and not any(name.startswith("on") for name, _ in attributes)
        self.scripts += tag == "script"
        if tag != "meta":
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data
        if "strong" in self.open:
            self.strong.append(data)


def read_html(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    assert reader.open == [] and reader.scripts == 1  # the one that sorts
    return reader


def test_html_is_whole_and_escaped() -> None:
    text = whole(nasty_table())
    reader = read_html(text)
    assert reader.rows[1] == [NASTY, "1 ± <0.001"] and reader.strong == ["1 ± <0.001"]
    assert "prefers-color-scheme: dark" in text
    assert not re.search(r"(src|href)=", text)  # needs nothing beside itself


def test_html_lets_a_published_name_run_over_the_empty_cells(make: Any) -> None:
    published = {"name": "LSTM", "metric": "nats_per_char", "split": "test", "value": 1.4, "source": "a paper"}
    rows = (("gru", 1), ("lstm", 1), ("lstm", 2))
    (table,) = tables(
        comparisons_of([make(cell=cell, depth=depth, report={"literature": [published]}) for cell, depth in rows])
    )
    text = whole(table)
    assert re.search(r'<th scope="row" colspan="2"[^>]*>LSTM \(published\)</th><td class="number"[^>]*>1.4</td>', text)
    assert "<strong>1.4</strong>" not in text


def test_html_has_metrics_before_how_many_seeds_and_parameters(make: Any) -> None:
    heads = re.findall(r'<th scope="col"[^>]* title="([^"]+)"', whole(table_of(make)))
    assert heads.index("test.nats_per_char") < heads.index("seeds") < heads.index("parameters")
    assert all(heads.index("parameters") < heads.index(head) for head in heads if head.startswith("speed."))


def test_html_folds_a_caption_but_for_what_the_budget_still_decides(make: Any) -> None:
    table = replace(table_of(make), caption=("Lower is better.", "The budget still decides: no row has settled."))
    folded = re.search(r"<details>.*?</details>", whole(table), re.S)
    assert folded and "Lower is better." in folded[0] and "budget" not in folded[0]
    assert "The budget still decides: no row has settled." in whole(table)


def test_html_sorts_by_raw_numbers() -> None:
    cell = '<td class="number" data-value="1.0"><strong>1 ± &lt;0.001</strong></td>'
    assert cell in whole(nasty_table())


@pytest.mark.parametrize("escape", [markdown.escape, html.escape, latex.escape])
def test_controls_are_named_and_letters_from_right_to_left_stay(escape: Callable[[str], str]) -> None:
    """U+202E would show the rest of the line from right to left; ESC talks to the terminal."""
    assert escape("a\u202eb\u2067c\x1b[1m").replace("{[}", "[").replace(r"\[", "[") == "aU+202EbU+2067cU+001B[1m"
    hebrew = "\u05e9\u05dc\u05d5\u05dd"
    assert escape(hebrew) == (hebrew if escape is not latex.escape else latex.escape(hebrew))
    assert "\u202e" not in escape("\u202e")


@pytest.mark.parametrize("text", ["</td><script>alert(1)</script>", "' onmouseover='x", '"><img src=x>'])
def test_html_lets_no_name_become_markup(text: str) -> None:
    columns = (Column(text, text, numeric=False), Column("x", "x"))
    page = whole(Table(text, columns, (Row((Cell(text, text), Cell("1", 1))),), (text,), "pydocs", "ab"))
    reader = read_html(page)
    assert reader.rows[1] == [text, "1"]


def test_latex_escapes_every_special_character() -> None:
    text = latex.escape(NASTY)
    for raw in "|<>“”–中":  # noqa: RUF001
        assert raw not in text
    assert re.findall(r"(?<!\\)[&%#_]", text) == []
    assert r"\textbackslash{}k" in text and r"\textasciitilde{}j\textasciicircum{}" in text
    assert r"\texttt{U+4E2D}" in text and "é" in text


def test_latex_marks_bold_and_published(make: Any) -> None:
    published = {"name": "LSTM", "metric": "nats_per_char", "split": "test", "value": 1.4, "source": "a paper"}
    text = latex.render([table_of(make, literature=[published])])
    assert r"\textbf{1.501 $\pm$ 0.002}" in text
    assert r"\multicolumn{3}{@{}l}{\textit{LSTM (published)}} & \textit{1.4} &" in text
    assert r"gru\_reset\_after" in text


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_latex_compiles(make: Any, tmp_path: Path) -> None:
    published = {"name": NASTY, "metric": "nats_per_char", "split": "test", "value": 1.4, "source": NASTY}
    wide = table_of(make, title=NASTY, note=NASTY, literature=[published])
    (tmp_path / "table.tex").write_text(latex.render([wide, nasty_table()]), encoding="utf-8")
    (tmp_path / "main.tex").write_text(
        r"\documentclass{article}\usepackage{booktabs,graphicx}\begin{document}\input{table}\end{document}"
    )
    command = ["pdflatex", "-draftmode", "-interaction=nonstopmode", "-halt-on-error", "main.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=120, check=False)
    log = done.stdout.decode("utf-8", "replace")
    assert done.returncode == 0, log[-2000:]
    assert "Overfull" not in log


def read_csv(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_csv_gives_every_number_back(make: Any) -> None:
    published = {"name": 'a "b", c', "metric": "nats_per_char", "split": "test", "value": 1.4, "source": "x\ny"}
    table = table_of(make, literature=[published])
    lines = read_csv(csv_rendering.render([table]))
    assert len(lines) == len(table.rows) == 3
    for row, line in zip(table.rows, lines, strict=True):
        for column, cell in zip(table.columns, row.cells, strict=True):
            if column.key.startswith(("test.", "validation.")) and cell.value is not None:
                name = f"{column.key} [{column.unit}]" if column.unit else column.key
                assert float(line[name]) == cell.value
                assert line[f"{column.key} low"] == ("" if cell.low is None else repr(cell.low))
    assert [line["published"] for line in lines] == ["false", "false", "true"]
    assert (lines[2]["cell.name"], lines[2]["source"]) == ('a "b", c', "x\ny")
    assert (lines[0]["seeds_ok"], lines[0]["seeds"], lines[0]["data_sha256"]) == ("3", "3", "ab12" * 16)


def test_csv_has_the_details_that_the_pages_leave_out(make: Any) -> None:
    line = read_csv(csv_rendering.render([table_of(make)]))[0]
    assert float(line["validation.bits_per_char [bits/character]"]) > 0
    assert float(line["speed.train_step_seconds [s]"]) > 0
    assert "validation bits per char" not in markdown.render([table_of(make)])


def test_csv_of_two_data_sets_has_one_header(make: Any) -> None:
    other = {**make().data, "name": "tinyshakespeare", "sha256": "ff" * 32}
    of_two = tables(comparisons_of([make(), make(data=other, test=None)]))
    lines = read_csv(csv_rendering.render(of_two))
    assert [line["data"] for line in lines] == ["pydocs", "tinyshakespeare"]
    assert lines[0]["test.perplexity"] and not lines[1]["test.perplexity"]
    assert lines[1]["validation.perplexity"]


def test_csv_tells_a_status_apart_from_a_number(make: Any) -> None:
    records = [make(cell="gru"), make.failed("diverged", cell="lstm")]
    line = {row["cell.name"]: row for row in read_csv(csv_rendering.render(tables(comparisons_of(records))))}["lstm"]
    assert line["test.nats_per_char [nats/character]"] == ""
    assert line["test.nats_per_char status"] == "diverged"


@pytest.fixture
def printed() -> Callable[..., str]:
    from rich.console import Console

    def show(table: Table, *, width: int) -> str:
        console = Console(file=io.StringIO(), width=width, color_system=None)
        terminal.to_terminal(table, console)
        assert isinstance(console.file, io.StringIO)
        return console.file.getvalue()

    return show


def test_a_wide_terminal_shows_all_columns(make: Any, printed: Callable[..., str]) -> None:
    text = printed(table_of(make, baseline={"cell.name": "lstm"}), width=200)
    assert "Not shown" not in text and "MiB" in text


def test_a_narrow_terminal_drops_columns_by_name_and_breaks_no_number(make: Any, printed: Callable[..., str]) -> None:
    text = printed(table_of(make, baseline={"cell.name": "lstm"}), width=80)
    assert max(map(len, text.splitlines())) <= 80
    assert "1.501 ± 0.002" in text and "gru_reset_after" in text and "…" not in text
    assert "Not shown, since the terminal is too narrow:" in text and "peak memory MiB" in text


def test_the_terminal_shows_brackets_as_they_are(printed: Callable[..., str]) -> None:
    assert printed(nasty_table(), width=400).count(NASTY) == 4  # title, two rows, caption; the heading is broken up


def test_the_terminal_hears_no_control_characters(printed: Callable[..., str]) -> None:
    table = nasty_table()
    rows = (Row((Cell("\x1b[2J\u202e", "x"), Cell("1", 1.0))),)
    text = printed(Table("\x1b]0;title", table.columns, rows, ("\x07",), "pydocs", "ab"), width=400)
    assert not set("\x1b\x07\u202e") & set(text) and "U+001B[2JU+202E" in text


def test_nothing_is_dropped_where_there_is_no_terminal(make: Any, capsys: pytest.CaptureFixture[str]) -> None:
    terminal.to_terminal(table_of(make, baseline={"cell.name": "lstm"}))
    assert "Not shown" not in capsys.readouterr().out
