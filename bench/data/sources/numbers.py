"""How a number is written in a file, for all readers: `-12`, `12.5`, `.5`, `1.5e-3`, with blanks around it.

Nothing else is one: no underscore (`2012_03`), no separator of thousands (`101,953`), no decimal comma, no currency, no
percent, no `nan`, no `inf`. What only looks like a number is refused by whoever reads it, and never guessed at.
"""

import re
from math import isfinite

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_RESEMBLES = re.compile(
    r"[-+(]?\s*(?:[A-Z]{3}\s)?\s*[$€£¥₹]?\s*[-+]?[.,]?\d[\d.,_'\u2019\s]*\s*(?:[%‰$€£¥₹)]|[^\W\d_]{1,3})?\s*"
)
WRITTEN = "digits with a decimal point, without separators of thousands, underscores, units or currencies"


def number(cell: str) -> float | None:
    """The finite number that is written there, else None."""
    digits = cell.strip()
    if not _NUMBER.fullmatch(digits):
        return None
    value = float(digits)
    return value if isfinite(value) else None


def resembles_number(cell: str) -> bool:
    """Whether a reader would take it for a number that is written in another way, `1,234` or `$12.30`."""
    text = cell.strip()
    return number(text) is None and _RESEMBLES.fullmatch(text) is not None
