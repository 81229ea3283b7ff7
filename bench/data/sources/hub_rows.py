"""Rows of the hub with a class: two columns a split, through the library `datasets`.

Classes are texts, or numbers with a list of class labels, the data set's own; a number without such a list is its own name.
"""

from collections.abc import Mapping
from typing import Any

from bench.data.sources.hub import HubParts, load_parts, named_classes


def from_hub(name: str, hub: Mapping[str, Any], content: str) -> tuple[dict[str, list[tuple[str, Any]]], HubParts]:
    """(class, content) of every row by split, and where they come from. `hub` has id, config, revision, `splits`, and the names
    of the columns `label` and `content` (text, image ...). Raises DataError, one sentence."""
    loaded = load_parts(name, hub, "label", content)
    by_split: dict[str, list[tuple[str, Any]]] = {split: [] for split in hub["splits"]}
    for split, _, rows in loaded.parts:
        by_split[split] += zip(named_classes(rows, hub["label"]), rows[hub[content]], strict=True)
    return by_split, loaded
