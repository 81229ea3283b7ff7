"""Sentence pairs of Tatoeba as manythings.org packs them: `english<TAB>french` a line in a zip, `data=tatoeba`.

The same English sentence stands with several translations. The split is by English sentence (`bench.data.sources.hash_split`),
about 90 / 5 / 5 percent, so none of them is in two splits. A French sentence may translate several English ones: a pair whose
French sentence is also in a later split (training, validation, test) is left out, so both directions are tested on what
training has not seen. In training each pair is a row; validation and test have a row a source sentence, all its translations
are references.
"""

import zipfile
import zlib
from collections.abc import Iterable

from bench.data.pairs.pairs import PairData
from bench.data.pairs.raw_pairs import RawPairs
from bench.data.pairs.settings import TextSettings
from bench.data.sources.files import decoded, placed
from bench.data.sources.hash_split import split_of
from bench.data.sources.lines import lines_of, other_ends
from bench.data.sources.source import Origin
from bench.errors import DataError

LANGUAGES = ("eng", "fra")
RANKS = ("train", "validation", "test")  # a French sentence of two splits stays in the later one alone

UNREADABLE = (OSError, EOFError, zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error)
"""What a zip raises that is none, is damaged, or is encrypted or packed in a way that Python does not know."""


def sentence_pairs(
    *,
    origin: Origin,
    source: str,
    target: str,
    text: TextSettings,
    limit: int | None,
) -> PairData:
    """The pairs in one direction: eng to fra, or fra to eng."""
    name = origin.name
    if (source, target) not in (LANGUAGES, LANGUAGES[::-1]):
        raise DataError(
            f"data.source={source} data.target={target} is no direction of data={name}: give eng and fra, or fra and eng."
        )
    places = origin.places
    if places.kind not in ("auto", "files") or not places.files:
        raise DataError(f"data={name} cannot be read from data.places.kind={places.kind}: it has files.")
    content = unpacked(name, places.files["all"], origin.folder)
    splits, notes = split(parse(name, lines_of(content)), english_first=source == "eng")
    notes += other_ends({"all": content})
    about = {"source": "files", "revision": None, "unit": "pairs", "measure": "translation", "notes": notes}
    return PairData(name=name, splits=splits, languages=(source, target), text=text, limit=limit, about=about)


def unpacked(name: str, path: str, folder: str | None) -> str:
    """The text of the one member of a zip that is no `_about.txt`."""
    file = placed(path, folder)
    try:
        with zipfile.ZipFile(file) as archive:
            members = [member for member in archive.namelist() if member.endswith(".txt") and not member.startswith("_")]
            content = archive.read(members[0]) if len(members) == 1 else None
    except UNREADABLE as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise DataError(
            f"data={name}: the file {file} cannot be read ({reason}); name the folder that holds it with paths.data= or "
            "BENCH_DATA, or correct the path."
        ) from error
    if content is None:
        raise DataError(f"data={name}: {file} must hold exactly one text file beside _about.txt; it has {len(members)}.")
    return decoded(f"data={name}: {members[0]} in {file}", content)


def parse(name: str, lines: Iterable[str]) -> list[tuple[str, str]]:
    """(English, French) of each line; further columns (later editions name the authors) are left."""
    pairs = []
    for number, line in enumerate(lines, 1):
        columns = line.split("\t")
        if len(columns) < 2:
            raise DataError(
                f"data={name}: line {number} has no tab between two sentences ({line[:40]!r}); give english<TAB>french."
            )
        pairs.append((columns[0], columns[1]))
    return pairs


def split(pairs: Iterable[tuple[str, str]], *, english_first: bool) -> tuple[dict[str, RawPairs], list[str]]:
    """Splits and what is to be said about them. Pairs that occur twice count once."""
    distinct = list(dict.fromkeys(pairs))
    home = {english: split_of(english) for english, _ in distinct}
    highest_rank: dict[str, int] = {}
    for english, french in distinct:
        highest_rank[french] = max(highest_rank.get(french, 0), RANKS.index(home[english]))
    rows: dict[str, dict[str, list[str]]] = {"train": {}, "validation": {}, "test": {}}
    skipped = 0
    for english, french in distinct:
        if RANKS.index(home[english]) < highest_rank[french]:
            skipped += 1
            continue
        source, target = (english, french) if english_first else (french, english)
        rows[home[english]].setdefault(source, []).append(target)
    splits = {part: RawPairs(list(by_source), list(by_source.values())) for part, by_source in rows.items() if part != "train"}
    train = [(source, target) for source, targets in rows["train"].items() for target in targets]
    one_to_one = RawPairs.one_to_one([source for source, _ in train], [target for _, target in train])
    note = f"{skipped} pairs were left out whose French sentence is also in validation or test (from validation: also in test)"
    return {"train": one_to_one, **splits}, [note] if skipped else []
