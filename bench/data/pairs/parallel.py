"""Pairs from line-aligned files, one a language: `data=multi30k`, `data=parallel`.

A split is a prefix: PREFIX.de and PREFIX.en, or PREFIX.de.gz and PREFIX.en.gz. On the hub a split has a column a language.
"""

from dataclasses import replace
from pathlib import Path

from bench.data.pairs.pairs import PairData
from bench.data.pairs.raw_pairs import RawPairs
from bench.data.pairs.settings import TextSettings
from bench.data.sources.lines import check_aligned, lines_of
from bench.data.sources.looks import other_forms
from bench.data.sources.source import Origin, Raw, UserFiles
from bench.errors import DataError


def multilingual(
    *,
    origin: Origin,
    source: str,
    target: str,
    text: TextSettings,
    limit: int | None,
) -> PairData:
    """Two languages of a data set that its yaml places: files as `{split: PREFIX}`, the hub with `columns`."""
    if source == target:
        raise DataError(f"data.source={source} and data.target={target} are one language: give two of them.")
    name = origin.name
    sides = [_side(origin, key, language) for key, language in (("source", source), ("target", target))]
    sources, targets = ({split: lines_of(text) for split, text in side.splits.items()} for side in sides)
    splits = {}
    for split, lines in sources.items():
        check_aligned(name, split, [(source, lines), (target, targets[split])])
        splits[split] = RawPairs.one_to_one(lines, targets[split])
    notes = [f"{language}: {note}" for language, side in zip((source, target), sides, strict=True) for note in _notes(side)]
    about = {
        "source": sides[0].source,
        "revision": sides[0].revision,
        "unit": "pairs",
        "measure": "translation",
        "notes": notes,
    }
    return PairData(name=name, splits=splits, languages=(source, target), text=text, limit=limit, about=about)


def parallel(
    *,
    user_files: UserFiles,
    source: str | None,
    target: str | None,
    text: TextSettings,
    limit: int | None,
) -> PairData:
    """Any pair of line-aligned files; a split is a prefix. `test` may be missing."""
    advice = (
        "give data.train=PREFIX data.validation=PREFIX (and data.test=PREFIX) data.source=de data.target=en for the files "
        "PREFIX.de and PREFIX.en."
    )
    origin = user_files.origin(advice=advice)
    if not source or not target:
        raise DataError(f"data={origin.name} needs data.{'target' if source else 'source'}: {advice}")
    return multilingual(origin=origin, source=source, target=target, text=text, limit=limit)


def _notes(side: Raw) -> list[str]:
    return [*side.notes, *(other_forms(side.splits) if side.source == "files" else [])]


def _side(origin: Origin, key: str, language: str) -> Raw:
    """The texts of one language."""
    name, files, hub = origin.name, origin.places.files, origin.places.hub
    if files and origin.kind == "files":
        files = {split: _path(name, prefix, key, language, origin.folder) for split, prefix in files.items()}
    if hub:
        if language not in hub["columns"] and origin.kind == "hub":
            raise DataError(
                f"data.{key}={language} is not a language of data={name} on the hub: give one of {', '.join(hub['columns'])}, "
                "or name a folder of files with paths.data= or BENCH_DATA."
            )
        hub = {**hub, "column": language}
    return replace(origin, places=replace(origin.places, files=files, hub=hub)).read()


def _path(name: str, prefix: str, key: str, language: str, folder: str | None) -> str:
    """The file of a language: PREFIX.language, else with .gz. Raises DataError that says what there is instead."""
    stem = Path(prefix).expanduser()
    if not stem.is_absolute() and folder:
        stem = Path(folder).expanduser() / stem
    for suffix in (f".{language}", f".{language}.gz"):
        if (path := Path(f"{stem}{suffix}")).is_file():
            return str(path.absolute())
    beside = sorted(file.name for file in stem.parent.glob(f"{stem.name}.*")) if stem.parent.is_dir() else []
    advice = (
        f"there lie {', '.join(beside[:8])}"
        if beside
        else "name the folder with paths.data= or BENCH_DATA, or correct the path"
    )
    if stem.is_file():
        advice = f"{stem} is a file itself: give what the names of both files begin with, and cut a file of pairs in two"
    raise DataError(f"data={name}: no file {stem}.{language} or {stem}.{language}.gz for data.{key}={language}; {advice}.")
