"""The caption says what must be known to believe the numbers, and says nothing where there is nothing to say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bench.tables.comparison import comparisons_of
from bench.tables.sweep_table import tables


def caption(records: Any) -> str:
    (table,) = tables(comparisons_of(records))
    assert len(table.caption) <= 6
    return "\n".join([*table.caption, *table.provenance])


def test_a_full_sweep(make: Any) -> None:
    text = caption(make.sweep(report={"note": "A last word."}))
    for part in (
        "Lower is better: nats per char (nats/character)",
        "95 % t-interval over seeds",
        "for each row, the best on validation of optimiser.lr in {0.001, 0.002, 0.004}",
        "The test split was scored once, with the checkpoint that was best on validation.",
        "Data: pydocs, sha256 ab12ab12ab12; train 1,003,854, validation 55,770, test 55,770 characters.",
        "2 characters of validation are not in the training text.",
        "Conditions: float32, Processor X, 2 threads.",
        "Versions: python 3.11.2, torch 2.13.0",
        "median of 9 samples of a raw training loop, alternating between rows, in one process",
        "Speed ratio: relative to elman, depth 1",
    ):
        assert part in text
    assert "A last word." in text
    for part in ("Not all", "not ok", "Left out", "Rows also differ", "budget still decides", "datasets"):
        assert part not in text


def test_without_a_test_split(make: Any) -> None:
    published = {"name": "x", "metric": "nats_per_char", "split": "validation", "value": 1, "source": "y"}
    alone = caption([make(test=None), make(seed=1, test=None)])
    framed = caption([make(test=None, report={"literature": [published]})])
    assert "no test split: scores are on the validation split, which was also used to choose the checkpoint." in alone
    assert "choose the checkpoint, which is also the protocol of the published figures." in framed
    assert "test split was scored" not in alone


def test_validation_is_told_also_where_a_test_split_was_not_asked(make: Any) -> None:
    text = caption([replace(run, metrics={"validation": run.metrics["validation"]}) for run in (make(), make(seed=1))])
    assert "Scores are on the validation split, which was also used to choose the checkpoint." in text
    assert "no test split" not in text


def test_what_a_training_step_costs_is_of_no_split(make: Any) -> None:
    entry = {"value": 2.0, "unit": "s", "better": "lower", "count": 9, "signature": None}
    text = caption([make(cell=cell, metrics={"train": {"seconds_at_2048": entry}}) for cell in ("gru", "lstm")])
    assert "Lower is better: seconds at 2048 (s)." in text
    assert "checkpoint" not in text


def test_what_was_timed_is_that_of_the_speed_that_is_shown(make: Any) -> None:
    def timed(cell: str) -> Any:
        run = make(cell=cell)
        (train,) = [entry for name, entry in run.speed.items() if name == "train_tokens_per_second"]
        return replace(run, speed={"decode_sentences_per_second": {**train, "unit": "sentences/s"}})

    assert "samples of decoding only, alternating between rows, in" in caption([timed("gru"), timed("lstm")])


def test_one_seed_makes_no_claim(make: Any) -> None:
    text = caption([make(cell="gru"), make(cell="lstm")])
    assert "One seed per row" in text and "±" not in text


def test_uneven_tuning_is_told(make: Any) -> None:
    report = {"tune": {"optimiser.lr": []}}
    records = [make(cell="gru", lr=lr, report=report) for lr in (0.001, 0.002)]
    assert "budgets differ" in caption([*records, make(cell="lstm", report=report)])
    assert "budgets differ" not in caption([*records, *(make(cell="lstm", lr=lr, report=report) for lr in (0.001, 0.002))])


def test_failures_and_older_twins_are_counted(make: Any) -> None:
    text = caption([make(seed=0), make(seed=0), make(seed=1), make.failed("diverged", seed=2), make.failed("killed", seed=3)])
    assert "2 of 4 runs are not ok: 1 diverged, 1 killed." in text
    assert "Left out: 1 older records" in text


def test_the_signature_of_a_metric_is_told_once(make: Any) -> None:
    def signed(signature: str | None, seed: int) -> Any:
        run = make(seed=seed)
        run.metrics["test"]["perplexity"]["signature"] = signature
        return run

    assert "Signatures: perplexity tok:13a|v:1." in caption(
        [signed("tok:13a|v:1", 0), signed("tok:13a|v:1", 1), signed(None, 2)]
    )
    assert "Signatures" not in caption([signed("tok:13a|v:1", 0), signed("tok:none|v:1", 1)])
    assert "Signatures" not in caption([make()])


def test_missing_seeds_are_told_and_failed_ones_are_not_missing(make: Any) -> None:
    lstm = [make(cell="lstm", seed=seed) for seed in (0, 1, 2)]
    gru = [make(cell="gru", seed=0), make.failed("diverged", cell="gru", seed=1)]
    assert "Not all rows have the seeds 0, 1, 2: gru lacks 2." in caption([*lstm, *gru])
    assert "Not all rows have the seeds" not in caption([*lstm, *gru, make(cell="gru", seed=2)])


def test_keys_that_go_with_the_rows_are_told(make: Any) -> None:
    sizes = {"gru": 150, "lstm": 128}
    text = caption([make(cell=cell, config={"stack": {"hidden_size": size, "depth": 1}}) for cell, size in sizes.items()])
    assert "Rows also differ in stack.hidden_size: 150 (gru), 128 (lstm)." in text
    assert "_target_" not in text


def test_rows_of_one_value_are_told_together_and_copies_of_a_cell_not_at_all(make: Any) -> None:
    def decoding(cell: str, embedding: int) -> Any:
        return make(cell=cell, config={"net": {"decoder": {"cell": {"name": cell}}, "embedding_size": embedding}})

    text = caption([decoding("gru", 8), decoding("lstm", 16), decoding("elman", 8)])
    assert "Rows also differ in net.embedding_size: 8 (gru; elman), 16 (lstm)." in text


@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        ({"processor": "Processor Y"}, "Processor X (gru) / Processor Y (lstm)"),
        ({"threads": 1}, "2 threads (gru) / 1 thread (lstm)"),
        ({"versions": {"python": "3.11.2", "torch": "2.12.0", "numpy": "2.4.6"}}, "torch 2.13.0 (gru) / 2.12.0 (lstm)"),
        ({"accelerator": "GPU Z"}, "no accelerator (gru) / GPU Z (lstm)"),
    ],
)
def test_unlike_machines_and_versions_are_told(make: Any, machine: dict[str, Any], expected: str) -> None:
    other = {**make().machine, **machine}
    text = caption([make(cell="gru"), make(cell="lstm", machine=other)])
    line = next(
        sentence
        for sentence in text.split("\n")
        if "Rows ran under different conditions" in sentence or "Rows ran with" in sentence
    )
    assert expected in line


def code(commit: str | None, dirty: bool | None, digest: str) -> dict[str, Any]:
    return {"commit": commit, "dirty": dirty, "digest": digest}


def test_seeds_of_a_row_trained_by_other_sources_are_told(make: Any) -> None:
    records = [make(seed=0, code=code("c", False, "a")), make(seed=1, code=code("c", False, "b"))]
    other = [make(cell="gru", seed=seed, code=code("c", False, "g")) for seed in (0, 1)]
    assert "Some rows mix runs of different source code (their digests differ): lstm." in caption(records + other)


def test_a_row_whose_seeds_ran_on_two_machines_stands_with_both(make: Any) -> None:
    other = {**make().machine, "processor": "Processor Y"}
    text = caption([make(cell="gru", seed=0), make(cell="gru", seed=1, machine=other), make(cell="lstm", machine=other)])
    assert "Processor X (gru) / Processor Y (gru; lstm)." in text


def test_of_many_rows_that_ran_otherwise_some_are_named(make: Any) -> None:
    other = {**make().machine, "threads": 1}
    text = caption([make(cell="gru"), *(make(cell="lstm", depth=depth, machine=other) for depth in range(1, 8))])
    assert "1 thread (lstm, depth 1; lstm, depth 2; lstm, depth 3; lstm, depth 4; and 3 more rows)" in text


@pytest.mark.parametrize(
    ("gru_code", "lstm_code", "sentence"),
    [
        (code("c1", False, "a"), code("c1", False, "b"), ""),  # other modules of one clean commit
        (code("c1", False, "a"), code("c2", False, "a"), "Runs were made at different commits: c1 (gru) / c2 (lstm)."),
        (code("c1", True, "a"), code("c1", True, "b"), "no single clean commit is known"),
        (code(None, None, "a"), code(None, None, "b"), "no single clean commit is known"),
        (code(None, None, "a"), code(None, None, "a"), ""),
    ],
)
def test_other_sources_between_rows_are_told_unless_a_commit_vouches(
    make: Any, gru_code: dict[str, Any], lstm_code: dict[str, Any], sentence: str
) -> None:
    text = caption([make(cell="gru", code=gru_code), make(cell="lstm", code=lstm_code)])
    if sentence:
        assert sentence in text
    else:
        assert "commits" not in text and "may differ" not in text
