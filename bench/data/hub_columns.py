"""Tagged sentences of the hub: a column of words and a column of tags a split, through the library `datasets`.

Tags are texts, or numbers with a list of class labels, the data set's own.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from bench.data.schemes import is_tag
from bench.data.sentences import Sentence
from bench.task import DataError


def from_hub(name: str, hub: Mapping[str, Any]) -> dict[str, list[Sentence]]:
    """Sentences by split. `hub` has id, config, revision, the names of the columns `words` and `tags`, and `splits`.

    A row without words is left out, as a blank line is in a file.
    """
    from datasets import load_dataset

    found: dict[str, list[Sentence]] = {}
    for split, parts in hub["splits"].items():
        found[split] = []
        for part in [parts] if isinstance(parts, str) else parts:
            try:
                loaded = load_dataset(hub["id"], hub["config"], split=part, revision=hub["revision"])
            except Exception as error:
                raise DataError(
                    f"data={name}: the hub's data set {hub['id']} (revision {hub['revision']}, split {part}) cannot be loaded "
                    f"({type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}); go online, or name a "
                    "folder of files with paths.data= or BENCH_DATA."
                ) from error
            found[split] += _sentences(name, hub, part, loaded)
        if not found[split]:
            raise DataError(f"data={name}: the hub's data set {hub['id']} has no sentence in its {split} split.")
    return found


def _sentences(name: str, hub: Mapping[str, Any], part: str, loaded: Any) -> list[Sentence]:
    for key in ("words", "tags"):
        if hub[key] not in loaded.column_names:
            raise DataError(
                f"data.places.hub.{key}={hub[key]} is no column of {hub['id']}: give one of {', '.join(loaded.column_names)}."
            )
    labels = _labels(loaded.features[hub["tags"]])
    sentences = []
    for row, (words, tags) in enumerate(zip(loaded[hub["words"]], loaded[hub["tags"]], strict=True)):
        written = tuple(labels[tag] if labels else str(tag) for tag in tags)
        wrong = [tag for tag in written if not is_tag(tag)]
        if wrong or len(words) != len(written) or not all(words):
            raise DataError(
                f"data={name}: row {row} of {hub['id']} (split {part}) has {len(words)} words and {len(written)} tags"
                f"{f', among them {wrong[0]!r}' if wrong else ''}; each word needs letters and a tag: O, or B-, I-, E- or S- "
                "and a kind."
            )
        if words:
            sentences.append(Sentence(tuple(words), written))
    return sentences


def _labels(feature: Any) -> Sequence[str]:
    """The class labels of a column of lists, empty where its entries are texts."""
    inner = feature[0] if isinstance(feature, list) else getattr(feature, "feature", feature)
    return getattr(inner, "names", [])
