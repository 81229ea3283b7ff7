"""Names as one line of visible text, before a rendering escapes what its own language takes for markup.

Directional controls (Unicode Bidirectional Algorithm, UAX 9) could show a name in another order than it has, and run on into
what follows; other control characters end lines or mean nothing. Each is named by its code point (U+202E). Letters that are
written from right to left stay as they are.
"""

from __future__ import annotations

import re

HIDDEN = re.compile("[\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def visible(text: str) -> str:
    """The text in one line, white space joined, controls by name."""
    return HIDDEN.sub(lambda match: f"U+{ord(match[0]):04X}", " ".join(text.split()))
