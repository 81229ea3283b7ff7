"""A figure as part of the page, so that its points can say what they are; its ids are unlike those of any other figure."""

from __future__ import annotations

import re
from pathlib import Path

from bench.report.samples import picture
from bench.tables.html import escape

POINTS = 'pointer-events="all"'
"""What a figure has whose points have titles (`bench.figures.style`)."""
STYLE = re.compile(r"<defs>\s*<style[^>]*>\*\{([^}]*)\}</style>\s*</defs>\s*")
METADATA = re.compile(r"<metadata>.*?</metadata>\s*", re.S)
REFERENCE = re.compile(r'(url\(#|xlink:href="#)([^")]+)')
ID = re.compile(r' id="([^"]*)"')


def inline(path: Path, name: str, *, prefix: str) -> str:
    """The SVG file at `path` as HTML; one without titles as an image. `prefix` is unique in the page."""
    text = path.read_text(encoding="utf-8")
    if POINTS not in text:
        return picture(path, name)
    svg = METADATA.sub("", text[text.index("<svg") :])
    style = STYLE.search(svg)
    svg = STYLE.sub("", svg, count=1)
    referenced = {target for _, target in REFERENCE.findall(svg)}
    svg = ID.sub(lambda match: f' id="{prefix}-{match[1]}"' if match[1] in referenced else "", svg)
    svg = REFERENCE.sub(lambda match: f"{match[1]}{prefix}-{match[2]}", svg)
    opening = f'<svg class="figure" role="img" aria-label="{escape(name)}" style="{style[1] if style else ""}"'
    return f'<div class="scroll" tabindex="0">{svg.replace("<svg", opening, 1)}</div>\n'
