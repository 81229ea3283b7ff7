"""The page: header, tables, figures, configurations, environment, commands, outputs, checklist."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bench.records.record import Record
from bench.report import checklist, samples
from bench.report.commands import Repeater, command
from bench.tables import config_keys, html, provenance
from bench.tables.comparison import Comparison
from bench.tables.html import escape, fragment
from bench.tables.table import Cell, Column, Row, Table
from bench.tables.tuning import Measured

STYLE = (
    html.STYLE
    + """
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .3rem; }
h2 { font-size: 1.25rem; font-weight: 600; margin: 2.5rem 0 .6rem; }
h3 { font-size: 1rem; font-weight: 600; margin: 1.2rem 0 .3rem; }
.bench-table h2 { margin-top: 2.5rem; }
.soft { color: var(--soft); margin: 0 0 1rem; }
nav { display: flex; flex-wrap: wrap; gap: .2rem 1rem; margin: 1rem 0; }
a { color: inherit; text-decoration-color: var(--soft); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 34rem), 1fr)); gap: 1rem;
  align-items: start; }
.figure { max-width: 100%; height: auto; display: block; margin: .5rem 0; background: #fff; }
@media (prefers-color-scheme: dark) { .figure { filter: invert(.92) hue-rotate(180deg); } }
.soft, dl, section > ul { max-width: 78rem; }
pre { background: var(--band); max-width: 100rem; padding: .6rem .8rem; margin: .4rem 0; overflow-x: auto;
  white-space: pre-wrap; font: .85rem/1.4 ui-monospace, monospace; }
details { border-top: 1px solid var(--line); padding: .3rem 0; }
summary { cursor: pointer; }
dl { display: grid; grid-template-columns: minmax(8rem, max-content) 1fr; gap: .35rem 1.2rem; }
dt { font-weight: 600; }
dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
.open { font-weight: 600; }
@media (max-width: 40rem) {
  body { margin: 1rem auto; }
  dl { grid-template-columns: 1fr; gap: .1rem; }
  dd { margin-bottom: .6rem; }
  .figure { max-width: none; width: 36rem; }
}
""".rstrip()
)


def render(folder: Path, comparisons: Sequence[Comparison], tables: Sequence[Table]) -> str:
    """The whole page of the sweep in `folder`, whose figures are drawn. Needs Hydra's configuration open."""
    records = [record for comparison in comparisons for record in comparison.records]
    figures = sorted((folder / "figures").glob("*.svg"))
    sections = {
        "tables": "\n".join(
            [*(fragment(_named(table, comparisons[0].spec.title)) for table in tables), html.provenance(tables)]
        ),
        "figures": _figures(figures),
        "configuration": "\n".join(_configuration(comparison) for comparison in comparisons),
        "environment": "<h2>Environment</h2>\n" + "\n".join(_environment(comparison) for comparison in comparisons),
        "repeat": _repeat(comparisons),
        "outputs": "\n".join(filter(None, (samples.section(comparison, folder) for comparison in comparisons))),
        "checklist": "<h2>Reproducibility checklist</h2>\n" + "\n".join(_checklist(comparison) for comparison in comparisons),
    }
    shown_sections = {name: content for name, content in sections.items() if content}
    links = "".join(f'<a href="#{name}">{name.capitalize()}</a>' for name in shown_sections)
    body = "\n".join(f'<section id="{name}">\n{content}\n</section>' for name, content in shown_sections.items())
    return html.page(comparisons[0].spec.title, f"{_header(records, comparisons)}\n<nav>{links}</nav>\n{body}", style=STYLE)


def _named(table: Table, title: str) -> Table:
    """The table under a heading that does not say again what the page's says."""
    if table.title == title:
        return replace(table, title="Results")
    rest = table.title.removeprefix(f"{title}: ")
    return replace(table, title=rest[0].upper() + rest[1:]) if rest != table.title else table


def _header(records: Sequence[Record], comparisons: Sequence[Comparison]) -> str:
    counts = Counter(record.status.replace("_", " ") for record in records)
    runs = ", ".join(f"{count} {status}" for status, count in counts.most_common())
    data = ", ".join(str(comparison.data["name"]) for comparison in comparisons if comparison.data)
    summary = " · ".join(filter(None, [f"sweep {records[0].sweep}", f"runs: {runs}", data and f"data: {data}"]))
    return f'<header>\n<h1>{escape(comparisons[0].spec.title)}</h1>\n<p class="soft">{escape(summary)}</p>\n</header>'


def _figures(paths: Sequence[Path]) -> str:
    if not paths:
        return ""
    drawn = "".join(samples.picture(path, path.stem.replace("_", " ")) for path in paths)
    return f'<h2>Figures</h2>\n<div class="figures">\n{drawn}</div>'


def _configuration(comparison: Comparison) -> str:
    """What differs between the rows as a table; all that is the same, folded away."""
    grouping = comparison.grouping
    differs = [key for key in (*grouping.row_keys, *grouping.tuned_keys, *grouping.follow) if not key.endswith("._target_")]
    columns = (Column("row", "row", numeric=False), *(Column(key, key, numeric=False) for key in differs))
    rows = tuple(
        Row(
            (
                Cell(comparison.name_of(row)),
                *(Cell(config_keys.label(value), value) for value in config_keys.values_at(row.records[0].flat, differs)),
            )
        )
        for row in comparison.rows
    )
    same = "\n".join(f"{escape(key)}={escape(value)}" for key, value in checklist.shared(comparison).items())
    data = str(comparison.data["name"]) if comparison.data else ""
    table = fragment(Table(f"Settings that differ between rows{_of(data)}", columns, rows, (), data, ""))
    return f'{table}\n<details>\n<summary>The same settings in all rows</summary>\n<pre tabindex="0">{same}</pre>\n</details>'


def _of(data: str) -> str:
    return f": {data}" if data else ""


def _environment(comparison: Comparison) -> str:
    lines = [*provenance.data(comparison), *provenance.machine(comparison)]
    return "<ul>\n" + "\n".join(f"<li>{escape(line)}</li>" for line in lines) + "\n</ul>"


def _repeat(comparisons: Sequence[Comparison]) -> str:
    repeater = Repeater()
    blocks = [
        f'<h3>{escape(comparison.name_of(row))}</h3>\n<pre tabindex="0">{escape(_command(row, repeater))}</pre>'
        for comparison in comparisons
        for row in comparison.rows
    ]
    commits = dict.fromkeys(
        str(record.code["commit"]) for comparison in comparisons for record in comparison.records if record.code.get("commit")
    )
    commit_note = f" The runs were made at commit {escape(', '.join(commits))}." if commits else ""
    note = "With the same code and data a finished run is reused, not repeated; BENCH_DATA is the folder of the data files."
    return f'<h2>How to reproduce each row</h2>\n<p class="soft">{note}{commit_note}</p>\n' + "\n".join(blocks)


def _command(row: Measured, repeater: Repeater) -> str:
    record = row.records[0]
    try:
        words = repeater.words(record)
    except ValueError as error:
        return f"No command repeats this row ({error}); its configuration is in the record of run {record.run_id}."
    seeds = sorted({run.config["seed"] for run in row.records})
    return command(words, seeds, files=record.data.get("source") == "files")


def _checklist(comparison: Comparison) -> str:
    lines = []
    for item in checklist.items(comparison):
        missing = f' <span class="open">Caveat: {escape(item.open)}.</span>' if item.open else ""
        lines.append(f"<dt>{escape(item.name)}</dt>\n<dd>{escape(item.text)}.{missing}</dd>")
    return "<dl>\n" + "\n".join(lines) + "\n</dl>"
