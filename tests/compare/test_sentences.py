"""`--by-sentence`: the files beside the records give the records' scores back, and the tests see what they should."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench import record
from bench.build import build
from bench.compare.__main__ import main
from bench.compare.sentences import by_sentence
from bench.metrics.bleu import BleuSums
from bench.metrics.conlleval import conlleval_text
from bench.metrics.entities import entity_counts, entity_metrics, name_word_counts, name_word_metrics
from bench.record import Record
from bench.tables import TableError

Lay = Callable[..., Path]
GOLD = [["B-PER", "I-PER", "O"], ["O", "B-LOC"], ["B-ORG"], ["O", "O"]] * 20
REPORT = {"title": "Names", "baseline": {"cell.name": "elman"}}


def scored(made: Record, name: str, value: float) -> Record:
    entry = {"value": value, "unit": "%", "better": "higher", "count": 60, "signature": None}
    return replace(made, metrics={"validation": {name: entry}, "test": {name: entry}})


def wrong_at(rows: list[list[str]], every: int) -> list[list[str]]:
    """The first tag of each so-manieth sentence is read as another."""
    return [["O" if row[0] != "O" else "B-LOC", *row[1:]] if at % every == 0 else row for at, row in enumerate(rows)]


def tagged(folder: Path, made: Record, predicted: list[list[str]], gold: list[list[str]]) -> Record:
    words = [["word"] * len(row) for row in gold]
    (folder / "samples").mkdir(parents=True, exist_ok=True)
    (folder / "samples" / f"{made.run_id}.conll").write_text(conlleval_text(words, gold, predicted))
    if gold[0][0] in "01":
        truths, guesses = ([[tag == "1" for tag in row] for row in side] for side in (gold, predicted))
        return scored(made, "word_f1", name_word_metrics(name_word_counts(guesses, truths))["word_f1"].value)
    return scored(made, "entity_f1", entity_metrics(entity_counts(predicted, gold, ["LOC", "ORG", "PER"]))["entity_f1"].value)


@pytest.fixture
def names(make: Any, lay: Lay) -> Path:
    """A baseline that is wrong in each third sentence, gru in each twentieth, lstm just as the baseline; two seeds."""
    folder = lay([])
    every = {"elman": 3, "gru": 20, "lstm": 3}
    for cell, step in every.items():
        for seed in (0, 1):
            made = tagged(folder, make(cell=cell, seed=seed, report=REPORT), wrong_at(GOLD, step + seed), GOLD)
            record.write(made, folder)
    return folder


def test_names_are_told_apart_by_sentence(names: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (table,) = by_sentence(names, None)
    rows = {(row.cells[0].text, row.cells[1].text): row.cells for row in table.rows}
    assert set(rows) == {("gru", "0"), ("gru", "1"), ("lstm", "0"), ("lstm", "1")}
    difference, p_randomisation = rows["gru", "0"][4], rows["gru", "0"][6]
    assert difference.low is not None and difference.low > 0 and difference.text.endswith("*")
    assert p_randomisation.value < 0.01
    same = rows["lstm", "1"]
    assert (same[4].low, same[4].value, same[4].high) == (0.0, 0.0, 0.0) and same[6].value == 1.0
    assert main([str(names), "--by-sentence"]) == 0
    told = capsys.readouterr().out
    assert "Sentences are resampled, seeds are not" in told and f"over {len(GOLD)} sentences." in told


def test_two_classes_are_counted_by_word(make: Any, lay: Lay) -> None:
    folder, gold = lay([]), [["1", "0", "1"], ["0"], ["1", "1"]] * 10
    for cell, off in (("elman", 4), ("gru", 15)):
        predicted = [["0", *row[1:]] if at % off == 0 else row for at, row in enumerate(gold)]
        record.write(tagged(folder, make(cell=cell, report=REPORT), predicted, gold), folder)
    (table,) = by_sentence(folder, None)
    assert table.rows[0].cells[4].value == pytest.approx(float(str(table.rows[0].cells[3].value)) - _of(table, 2))


def _of(table: Any, place: int) -> float:
    return float(str(table.rows[0].cells[place].value))


def test_outputs_that_are_not_there_are_counted_and_none_is_refused(names: Path) -> None:
    paths = sorted((names / "samples").glob("*.conll"))
    paths[-1].unlink()
    (table,) = by_sentence(names, None)
    assert len(table.rows) == 3
    assert "Left out, since their outputs are not in samples: 1 of 4 pairs of runs." in table.caption
    for path in paths[:2]:  # the baseline's
        path.unlink()
    with pytest.raises(TableError, match="holds the outputs of no row beside those of elman"):
        by_sentence(names, None)


def test_the_outputs_of_another_run_are_refused(names: Path) -> None:
    paths = sorted((names / "samples").glob("*.conll"))
    paths[2].write_text(paths[0].read_text())
    with pytest.raises(TableError, match="the file is of another run"):
        by_sentence(names, None)


def test_a_damaged_file_is_named(names: Path) -> None:
    path = sorted((names / "samples").glob("*.conll"))[0]
    path.write_text("word O\n" + path.read_text())
    with pytest.raises(TableError, match=rf"{path.name} has a line that is not `word gold predicted`"):
        by_sentence(names, None)


def test_a_metric_that_no_sentence_has_is_refused(make: Any, lay: Lay, capsys: pytest.CaptureFixture[str]) -> None:
    folder = lay([make(cell=cell) for cell in ("gru", "lstm")])
    assert main([str(folder), "--by-sentence"]) == 2
    assert "test.nats_per_char is not compared by sentence" in capsys.readouterr().err


LINES = {"train": 3, "validation": 40, "test": 40}


@pytest.fixture
def translated(make: Any, lay: Lay, tmp_path: Path) -> tuple[Path, Path]:
    """Results and data: gru translates the test as it should, the baseline elman loses a word of each line."""
    data = tmp_path / "data"
    data.mkdir()
    for split, count in LINES.items():
        for language in ("de", "en"):
            lines = [f"{language} line {row} of {row * row % 7} and {row % 5} words" for row in range(count)]
            (data / f"{split}.{language}").write_text("\n".join(lines) + "\n")
    node: dict[str, Any] = {
        "name": "parallel",
        "_target_": "bench.data.parallel.parallel",
        **{split: split for split in LINES},
        "source": "de",
        "target": "en",
        "text": {"level": "words", "target_level": None, "lowercase": False, "min_frequency": 1, "subwords": 8000}
        | {"joint": False, "unknown": "unk", "max_length": 250},
        "limit": None,
    }
    description = build(node, key="data", given={"name": "parallel", "folder": str(data)}).description
    references = (data / "test.en").read_text().splitlines()
    folder = lay([])
    (folder / "samples").mkdir(parents=True)
    for cell in ("elman", "gru"):
        lines = [line.replace("and ", "") for line in references] if cell == "elman" else references
        made = make(cell=cell, report=REPORT, data=description, config={"data": node})
        (folder / "samples" / f"{made.run_id}.txt").write_text("".join(f"{line}\n" for line in lines))
        value = BleuSums.of(lines, [[line] for line in references], lowercase=False).metric().value
        record.write(scored(made, "bleu", value), folder)
    return folder, data


def test_bleu_is_tested_by_sacrebleu(translated: tuple[Path, Path]) -> None:
    folder, data = translated
    (table,) = by_sentence(folder, str(data))
    base, own, difference, bootstrap, randomisation = table.rows[0].cells[2:]
    assert own.value == pytest.approx(100.0)
    assert difference.value == pytest.approx(100.0 - float(str(base.value)))
    assert difference.low is not None and difference.low > 10
    assert bootstrap.value == pytest.approx(1 / 1001) and randomisation.value == pytest.approx(1 / 10_001)
    assert "sacrebleu's paired bootstrap" in "\n".join(table.caption)


def test_references_of_other_data_are_refused(translated: tuple[Path, Path]) -> None:
    folder, data = translated
    (data / "test.en").write_text((data / "test.en").read_text().replace("and", "or"))
    with pytest.raises(TableError, match=r"data=parallel has sha256 \w{12} here and \w{12} in the records"):
        by_sentence(folder, str(data))
    with pytest.raises(ValueError, match="no file"):
        by_sentence(folder, str(data / "nowhere"))
