"""LaTeX: a `table` float with booktabs rules, to be read in with \\input; the preamble needs \\usepackage{booktabs}.

Only characters that every engine sets reach the file: others are named by their code point (U+4E2D).
"""

from __future__ import annotations

from collections.abc import Sequence

from bench.tables.table import Cell, Row, Table

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
    '"': r"\textquotedbl{}",
    "[": "{[}",
    "]": "{]}",
    "±": r"$\pm$",
    "×": r"$\times$",
    "·": r"$\cdot$",
    "≥": r"$\geq$",
    "≤": r"$\leq$",
    "−": "$-$",
    "→": r"$\rightarrow$",
    "↓": r"$\downarrow$",
    "↑": r"$\uparrow$",
    "–": "--",
    "—": "---",
    "‘": "`",
    "’": "'",
    "“": "``",
    "”": "''",
    "…": r"\dots{}",
}
PREAMBLE = "% Needs \\usepackage{booktabs} and \\usepackage[T1]{fontenc}; made from the records, so edits are lost.\n"


def render(tables: Sequence[Table]) -> str:
    return PREAMBLE + "\n".join(_table(table) for table in tables)


def escape(text: str) -> str:
    return "".join(_character(character) for character in " ".join(text.split()))


def _character(character: str) -> str:
    if character in ESCAPES:
        return ESCAPES[character]
    if character.isascii() or (character.isalpha() and ord(character) < 0x100):
        return character
    return rf"\texttt{{U+{ord(character):04X}}}"


def _table(table: Table) -> str:
    shown = table.shown()
    published = [row for row in shown.rows if row.published]
    ours = [row for row in shown.rows if not row.published]
    heads = _line([_head(column.heading) for column in shown.columns])
    body = [heads, r"\midrule", *(_row(row) for row in ours)]
    body += [r"\midrule", *(_row(row) for row in published)] if published else []
    lines = [
        r"\begin{table}",
        r"\centering\footnotesize\setlength{\tabcolsep}{3pt}",
        rf"\caption{{{escape(shown.title)}}}",
        rf"\begin{{tabular}}{{@{{}}{''.join('r' if column.numeric else 'l' for column in shown.columns)}@{{}}}}",
        r"\toprule",
        *body,
        r"\bottomrule",
        r"\end{tabular}",
        r"\par\smallskip\begin{minipage}{\linewidth}\scriptsize\raggedright",
        *(escape(sentence) for sentence in shown.caption),
        r"\end{minipage}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def _head(heading: str) -> str:
    """One word a line: headings are longer than the numbers under them."""
    words = [escape(word) for word in heading.split()]
    joined = [*words[:-2], " ".join(words[-2:])] if words[-1].startswith("$") and len(words) > 1 else words
    return rf"\begin{{tabular}}[b]{{@{{}}c@{{}}}}{r'\\'.join(joined)}\end{{tabular}}" if len(joined) > 1 else joined[0]


def _line(cells: Sequence[str]) -> str:
    return " & ".join(cells) + r" \\"


def _row(row: Row) -> str:
    return _line([_cell(cell, row) for cell in row.cells])


def _cell(cell: Cell, row: Row) -> str:
    text = escape(cell.text)
    if row.published and text:
        return rf"\textit{{{text}}}"
    return rf"\textbf{{{text}}}" if cell.best else text
