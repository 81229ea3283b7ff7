"""Tagged sentences of the hub: a column of words and a column of tags a split, through the library `datasets`.

Tags are texts, or numbers with a list of class labels, the data set's own.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from bench.data.sources.hub import check_columns, parts
from bench.data.tags.schemes import is_tag
from bench.data.tags.sentences import Sentence
from bench.errors import DataError


def from_hub(name: str, hub: Mapping[str, Any]) -> dict[str, list[Sentence]]:
    """Sentences by split. `hub` has id, config, revision, the names of the columns `words` and `tags`, and `splits`.

    A row without words is left out, as a blank line is in a file.
    """
    found: dict[str, list[Sentence]] = {split: [] for split in hub["splits"]}
    for split, part, loaded in parts(name, hub):
        found[split] += _sentences(name, hub, part, loaded)
    if empty := [split for split, sentences in found.items() if not sentences]:
        raise DataError(f"data={name}: the hub's data set {hub['id']} has no sentence in its {empty[0]} split.")
    return found


def _sentences(name: str, hub: Mapping[str, Any], part: str, loaded: Any) -> list[Sentence]:
    check_columns(hub, loaded, "words", "tags")
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
