"""Tables of results/ are computed again by a script of their own: json, numpy and SciPy, and nothing of the bench.

One of each kind: means with pooled intervals and differences to the baseline; medians and ratios of speeds; the error of the
test set; findings with Holm's correction, what they could have shown and whether they have settled; differences to published
figures.
"""

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats
from seqeval.metrics.sequence_labeling import get_entities
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower

RESULTS = Path(__file__).resolve().parents[2] / "results"
MARK = {"$": "run"}


def records(sweep: str) -> list[dict[str, Any]]:
    """The lines of records.jsonl, each with what all share."""

    def whole(entry: Any, shared: Any) -> Any:
        if not isinstance(shared, dict):
            return shared
        return {
            key: entry[key] if part == MARK else whole(entry.get(key, {}), part) if varies(part) else part
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
    raw, corrected = [], []
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
        corrected.append(float(line["p_holm.validation.nats_per_char"]))
    assert len(samples) == len(raw) + 1 == 8
    assert corrected == pytest.approx(multipletests(raw, method="holm")[1])


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
        expected = [np.median(ratios), ratios[k - 1], ratios[-k]]
        assert bounds(line, "ratio.train_tokens_per_second") == pytest.approx(expected)


def drawn_f1(sweep: str) -> dict[str, np.ndarray]:
    """The entity F1 of each run on 1,000 test sets that are drawn again: sentences are listed, not weighted."""
    packed = (RESULTS / sweep / "outputs" / "outputs.jsonl.gz").read_bytes()
    head, *runs = map(json.loads, gzip.decompress(packed).decode().splitlines())
    gold = [{*get_entities(ways[0])} for ways in head["references"]]
    samples = np.random.default_rng(2).integers(len(gold), size=(1000, len(gold)))
    result = {}
    for run in runs:
        output = [{*get_entities(tags)} for tags in run["outputs"]]
        right = np.array([len(predicted & true) for predicted, true in zip(output, gold, strict=True)])
        every = np.array([len(predicted) + len(true) for predicted, true in zip(output, gold, strict=True)])
        result[run["run_id"]] = np.array([200 * right[sample].sum() / every[sample].sum() for sample in samples])
    return result


HUANG = "paper/huang2015"
OF_ANOTHER_DRAW = 0.08
"""How far the standard deviations of two times 1,000 draws may lie apart: four of their own errors."""


def error_of_items(runs: list[dict[str, Any]], f1: dict[str, np.ndarray]) -> np.ndarray:
    return np.mean([f1[run["run_id"]] for run in runs], axis=0)


def test_the_error_of_the_test_set() -> None:
    f1, rows = drawn_f1(HUANG), by_row(HUANG, "stack.direction", "net.crf")
    scores = {row: values(runs, "test", "entity_f1") for row, runs in rows.items()}
    variance, freedom = pooled(list(scores.values()))
    over_seeds = stats.t.ppf(0.975, freedom) * np.sqrt(variance / 3)
    for line in table(HUANG):
        runs = rows[line["stack.direction"], line["net.crf"].capitalize()]
        over_items = 1.96 * error_of_items(runs, f1).std()
        mean, low, high = bounds(line, "test.entity_f1", unit=" [%]")
        assert float(line["seeds.test.entity_f1 [%]"]) == pytest.approx(over_seeds)
        assert float(line["items.test.entity_f1 [%]"]) == pytest.approx(over_items, rel=OF_ANOTHER_DRAW)
        assert [mean - low, high - mean] == pytest.approx([max(over_seeds, over_items)] * 2, rel=OF_ANOTHER_DRAW)


def test_findings() -> None:
    """The trainings have no patience, so a row has settled where each of its seeds was best before the last tenth. Of seeds and
    items the one decides that leaves the wider interval."""
    f1 = drawn_f1(HUANG)
    rows = by_row(HUANG, "stack.direction", "net.crf")
    scores = {row: values(runs, "test", "entity_f1") for row, runs in rows.items()}
    assert stats.bartlett(*scores.values()).pvalue > 0.05
    variance, freedom = pooled(list(scores.values()))
    error = np.sqrt(variance * 2 / 3)
    settled = {
        row: all(10 * run["train"]["best_step"] < 9 * run["train"]["steps"] for run in runs) for row, runs in rows.items()
    }
    section = records(HUANG)[0]["config"]["sweep"]
    lines = [line for line in table(HUANG, "findings.csv") if line["claim"]]
    sides = []
    for claim in section["claims"]:
        rows_named = [{**claim["given"], **claim[side]} for side in ("better", "than")]
        sides.append([(str(row["stack.direction"]), str(row["net.crf"])) for row in rows_named])
    open_ones = [not (settled[better] and settled[than]) for better, than in sides]
    gaps = np.array([scores[better].mean() - scores[than].mean() for better, than in sides])
    raw = 2 * stats.t.sf(np.abs(gaps) / error, freedom)
    decided = [index for index, is_open in enumerate(open_ones) if not is_open]
    corrected = dict(zip(decided, multipletests(raw[decided], method="holm")[1], strict=True)) if decided else {}
    assert len(lines) == len(sides) == 4
    for index, line in enumerate(lines):
        assert float(line["difference"]) == pytest.approx(gaps[index])
        assert line["settled"] == ("false" if open_ones[index] else "true")
        better, than = (error_of_items(rows[side], f1) for side in sides[index])
        of_items, over_seeds = (better - than).std(), stats.t.ppf(0.975, freedom) * error
        half, rel = max((1.96 * of_items, OF_ANOTHER_DRAW), (over_seeds, 1e-6))
        assert line["error_of"] == ("seeds" if half == over_seeds else "items")
        centre, low, high = bounds(line, "difference")
        assert [centre - low, high - centre] == pytest.approx([half] * 2, rel=rel)
        alpha = 0.05 / max(len(decided), 1)
        least = float(line["detectable"])
        if half == over_seeds:
            assert TTestPower().power(least / error, nobs=1, df=freedom, alpha=alpha) == pytest.approx(0.8, abs=1e-3)
        else:
            assert least == pytest.approx((stats.norm.isf(alpha / 2) + stats.norm.ppf(0.8)) * of_items, rel=rel)
        if index in corrected:
            assert float(line["p_holm"]) == pytest.approx(corrected[index])
            sign = "holds" if gaps[index] > 0 else "does not hold"
            verdict = "undecided with these seeds" if corrected[index] >= 0.05 else sign
        else:
            assert not line["p_holm"]
            verdict = "open: decided by the budget"
        assert line["verdict"] == verdict


def test_differences_to_published_figures() -> None:
    rows = by_row(HUANG, "stack.direction", "net.crf")
    figures = records(HUANG)[0]["config"]["sweep"]["literature"][0]["values"]
    lines = [line for line in table(HUANG, "findings.csv") if line["published.name"]]
    assert len(lines) == len(figures) == 4
    for line, (name, value, row) in zip(lines, figures, strict=True):
        ours = values(rows[row["stack.direction"], str(row["net.crf"])], "test", "entity_f1").mean()
        assert line["published.name"] == name
        assert float(line["difference"]) == pytest.approx(ours - float(value))
        assert not line["difference low"]  # theirs has no interval
