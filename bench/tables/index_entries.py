"""What an index says of each sweep of a folder: facts of its records, and the files that lie beside them."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from bench.records import record_files
from bench.records.record import Record
from bench.tables import spec
from bench.tables.comparison import Comparison, comparisons_of
from bench.tables.provenance import families
from bench.tables.settled import has_budget, settled

VERIFIED = "verified.json"
FINDINGS = "findings.csv"
FILES = ("table.md", "table.tex", "table.csv", FINDINGS, "runs.csv", "report.html")
NOTHING: Mapping[Path, Sequence[Record]] = MappingProxyType({})


@dataclass(frozen=True)
class Finding:
    claim: str
    verdict: str


@dataclass(frozen=True)
class Entry:
    """`problem`: why the records cannot be read; nothing else but the name is known then. `stale`: why the sweep does not come
    out today. `settled` of `trained` rows have settled; records of no training have neither."""

    folder: Path
    name: str
    problem: str = ""
    title: str = ""
    runs: int = 0
    ok: int = 0
    stale: str = ""
    settled: int = 0
    trained: int = 0
    seeds: tuple[int, ...] = ()
    commits: tuple[str, ...] = ()
    processors: tuple[str, ...] = ()
    verified: str = ""
    tasks: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    files: tuple[Path, ...] = ()

    @property
    def rows_settled(self) -> str:
        """`3 of 9`; nothing for records of no training."""
        if not self.trained:
            return ""
        return "open" if not self.settled else "all" if self.settled == self.trained else f"{self.settled} of {self.trained}"

    @property
    def runs_ok(self) -> str:
        return str(self.ok) if self.ok == self.runs else f"{self.ok} ok of {self.runs}"

    @property
    def seeds_per_row(self) -> str:
        return str(self.seeds[0]) if len(self.seeds) == 1 else f"{self.seeds[0]} to {self.seeds[-1]}"


def entries_of(results: Path, by_folder: Mapping[Path, Sequence[Record]] = NOTHING) -> list[Entry]:
    """The sweeps in the folder `results`, `paper/NAME` in it too, by name.

    `by_folder`: the records of folders whose sweeps were read just now.
    """
    marks = (path for path in results.rglob("records*") if path.name == record_files.NAME or path.is_dir())
    folders = sorted({path.parent for path in marks})
    return [entry for folder in folders if (entry := _entry(folder, folder.relative_to(results).as_posix(), by_folder))]


def verified_of(folder: Path) -> dict[str, dict[str, object]]:
    """What `python -m bench verify` noted of a published sweep, by run."""
    path = folder / VERIFIED
    noted: dict[str, dict[str, object]] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return noted


def _entry(folder: Path, name: str, by_folder: Mapping[Path, Sequence[Record]]) -> Entry | None:
    try:
        records = by_folder[folder] if folder in by_folder else record_files.read_all(folder)
        if not records:
            return None
        title = spec.of(records).title
        stale = record_files.stale(folder)
    except ValueError as error:
        return Entry(folder, name, problem=str(error).replace(str(folder.parent), "").strip())
    comparisons = comparisons_of(records)
    settled_rows, trained_rows = _settled(comparisons)
    return Entry(
        folder,
        name,
        title=title,
        runs=len(records),
        ok=sum(run.status == "ok" for run in records),
        stale=stale or "",
        settled=settled_rows,
        trained=trained_rows,
        seeds=tuple(sorted({len(row.records) for comparison in comparisons for row in comparison.rows})),
        commits=tuple(dict.fromkeys(str(run.code.get("commit") or "unknown")[:8] for run in records)),
        processors=tuple(families(records)),
        verified=_verified(folder),
        tasks=tuple(sorted({str(run.config["task"]["name"]) for run in records if "task" in run.config})),
        data=tuple(sorted({str(run.data["name"]) for run in records if "name" in run.data})),
        findings=tuple(_findings(folder / FINDINGS)),
        files=tuple(_files(folder)),
    )


def _settled(comparisons: Sequence[Comparison]) -> tuple[int, int]:
    """How many rows have settled, of how many that were trained."""
    pairs = [(row, comparison.grouping.tuned_keys) for comparison in comparisons for row in comparison.rows]
    trained = [pair for pair in pairs if any(map(has_budget, pair[0].ok))]
    return sum(settled(row, keys) for row, keys in trained), len(trained)


def _verified(folder: Path) -> str:
    """`2 = on AMD EPYC`: how many runs came out how, and on what."""
    signs = {"bit-equal": "=", "equal to rounding": "~"}
    ways = Counter(
        (signs.get(str(entry["outcome"]), "moved"), str(entry["trained_on"])) for entry in verified_of(folder).values()
    )
    return ", ".join(f"{count} {sign} on {processor}" for (sign, processor), count in sorted(ways.items()))


def _findings(path: Path) -> list[Finding]:
    """What the table of findings says, as it was written last: its intervals over test items take long to draw again."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [(row.get("claim"), row.get("verdict")) for row in csv.DictReader(lines)]
    return [Finding(claim, verdict) for claim, verdict in rows if claim and verdict]


def _files(folder: Path) -> list[Path]:
    """What was made of the records, relative to their folder."""
    paths = [folder / name for name in FILES] + sorted((folder / "figures").glob("*.svg"))
    return [path.relative_to(folder) for path in paths if path.is_file()]
