"""Lines of a class and a text: `label<TAB>text`, or another one character between them. A line ends in LF or CR LF.

White space around a label is no part of it.
"""

from collections.abc import Mapping, Sequence

from bench.data.sources.lines import lines_of
from bench.errors import DataError

Row = tuple[str, str]  # class, text


def parse(name: str, file: str, text: str, *, separator: str, classes: Mapping[str, str] | None) -> list[Row]:
    """The rows of `text`, blank lines left out. `classes`: what each label stands for; None: it is the class's name.

    Raises DataError that names `file` and the line.
    """
    if len(separator) != 1:
        raise DataError(
            f"data.separator={separator!r} is not one character: give the one between label and text, '\\t' or ' '."
        )
    rows = []
    for number, line in enumerate(lines_of(text), 1):
        if not line.strip():
            continue
        label, between, content = line.partition(separator)
        label = label.strip()
        if not (label and between and content.strip()):
            raise DataError(
                f"data={name}: line {number} of {file} is not a label, {separator!r} and a text ({line[:40]!r}); correct the "
                "line, or name what stands between them with data.separator."
            )
        if classes is not None and label not in classes:
            raise DataError(
                f"data={name}: line {number} of {file} has the label {label[:40]!r}, which data.classes does not name "
                f"({', '.join(classes)}); correct the line, or give data.classes=null."
            )
        rows.append((classes[label] if classes is not None else label, content))
    if not rows:
        raise DataError(f"data={name}: {file} has no row; give a file with a label and a text a line.")
    return rows


def check_headers(name: str, files: Mapping[str, tuple[str, Sequence[Row]]]) -> None:
    """Raises DataError where the first row of every file has a class that no other row has, and other classes have several.

    `files`: by split, what the file is called and its rows.
    """
    first = {rows[0][0] for _, rows in files.values()}
    met = [label for _, rows in files.values() for label, _ in rows[1:]]
    if len(first) == 1 and len(set(met)) < len(met) and not first & set(met):
        (label,) = first
        named = " and of ".join(file for file, _ in files.values())
        raise DataError(
            f"data={name}: the class {label!r} stands on the first line of {named} and nowhere else, as a heading does; delete "
            "that line, or give the class a second text if it is one."
        )
