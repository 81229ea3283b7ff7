"""What of the other splits stands in training too: published splits are left as they are, and the record says so."""

from collections.abc import Hashable, Mapping, Sequence


def seen_in_training(rows: Mapping[str, Sequence[Hashable]], unit: str) -> list[str]:
    """A note for each split of which rows are in training too; `unit` is what a row is called, in the plural."""
    trained = set(rows["train"])
    counted = {split: sum(row in trained for row in part) for split, part in rows.items() if split != "train"}
    return [
        f"{count:,} of {len(rows[split]):,} {unit} of the {split} split are in training too"
        for split, count in counted.items()
        if count
    ]
