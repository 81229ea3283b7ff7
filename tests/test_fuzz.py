"""A small share of `benchmarks/py`: each reader of files and the command, spoiled in ways drawn by the seed."""

from random import Random

import fuzz
import pytest
from fuzzing import command
from fuzzing.change import SAME
from fuzzing.forms import ACCENTED
from fuzzing.readers import FORMATS, readers
from fuzzing.reading import EQUAL, FINDINGS, NOTED, READ, SILENT, Outcome, clean_reading, judged, read
from fuzzing.spoiling import spoiled, stages

from bench.config.typed import check_word

SHARE = 2
SEED = 1


def one_of_each_form():
    """A reader for every form of files: data sets that one reader reads in one way differ in nothing here."""
    by_form = {}
    for reader in readers():
        by_form.setdefault((reader.node["_target_"], reader.format.name), reader)
    return list(by_form.values())


def test_every_form_is_read_by_a_data_set():
    assert {reader.node["_target_"] for reader in readers()} == set(FORMATS)


@pytest.mark.parametrize("reader", one_of_each_form(), ids=str)
def test_spoiled_files_are_read_as_clean_ones_or_told_or_refused(reader):
    rng = Random(f"{SEED} {reader}")
    rows = reader.format.draw(rng, ACCENTED)
    clean = clean_reading(reader, rows)
    if "which is not installed" in clean.shown:
        pytest.skip(clean.shown)
    assert clean.verdict == READ, clean.shown
    for stage, change in rng.sample(list(stages(reader)), SHARE):
        spoilt = spoiled(rng, reader, rows, change, stage)
        if spoilt is not None:
            outcome = judged(clean, read(reader, spoilt.files, spoilt.blobs), spoilt.owes)
            assert outcome.verdict not in FINDINGS, f"{change.name}: {outcome.verdict}: {outcome.shown}"


def test_what_is_misread_without_a_word_is_found():
    """The judge itself: other data, the same notes."""
    clean = Outcome(READ, "", "a", frozenset({"note"}))
    assert judged(clean, Outcome(READ, "", "b", frozenset({"note"})), SAME).verdict == SILENT
    assert judged(clean, Outcome(READ, "", "b", frozenset({"note", "more"})), SAME).verdict == NOTED
    assert judged(clean, Outcome(READ, "", "a", frozenset({"note"})), SAME).verdict == EQUAL


def test_awkward_words_are_taken_as_typed_or_refused_by_name():
    wrong = [tried for tried in fuzz.words_tried(15, SEED) if tried[2].verdict in FINDINGS]
    assert wrong == []


def test_a_word_that_changes_nothing_is_found():
    assert command.held("seed=3", check_word("seed=3"), {"seed": 0})[0] == command.DROPPED
