"""`--by-sentence`: the files beside the records give the records' scores back, and the tests see what they should."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from command import verb

from bench.compare.sentences import by_sentence
from bench.metrics.bleu import BleuSums, tokens_of
from bench.metrics.entities import entity_counts, entity_metrics, name_word_counts, name_word_metrics
from bench.records import output_files, record
from bench.records.output_files import OutputError, Scored
from bench.records.record import Record
from bench.sweeps import reference
from bench.tables import TableError

main = verb("compare")

Lay = Callable[..., Path]
GOLD = [["B-PER", "I-PER", "O"], ["O", "B-LOC"], ["B-ORG"], ["O", "O"]] * 20
REPORT = {"title": "Names", "baseline": {"cell.name": "elman"}}


def scored(run: Record, name: str, value: float) -> Record:
    entry = {"value": value, "unit": "%", "better": "higher", "count": 60, "signature": None}
    return replace(run, metrics={"validation": {name: entry}, "test": {name: entry}})


def wrong_at(rows: list[list[str]], every: int) -> list[list[str]]:
    """The first tag of each so-manieth sentence is read as another."""
    return [["O" if row[0] != "O" else "B-LOC", *row[1:]] if at % every == 0 else row for at, row in enumerate(rows)]


def tagged(folder: Path, run: Record, predicted: list[list[str]], gold: list[list[str]]) -> Record:
    output_files.write(folder, run.run_id, Scored("test", "tags", predicted, [[row] for row in gold]))
    if gold[0][0] in "01":
        truths, guesses = ([[tag == "1" for tag in row] for row in side] for side in (gold, predicted))
        return scored(run, "word_f1", name_word_metrics(name_word_counts(guesses, truths))["word_f1"].value)
    return scored(run, "entity_f1", entity_metrics(entity_counts(predicted, gold, ["LOC", "ORG", "PER"]))["entity_f1"].value)


@pytest.fixture
def names(make: Any, lay: Lay) -> Path:
    """A baseline that is wrong in each third sentence, gru in each twentieth, lstm just as the baseline; two seeds."""
    folder = lay([])
    every = {"elman": 3, "gru": 20, "lstm": 3}
    for cell, step in every.items():
        for seed in (0, 1):
            run = tagged(folder, make(cell=cell, seed=seed, report=REPORT), wrong_at(GOLD, step + seed), GOLD)
            record.write(run, folder)
    return folder


def test_names_are_told_apart_by_sentence(names: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (table,) = by_sentence(names)
    rows = {(row.cells[0].text, row.cells[1].text): row.cells for row in table.rows}
    assert set(rows) == {("gru", "0"), ("gru", "1"), ("lstm", "0"), ("lstm", "1")}
    difference, p_randomisation = rows["gru", "0"][4], rows["gru", "0"][6]
    assert difference.low is not None and difference.low > 0 and difference.text.endswith("*")
    assert p_randomisation.value < 0.01
    same = rows["lstm", "1"]
    assert (same[4].low, same[4].value, same[4].high) == (0.0, 0.0, 0.0) and same[6].value == 1.0
    assert main([str(names), "--by-sentence"]) == 0
    printed = capsys.readouterr().out
    assert "Sentences are resampled, seeds are not" in printed and f"over {len(GOLD)} sentences." in printed


def test_two_classes_are_counted_by_word(make: Any, lay: Lay) -> None:
    folder, gold = lay([]), [["1", "0", "1"], ["0"], ["1", "1"]] * 10
    for cell, off in (("elman", 4), ("gru", 15)):
        predicted = [["0", *row[1:]] if at % off == 0 else row for at, row in enumerate(gold)]
        record.write(tagged(folder, make(cell=cell, report=REPORT), predicted, gold), folder)
    (table,) = by_sentence(folder)
    assert table.rows[0].cells[4].value == pytest.approx(float(str(table.rows[0].cells[3].value)) - _of(table, 2))


def _of(table: Any, column: int) -> float:
    return float(str(table.rows[0].cells[column].value))


def test_outputs_that_are_not_there_are_counted_and_none_is_refused(names: Path) -> None:
    paths = sorted((names / "outputs").glob("*.json"))
    paths[-1].unlink()
    (table,) = by_sentence(names)
    assert len(table.rows) == 3
    assert "Left out, since their outputs were not saved: 1 of 4 pairs of runs." in table.caption
    for path in paths[:2]:  # the baseline's
        path.unlink()
    with pytest.raises(TableError, match="has no outputs of a second row with the same seed as elman"):
        by_sentence(names)


def test_the_outputs_of_another_run_are_refused(names: Path) -> None:
    paths = sorted((names / "outputs").glob("*.json"))
    paths[2].write_text(paths[0].read_text())
    with pytest.raises(TableError, match="belong to another run"):
        by_sentence(names)


def test_a_damaged_file_is_named(names: Path) -> None:
    path = sorted((names / "outputs").glob("*.json"))[0]
    path.write_text(path.read_text()[:-20])
    with pytest.raises(OutputError, match=rf"{path.name} cannot be read"):
        by_sentence(names)


def test_a_metric_that_no_sentence_has_is_refused(make: Any, lay: Lay, capsys: pytest.CaptureFixture[str]) -> None:
    folder = lay([make(cell=cell) for cell in ("gru", "lstm")])
    assert main([str(folder), "--by-sentence"]) == 2
    assert "test.nats_per_char cannot be compared by sentence" in capsys.readouterr().err


@pytest.fixture
def translated(make: Any, lay: Lay) -> Path:
    """gru translates the test as it should, the baseline elman loses a word of each line."""
    references = [f"Line {row} of {row * row % 7}, and {row % 5} words." for row in range(40)]
    folder = lay([])
    for cell in ("elman", "gru"):
        lines = [line.replace(" and", "") for line in references] if cell == "elman" else references
        run = make(cell=cell, report=REPORT)
        tokens = partial(tokens_of, lowercase=False)
        outputs, rights = list(map(tokens, lines)), [[tokens(line)] for line in references]
        output_files.write(folder, run.run_id, Scored("test", "13a", outputs, rights))
        value = BleuSums.of(lines, [[line] for line in references], lowercase=False).metric().value
        record.write(scored(run, "bleu", value), folder)
    return folder


def test_bleu_is_tested_by_sacrebleu(translated: Path) -> None:
    (table,) = by_sentence(translated)
    base, bleu, difference, bootstrap, randomisation = table.rows[0].cells[2:]
    assert bleu.value == pytest.approx(100.0)
    assert difference.value == pytest.approx(100.0 - float(str(base.value)))
    assert difference.low is not None and difference.low > 10
    assert bootstrap.value == pytest.approx(1 / 1001) and randomisation.value == pytest.approx(1 / 10_001)
    assert "sacrebleu's paired bootstrap" in "\n".join(table.caption)


def test_what_is_published_compares_as_what_was_run(translated: Path, tmp_path: Path) -> None:
    published = reference.publish(translated, tmp_path / "reference")
    assert not list(published.rglob("*.json"))
    assert [row.cells for row in by_sentence(published)[0].rows] == [row.cells for row in by_sentence(translated)[0].rows]
