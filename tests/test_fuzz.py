"""A small share of `benchmarks/fuzz.py`: each reader of files and the command, spoiled in ways drawn by the seed."""

from random import Random

import fuzz
import fuzz_words
import pytest
from fuzz_changes import SAME
from fuzz_formats import ACCENTED, FORMATS, readers

SHARE = 3
SEED = 1


def one_of_each_form():
    """A reader for every form of files: data sets that one reader reads in one way differ in nothing here."""
    found = {}
    for reader in readers():
        found.setdefault((reader.node["_target_"], reader.format.name), reader)
    return list(found.values())


def test_every_form_is_read_by_a_data_set():
    assert {reader.node["_target_"] for reader in readers()} == set(FORMATS)


@pytest.mark.parametrize("reader", one_of_each_form(), ids=str)
def test_spoiled_files_are_read_as_clean_ones_or_told_or_refused(reader):
    rng = Random(f"{SEED} {reader}")
    rows = reader.format.draw(rng, ACCENTED)
    clean = fuzz.clean_reading(reader, rows)
    assert clean.verdict == fuzz.READ, clean.shown
    for stage, change in rng.sample(list(fuzz.stages(reader)), SHARE):
        one = fuzz.spoiled(rng, reader, rows, change, stage)
        if one is not None:
            outcome = fuzz.judged(clean, fuzz.read(reader, one.files, one.blobs), one.owes)
            assert outcome.verdict not in fuzz.FINDINGS, f"{change.name}: {outcome.verdict}: {outcome.shown}"


def test_what_is_misread_without_a_word_is_found():
    """The judge itself: other data, the same notes."""
    clean = fuzz.Outcome(fuzz.READ, "", "a", frozenset({"note"}))
    assert fuzz.judged(clean, fuzz.Outcome(fuzz.READ, "", "b", frozenset({"note"})), SAME).verdict == fuzz.SILENT
    assert fuzz.judged(clean, fuzz.Outcome(fuzz.READ, "", "b", frozenset({"note", "more"})), SAME).verdict == fuzz.NOTED
    assert fuzz.judged(clean, fuzz.Outcome(fuzz.READ, "", "a", frozenset({"note"})), SAME).verdict == fuzz.EQUAL


def test_awkward_words_are_taken_as_typed_or_refused_by_name():
    wrong = [found for found in fuzz.words_tried(40, SEED) if found[2].verdict in fuzz.FINDINGS]
    assert wrong == []


def test_a_word_that_changes_nothing_is_found():
    assert fuzz_words._held("seed=3", fuzz_words.check_word("seed=3"), {"seed": 0})[0] == fuzz_words.DROPPED
