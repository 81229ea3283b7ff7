"""Tagged sentences of the hub: a column of words and a column of tags a split, through the library `datasets`.

Tags are texts, or numbers with a list of class labels, the data set's own.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bench.data.sources.hub import HubParts, load_parts
from bench.data.sources.lines import MARK
from bench.data.tags.given import Given
from bench.data.tags.sentences import Sentence
from bench.errors import DataError


def from_hub(name: str, hub: Mapping[str, Any]) -> tuple[dict[str, Given], HubParts]:
    """Sentences by split, and where they come from.

    `hub` has id, config, revision, the names of the columns `words` and `tags`, and `splits`. A row without words is left out,
    as a blank line is in a file.
    """
    sentences_of_split: dict[str, list[tuple[str, Sentence]]] = {split: [] for split in hub["splits"]}
    loaded = load_parts(name, hub, "words", "tags")
    for split, part, rows in loaded.parts:
        sentences_of_split[split] += _sentences(name, hub, part, rows)
    if empty := [split for split, sentences in sentences_of_split.items() if not sentences]:
        raise DataError(f"data={name}: the hub's data set {hub['id']} has no sentence in its {empty[0]} split.")
    return {split: _located(sentences) for split, sentences in sentences_of_split.items()}, loaded


def _located(sentences: Sequence[tuple[str, Sentence]]) -> Given:
    return Given([row for _, row in sentences], lambda at, _: sentences[at][0], "data.places.hub.tags", [])


def _sentences(name: str, hub: Mapping[str, Any], part: str, loaded: Any) -> Iterator[tuple[str, Sentence]]:
    """(where it stands, the sentence)."""
    labels = _labels(loaded.features[hub["tags"]])
    for row, (words, tags) in enumerate(zip(loaded[hub["words"]], loaded[hub["tags"]], strict=True)):
        label = f"data={name}: row {row} of {hub['id']} (split {part})"
        if len(words) != len(tags) or not all(words):
            raise DataError(f"{label} has {len(words)} words and {len(tags)} tags; each word needs letters and a tag.")
        if words:
            words = [words[0].removeprefix(MARK) or words[0], *words[1:]]
            yield label, Sentence(tuple(words), tuple(labels[tag] if labels else str(tag) for tag in tags))


def _labels(feature: Any) -> Sequence[str]:
    """The class labels of a column of lists, empty where its entries are texts."""
    inner = feature[0] if isinstance(feature, list) else getattr(feature, "feature", feature)
    return getattr(inner, "names", [])
