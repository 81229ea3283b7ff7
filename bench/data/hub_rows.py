"""Rows of the hub with a class: two columns a split, through the library `datasets`.

Classes are texts, or numbers with a list of class labels, the data set's own; a number without such a list is its own name.
"""

from collections.abc import Mapping
from typing import Any

from bench.task import DataError


def from_hub(name: str, hub: Mapping[str, Any], content: str) -> dict[str, list[tuple[str, Any]]]:
    """(class, content) of every row by split. `hub` has id, config, revision, `splits`, and the names of the columns `label`
    and `content` (text, image ...). Raises DataError, one sentence."""
    from datasets import load_dataset

    found: dict[str, list[tuple[str, Any]]] = {}
    for split, parts in hub["splits"].items():
        found[split] = []
        for part in [parts] if isinstance(parts, str) else parts:
            try:
                loaded = load_dataset(hub["id"], hub["config"], split=part, revision=hub["revision"])
            except Exception as error:
                raise DataError(
                    f"data={name}: the hub's data set {hub['id']} (revision {hub['revision']}, split {part}) cannot be loaded "
                    f"({type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}); go online, or name a "
                    "folder of files with paths.data= or BENCH_DATA where the data set has files."
                ) from error
            for key in ("label", content):
                if hub[key] not in loaded.column_names:
                    raise DataError(
                        f"data.places.hub.{key}={hub[key]} is no column of {hub['id']}: give one of "
                        f"{', '.join(loaded.column_names)}."
                    )
            labels = getattr(loaded.features[hub["label"]], "names", None)
            classes = (str(labels[one] if labels else one) for one in loaded[hub["label"]])
            found[split] += zip(classes, loaded[hub[content]], strict=True)
    return found
