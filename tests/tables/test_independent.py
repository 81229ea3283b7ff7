"""Tables of results/ are computed again by a script of their own: json, numpy and SciPy, and nothing of the bench.

One of each kind: means with pooled intervals and differences to the baseline; medians and ratios of speeds; findings with
Holm's correction, what they could have shown and whether they have settled; differences to published figures.
"""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower

RESULTS = Path(__file__).resolve().parents[2] / "results"
MARK = {"$": "run"}


def records(sweep: str) -> list[dict[str, Any]]:
    """The lines of records.jsonl, each with what all share."""

    def whole(own: Any, shared: Any) -> Any:
        if not isinstance(shared, dict):
            return shared
        return {
            key: own[key] if part == MARK else whole(own.get(key, {}), part) if varies(part) else part
            for key, part in shared.items()
        }

    def varies(part: Any) -> bool:
        return part == MARK or (isinstance(part, dict) and any(map(varies, part.values())))

    head, *lines = map(json.loads, (RESULTS / sweep / "records.jsonl").read_text().splitlines())
    return [whole(line, head["shared"]) for line in lines]


def table(sweep: str, name: str = "table.csv") -> list[dict[str, str]]:
    with (RESULTS / sweep / name).open(newline="") as file:
        return list(csv.DictReader(file))


def bounds(line: dict[str, str], key: str, *, unit: str = "") -> list[float]:
    """A value with its interval."""
    return [float(line[name]) for name in (key + unit, f"{key} low", f"{key} high")]


def by_row(sweep: str, *keys: str) -> dict[tuple[str, ...], list[dict[str, Any]]]:
    """Records by the texts of these dotted keys, over seeds; of tuned ones those of the best mean on validation."""
    rows: dict[tuple[str, ...], dict[Any, list[dict[str, Any]]]] = {}
    for record in records(sweep):
        row = tuple(str(at(record, key)) for key in keys)
        rows.setdefault(row, {}).setdefault(record["config"]["optimiser"]["lr"], []).append(record)
    return {row: min(tuned.values(), key=lambda runs: rank(runs)) for row, tuned in rows.items()}


def at(record: dict[str, Any], key: str) -> Any:
    value = record["config"]
    for part in key.split("."):
        value = value[part]
    return value


def rank(runs: list[dict[str, Any]]) -> float:
    entries = [next(iter(run["metrics"]["validation"].values())) for run in runs]
    mean = float(np.mean([entry["value"] for entry in entries]))
    return -mean if entries[0]["better"] == "higher" else mean


def values(runs: list[dict[str, Any]], split: str, metric: str) -> np.ndarray:
    return np.array([run["metrics"][split][metric]["value"] for run in sorted(runs, key=lambda run: run["config"]["seed"])])


def pooled(samples: list[np.ndarray]) -> tuple[float, int]:
    freedom = sum(len(sample) - 1 for sample in samples)
    return sum(((sample - sample.mean()) ** 2).sum() for sample in samples) / freedom, freedom


def test_means_intervals_and_differences() -> None:
    samples = {
        row: values(runs, "validation", "nats_per_char") for row, runs in by_row("cells", "cell.name", "stack.depth").items()
    }
    assert stats.bartlett(*samples.values()).pvalue > 0.05
    variance, freedom = pooled(list(samples.values()))
    base = samples["elman", "1"]
    raw, seen = [], []
    for line in table("cells"):
        sample = samples[line["cell.name"], line["stack.depth"]]
        mean, half = sample.mean(), stats.t.ppf(0.975, freedom) * np.sqrt(variance / len(sample))
        assert bounds(line, "validation.nats_per_char", unit=" [nats/character]") == pytest.approx(
            [mean, mean - half, mean + half]
        )
        if sample is base:
            continue
        error = np.sqrt(variance * (1 / len(sample) + 1 / len(base)))
        gap = mean - base.mean()
        half = stats.t.ppf(0.975, freedom) * error
        assert bounds(line, "difference.validation.nats_per_char", unit=" [nats/character]") == pytest.approx(
            [gap, gap - half, gap + half]
        )
        raw.append(2 * stats.t.sf(abs(gap) / error, freedom))
        seen.append(float(line["p_holm.validation.nats_per_char"]))
    assert len(samples) == len(raw) + 1 == 8
    assert seen == pytest.approx(multipletests(raw, method="holm")[1])


