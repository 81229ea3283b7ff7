"""LaTeX: a `table` float with booktabs rules, to be read in with \\input; the preamble needs booktabs and graphicx.

Only characters that every engine sets reach the file: others are named by their code point (U+4E2D).
"""

from __future__ import annotations

from collections.abc import Sequence
from unicodedata import decomposition

from bench.records.visible_text import visible
from bench.tables.table import Cell, Row, Table, provenance_of

ESCAPES = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
    "[": "{[}",
    "]": "{]}",
    "±": r"$\pm$",
    "†": r"\textdagger{}",
    "×": r"$\times$",  # noqa: RUF001
    "·": r"$\cdot$",
    "≥": r"$\geq$",
    "≤": r"$\leq$",
    "−": "$-$",  # noqa: RUF001
    "→": r"$\rightarrow$",
    "↓": r"$\downarrow$",
    "↑": r"$\uparrow$",
    "–": "--",  # noqa: RUF001
    "—": "---",
    "‘": "`",  # noqa: RUF001
    "’": "'",  # noqa: RUF001
    "“": "``",
    "”": "''",
    "…": r"\dots{}",
}
LETTERS = "ßæøåÆØÅ"
"""Letters that OT1, the oldest font encoding, has beside ASCII and its accents."""
PREAMBLE = "% Needs \\usepackage{booktabs,graphicx}; generated from the records, so edits will be lost.\n"
BOX = r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%"
"""Shrinks what is wider than the line, and nothing else."""


def render(tables: Sequence[Table]) -> str:
    return PREAMBLE + "\n".join([*(_table(table) for table in tables), *_provenance(tables)])


def _provenance(tables: Sequence[Table]) -> list[str]:
    sentences = provenance_of(tables)
    return [rf"\par\noindent{{\scriptsize\raggedright {' '.join(map(escape, sentences))}\par}}" + "\n"] if sentences else []


def escape(text: str) -> str:
    return "".join(_character(character) for character in visible(text))


def _character(character: str) -> str:
    if character in ESCAPES:
        return ESCAPES[character]
    accented = character.isalpha() and ord(character) < 0x100 and not decomposition(character).startswith("<")
    if character.isascii() or character in LETTERS or (accented and decomposition(character)):
        return character
    return rf"\texttt{{U+{ord(character):04X}}}"


def _table(table: Table) -> str:
    displayed = table.shown()
    published = [row for row in displayed.rows if row.published]
    ours = [row for row in displayed.rows if not row.published]
    heads = _line([_head(column.heading) for column in displayed.columns])
    body = [heads, r"\midrule", *(_row(row) for row in ours)]
    body += [r"\midrule", *(_row(row) for row in published)] if published else []
    lines = [
        r"\begin{table}",
        r"\centering\footnotesize\setlength{\tabcolsep}{4pt}",
        rf"\caption{{{escape(displayed.title)}}}\par\smallskip",
        BOX,
        rf"\begin{{tabular}}{{@{{}}{''.join('r' if column.numeric else 'l' for column in displayed.columns)}@{{}}}}",
        r"\toprule",
        *body,
        r"\bottomrule",
        r"\end{tabular}}",
        r"\par\smallskip\begin{minipage}{\linewidth}\scriptsize\raggedright",
        *(escape(sentence) for sentence in displayed.caption),
        r"\end{minipage}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def _head(heading: str) -> str:
    """One word a line: headings are longer than the numbers under them."""
    words = [escape(word) for word in heading.split()]
    joined = [*words[:-2], " ".join(words[-2:])] if words[-1].startswith("$") and len(words) > 1 else words
    return r"\begin{tabular}[b]{@{}c@{}}" + r"\\".join(joined) + r"\end{tabular}"


def _line(cells: Sequence[str]) -> str:
    return " & ".join(cells) + r" \\"


def _row(row: Row) -> str:
    """A published row's name runs over the empty cells that follow it."""
    first, *others = [_cell(cell, row) for cell in row.cells]
    name = rf"\multicolumn{{{row.span}}}{{@{{}}l}}{{{first}}}" if row.span > 1 else first
    return _line([name, *others[row.span - 1 :]])


def _cell(cell: Cell, row: Row) -> str:
    text = escape(cell.text)
    if row.published and text:
        return rf"\textit{{{text}}}"
    return rf"\textbf{{{text}}}" if cell.best else text
