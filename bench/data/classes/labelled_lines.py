"""Lines of a class and a text: `label<TAB>text`, or another one character between them. A line ends in LF or CR LF."""

from collections.abc import Mapping

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
        if not (label.strip() and between and content.strip()):
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
