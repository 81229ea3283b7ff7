"""What the models wrote: of each row's first run that is ok, the text and the pictures beside its record.

Predictions in conlleval's format are left out, since they hold the words of the data.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from bench.tables.comparison import Comparison
from bench.tables.html import escape

CHARACTERS = 1200
PICTURES = 4
PLAIN = " !$'*+,-./:;=?@[]^_`{|}~<>"
"""What stands as it is in the address of a picture: no quotes, brackets of functions, signs of numbers and of percent."""
ROWS = 12
"""Rows that are shown; for the others the page names their folder."""


def section(comparison: Comparison, folder: Path) -> str:
    """The rows' outputs as HTML; empty where there are none."""
    outputs_of_rows = [
        (comparison.name_of(row), list(_of(folder / "samples", row.ok[0].run_id))) for row in comparison.rows if row.ok
    ]
    with_outputs = [(name, parts) for name, parts in outputs_of_rows if parts]
    if not with_outputs:
        return ""
    blocks = [
        f"<details{' open' if not index else ''}>\n<summary>{escape(name)}</summary>\n{''.join(parts)}</details>"
        for index, (name, parts) in enumerate(with_outputs[:ROWS])
    ]
    rest = f"<p>{len(with_outputs) - ROWS} further rows are in the folder samples.</p>" if len(with_outputs) > ROWS else ""
    return "<h2>Sample outputs</h2>\n" + "\n".join(blocks) + rest


def _of(folder: Path, run_id: str) -> Iterator[str]:
    text = folder / f"{run_id}.txt"
    if text.is_file():
        content = text.read_text(encoding="utf-8", errors="replace")
        cut = " […]" if len(content) > CHARACTERS else ""
        lines = "\n".join(escape(line) for line in content[:CHARACTERS].split("\n"))
        yield f'<pre dir="auto" tabindex="0">{lines}{cut}</pre>\n'
    for path in sorted(folder.glob(f"{run_id}-*.svg"))[:PICTURES]:
        yield picture(path, path.stem.removeprefix(f"{run_id}-"))


def picture(path: Path, name: str) -> str:
    """An SVG file inside the page, as an image: its ids and styles stay its own."""
    content = quote(path.read_text(encoding="utf-8"), safe=PLAIN)
    image = f'<img class="figure" alt="{escape(name)}" src="data:image/svg+xml,{content}">'
    return f'<div class="scroll" tabindex="0">{image}</div>\n'