def test_speeds() -> None:
    rows = by_row("cells", "cell.name", "stack.depth")
    speeds = {
        row: next(run["speed"]["train_tokens_per_second"]["samples"] for run in runs if run["speed"])
        for row, runs in rows.items()
    }
    for line in table("cells"):
        samples = np.array(speeds[line["cell.name"], line["stack.depth"]])
        assert float(line["speed.train_tokens_per_second [tokens/s]"]) == pytest.approx(np.median(samples))
        ratios = np.sort(samples / np.array(speeds["elman", "1"]))
        k = max(k for k in range(1, len(ratios)) if 1 - 2 * stats.binom.cdf(k - 1, len(ratios), 0.5) >= 0.95)
        wanted = [np.median(ratios), ratios[k - 1], ratios[-k]]
        assert bounds(line, "ratio.train_tokens_per_second") == pytest.approx(wanted)


def test_findings() -> None:
    """The trainings have no patience, so a row has settled where each of its seeds was best before the last tenth."""
    rows = by_row("paper/huang2015", "stack.direction", "net.crf")
    scores = {row: values(runs, "test", "entity_f1") for row, runs in rows.items()}
    assert stats.bartlett(*scores.values()).pvalue > 0.05
    variance, freedom = pooled(list(scores.values()))
    error = np.sqrt(variance * 2 / 3)
    settled = {
        row: all(10 * run["train"]["best_step"] < 9 * run["train"]["steps"] for run in runs) for row, runs in rows.items()
    }
    section = records("paper/huang2015")[0]["config"]["sweep"]
    lines = [line for line in table("paper/huang2015", "findings.csv") if line["claim"]]
    sides = []
    for claim in section["claims"]:
        both = [{**claim["given"], **claim[side]} for side in ("better", "than")]
        sides.append([(str(row["stack.direction"]), str(row["net.crf"])) for row in both])
    open_ones = [not (settled[better] and settled[than]) for better, than in sides]
    gaps = np.array([scores[better].mean() - scores[than].mean() for better, than in sides])
    raw = 2 * stats.t.sf(np.abs(gaps) / error, freedom)
    decided = [index for index, is_open in enumerate(open_ones) if not is_open]
    corrected = dict(zip(decided, multipletests(raw[decided], method="holm")[1], strict=True)) if decided else {}
    assert len(lines) == len(sides) == 4
    for index, line in enumerate(lines):
        assert float(line["difference"]) == pytest.approx(gaps[index])
        assert line["settled"] == ("false" if open_ones[index] else "true")
        least = float(line["detectable"])
        power = TTestPower().power(least / error, nobs=1, df=freedom, alpha=0.05 / max(len(decided), 1))
        assert power == pytest.approx(0.8, abs=1e-3)
        if index in corrected:
            assert float(line["p_holm"]) == pytest.approx(corrected[index])
            sign = "holds" if gaps[index] > 0 else "does not hold"
            wanted = "undecided with these seeds" if corrected[index] >= 0.05 else sign
        else:
            assert not line["p_holm"]
            wanted = "open: decided by the budget"
        assert line["verdict"] == wanted


def test_differences_to_published_figures() -> None:
    rows = by_row("paper/huang2015", "stack.direction", "net.crf")
    figures = records("paper/huang2015")[0]["config"]["sweep"]["literature"][0]["values"]
    lines = [line for line in table("paper/huang2015", "findings.csv") if line["published.name"]]
    assert len(lines) == len(figures) == 4
    for line, (name, value, row) in zip(lines, figures, strict=True):
        ours = values(rows[row["stack.direction"], str(row["net.crf"])], "test", "entity_f1").mean()
        assert line["published.name"] == name
        assert float(line["difference"]) == pytest.approx(ours - float(value))
        assert not line["difference low"]  # theirs has no interval
