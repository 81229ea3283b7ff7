"""Rows of the hub with a class: two columns a split, through the library `datasets`.

Classes are texts, or numbers with a list of class labels, the data set's own; a number without such a list is its own name.
"""

from collections.abc import Mapping
from typing import Any

from bench.data.sources.hub import check_columns, parts


def from_hub(name: str, hub: Mapping[str, Any], content: str) -> dict[str, list[tuple[str, Any]]]:
    """(class, content) of every row by split. `hub` has id, config, revision, `splits`, and the names of the columns `label`
    and `content` (text, image ...). Raises DataError, one sentence."""
    rows: dict[str, list[tuple[str, Any]]] = {split: [] for split in hub["splits"]}
    for split, _, loaded in parts(name, hub):
        check_columns(hub, loaded, "label", content)
        labels = getattr(loaded.features[hub["label"]], "names", None)
        classes = (str(labels[label] if labels else label) for label in loaded[hub["label"]])
        rows[split] += zip(classes, loaded[hub[content]], strict=True)
    return rows
