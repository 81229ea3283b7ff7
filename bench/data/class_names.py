"""Names of classes and their numbers, from the training rows alone, in the order of their names."""

from collections.abc import Mapping, Sequence

from bench.task import DataError


def number_classes(name: str, given: Mapping[str, Sequence[str]]) -> tuple[tuple[str, ...], dict[str, list[int]]]:
    """The names, and the number of each row's by split. Raises DataError where no net could learn them."""
    for split in ("train", "validation"):
        if not given[split]:
            raise DataError(f"data={name}: the {split} split is empty; give it at least one row.")
    names = tuple(sorted(set(given["train"])))
    if len(names) < 2:
        raise DataError(f"data={name}: all rows of the train split have the class {names[0]!r}; give rows of two classes.")
    numbers = {one: number for number, one in enumerate(names)}
    for split, classes in given.items():
        if strange := sorted(set(classes) - set(names)):
            raise DataError(
                f"data={name}: the {split} split has the class {strange[0]!r}, which training lacks ({', '.join(names[:12])}); "
                "correct the row, or train on rows of that class too."
            )
    return names, {split: [numbers[one] for one in classes] for split, classes in given.items()}


def evenly(rows: int, limit: int | None, unit: str) -> list[int]:
    """Places of at most `limit` of so many training rows, evenly spaced; all of them for None."""
    if limit is not None and limit < 1:
        raise DataError(f"data.limit={limit} is out of range: give null, or a number of training {unit} of at least 1.")
    return list(range(rows)) if limit is None or limit >= rows else [rows * place // limit for place in range(limit)]


def every_sixth(classes: Sequence[str]) -> dict[str, list[int]]:
    """Rows by split: of each class in the order of the rows, every sixth validates and every sixth tests."""
    met: dict[str, int] = {}
    places: dict[str, list[int]] = {"train": [], "validation": [], "test": []}
    for row, one in enumerate(classes):
        turn = met[one] = met.get(one, -1) + 1
        places[{2: "validation", 5: "test"}.get(turn % 6, "train")].append(row)
    return places
