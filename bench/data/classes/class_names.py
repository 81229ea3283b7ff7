"""Names of classes and their numbers, from the training rows alone, in the order of their names."""

from collections.abc import Mapping, Sequence

from bench.data.sources.filled import check_filled
from bench.errors import DataError

MOST = 12
LONGEST = 40


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[:LONGEST]}..."


def number_classes(name: str, labels: Mapping[str, Sequence[str]]) -> tuple[tuple[str, ...], dict[str, list[int]]]:
    """The names, and the number of each row's by split. Raises DataError where no net could learn them."""
    check_filled(name, labels)
    names = tuple(sorted(set(labels["train"])))
    if len(names) < 2:
        raise DataError(f"data={name}: all rows of the train split have the class {names[0]!r}; give rows of two classes.")
    numbers = {class_name: number for number, class_name in enumerate(names)}
    for split, classes in labels.items():
        if strange := sorted(set(classes) - set(names)):
            advice = "correct the row, or train on rows of that class too (data.limit may have left them out)"
            if len(labels["train"]) >= MOST and len(names) > len(labels["train"]) / 2:
                advice = "as if text or number stood where the label should: it comes first in a row"
            raise DataError(
                f"data={name}: the {split} split has the class {_short(strange[0])!r}, which training lacks: it has "
                f"{len(names):,} classes in {len(labels['train']):,} rows ({', '.join(map(_short, names[:MOST]))}); {advice}."
            )
    return names, {split: [numbers[class_name] for class_name in classes] for split, classes in labels.items()}
