"""What trained again is compared with: the same bits, rounding, or moved; and which runs are taken."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bench.compare.verified import verified
from bench.errors import ConfigError
from bench.sweeps.verification import chosen


@pytest.mark.parametrize(
    ("value", "outcome"),
    [(1.5, "bit-equal"), (1.5 * (1 + 1e-9), "equal to rounding"), (1.5 * (1 + 1e-4), "moved"), (None, "moved")],
)
def test_the_metric_that_moved_most_decides(make: Any, value: float | None, outcome: str) -> None:
    before, after = make(test=1.5, validation=1.4), make(test=1.5, validation=1.4)
    after.metrics["test"]["bits_per_char"]["value"] = before.metrics["test"]["bits_per_char"]["value"] = 1.5
    after.metrics["test"]["bits_per_char"]["value"] = value
    verdict = verified(before, after)
    assert (verdict.run_id, verdict.outcome) == (before.run_id, outcome)
    assert verdict.share == 0 or verdict.metric == "test.bits_per_char"


def test_a_run_that_fails_now_has_moved(make: Any) -> None:
    assert verified(make(), make.failed()).outcome == "moved"


def test_the_families_of_both_are_known(make: Any) -> None:
    other = make(machine={**make().machine, "processor": "Processor Y"})
    verdict = verified(make(), other)
    assert (verdict.recorded_on, verdict.trained_on, verdict.same_family) == ("Processor X", "Processor Y", False)
    assert verified(make(), make()).same_family


def test_one_name_of_two_processors_is_one_family_only_with_the_same_instructions(make: Any) -> None:
    def on(**instructions: str) -> Any:
        return make(machine={**make().machine, **instructions})

    narrow, wide, unknown = on(instructions="AVX2"), on(instructions="AVX512"), on()
    assert verified(narrow, narrow).same_family
    assert verified(narrow, wide).trained_on == "Processor X (AVX512)"
    assert not verified(narrow, wide).same_family and not verified(narrow, wide).perhaps_same_family
    assert not verified(unknown, wide).same_family and verified(unknown, wide).perhaps_same_family


def test_runs_are_taken_evenly_and_counted_or_failed_ones_never(make: Any) -> None:
    runs = [make(seed=seed) for seed in range(6)]
    counted = replace(make(), train={"steps": 0})
    picked = chosen([*runs[::-1], counted, make.failed()], 3)
    assert [run.run_id for run in picked] == [runs[0].run_id, runs[2].run_id, runs[4].run_id]
    with pytest.raises(ConfigError, match=r"--jobs 7 is out of range: give a number from 1 to 6"):
        chosen(runs, 7)
    with pytest.raises(ConfigError, match="no record is of a training"):
        chosen([counted], 1)
