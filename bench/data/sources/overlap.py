"""What of the other splits stands in training too: published splits are left as they are, and the record says so."""

from collections.abc import Mapping, Sequence


def seen_in_training(words: Mapping[str, Sequence[Sequence[str]]], unit: str) -> list[str]:
    """A note for each split of which rows of words are in training too; `unit` is what a row is called, in the plural."""
    known = set(map(tuple, words["train"]))
    counted = {split: sum(tuple(row) in known for row in rows) for split, rows in words.items() if split != "train"}
    return [
        f"{count} of {len(words[split])} {unit} of the {split} split are in training too"
        for split, count in counted.items()
        if count
    ]
