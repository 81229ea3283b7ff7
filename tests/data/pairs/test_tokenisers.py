import json
import random
import subprocess
import sys

import pytest

from bench.data.batches.vocabulary import UNKNOWN
from bench.data.pairs.pair_text import PairText, fit_pairs
from bench.data.pairs.settings import TextSettings
from bench.data.pairs.subwords import LONGEST, Merges, learn, pieces
from bench.data.pairs.tokenisers import restore
from bench.data.pairs.tokens import END, START
from bench.errors import DataError

HINDI, HEBREW, COMBINED = (
    "\u0939\u093f\u0928\u094d\u0926\u0940",
    "\u05e9\u05b8\u05dc\u05d5\u05b9\u05dd \u05e2\u05d5\u05dc\u05dd",
    "e\u0301 \u00e9 a\u0300\u0323",
)
ODD = [HINDI, HEBREW, COMBINED, "a\u2028b", "  two  spaces ", "tab\tand \u202fnarrow", "\U0001f600 </s> <s>", "a.b-c'd"]
DEFAULTS = {
    "level": "words",
    "target_level": None,
    "lowercase": False,
    "min_frequency": 1,
    "subwords": 300,
    "joint": False,
    "unknown": "unk",
    "max_length": None,
}


def settings(**changes):
    return TextSettings(**DEFAULTS | changes)


def fitted(sources, targets, languages=("de", "en"), **changes):
    return fit_pairs(((languages[0], sources), (languages[1], targets)), settings(**changes))


@pytest.mark.parametrize("level", ["characters", "subwords"])
@pytest.mark.parametrize("line", ODD)
def test_lines_come_back_byte_for_byte(level, line):
    text, *_ = fitted(ODD, ["a"], level=level)
    ids = text.source.encode(line)
    assert UNKNOWN not in ids and END not in ids and START not in ids
    assert text.source.decode(ids).encode() == line.encode()


@pytest.mark.parametrize("level", ["words", "characters", "symbols", "subwords"])
@pytest.mark.parametrize("lowercase", [True, False])
def test_a_line_is_spelled_as_it_would_be_decoded(level, lowercase):
    lines = ["A dog runs .", "It's 5 % of Two men, Talking !", "p AH0 T"]
    text = fitted(lines, lines, level=level, lowercase=lowercase)[0].target
    for line in lines:
        assert text.spelled(line) == text.decode(text.encode(line))
        assert text.spelled(line) == text.spelled(text.spelled(line))


def test_subwords_write_what_training_has_not_seen():
    text, *_ = fitted(["abab abab"] * 9, ["a"], level="subwords")
    assert text.source.decode(text.source.encode(HEBREW)) == HEBREW
    assert len(text.source.encode("abab")) < 4


def test_subwords_keep_their_size_and_merge_no_rare_pairs():
    lines = ["the cat sat on the mat"] * 3 + ["zyzzyva quixotic"]
    text, *_ = fitted(lines, lines, level="subwords", subwords=270, min_frequency=2)
    assert len(text.source) <= 270 + 3
    names = text.source.names(range(3, len(text.source)))
    assert " the" in names and not any("qu" in name for name in names)


def test_words_are_detokenised():
    line = "Well, it's a man's dog (a big one)."
    text, *_ = fitted([line], [line], languages=("en", "en"))
    assert text.target.names(text.target.encode("dog, man")) == ["dog", ",", "man"]
    assert text.target.decode(text.target.encode(line)) == line


def test_three_letter_codes_use_the_rules_of_the_language():
    line = "l'eau d'or"
    for code in ("fr", "fra"):
        text, *_ = fitted([line], [line], languages=(code, "en"))
        assert text.source.names(text.source.encode(line)) == ["l'", "eau", "d'", "or"]


def test_an_unknown_word_is_left_out_or_reads_as_what_is_given_for_it():
    text, *_ = fitted(["a b"], ["a b"], unknown="oov")
    ids = text.target.encode("a zebra b")
    assert ids.count(UNKNOWN) == 1
    assert text.target.decode(ids) == text.target.decode(ids, [None]) == "a b"
    assert text.target.decode(ids, ["zebra"]) == "a zebra b"
    assert text.target.decode([UNKNOWN, *ids, UNKNOWN], ["x", None, "y"]) == "x a b y"
    assert text.target.names([START, *ids, END]) == ["<s>", "a", "oov", "b", "</s>"]


def test_lower_case_is_on_both_sides_of_training_and_reading():
    text, sources, _ = fitted(["Ein Haus"], ["A House"], lowercase=True)
    assert text.source.encode("EIN haus") == sources[0]
    assert text.source.decode(sources[0]) == "ein haus"


@pytest.mark.parametrize("level", ["words", "characters", "subwords", "symbols"])
def test_joint_sides_share_their_numbers(level):
    sources, targets = ["hund katze katze"], ["dog cat hund"]
    text, source_ids, target_ids = fitted(sources, targets, level=level, joint=True)
    assert len(text.source) == len(text.target)
    assert text.source.encode("hund") == text.target.encode("hund")
    assert (source_ids, target_ids) == ([text.source.encode(sources[0])], [text.target.encode(targets[0])])
    apart = fitted(sources, targets, level=level)[0]
    assert apart.source.plain()["tokens"] != apart.target.plain()["tokens"]


@pytest.mark.parametrize("level", ["words", "characters", "subwords", "symbols"])
def test_the_plain_form_is_json_that_reads_and_writes_the_same(level):
    lines = ["Ein Mann, der l\u00e4uft.", "Zwei M\u00e4nner"]
    text, *_ = fitted(lines, lines[::-1], level=level, max_length=4, lowercase=True)
    again = PairText.of(json.loads(json.dumps(text.plain())))
    assert again.plain() == text.plain() and again.sha256 == text.sha256
    for line in [*lines, "ganz neu!"]:
        assert again.encode_source(line) == text.encode_source(line)
        assert again.target.decode(again.target.encode(line)) == text.target.decode(text.target.encode(line))


def test_the_sha_notices_every_setting_that_changes_numbers():
    lines = ["a b a b", "c"]
    every = [
        fitted(lines, lines, **changes)[0].sha256
        for changes in (
            {},
            {"min_frequency": 2},
            {"level": "symbols"},
            {"unknown": "oov"},
            {"max_length": 3},
            {"lowercase": True},
        )
    ]
    assert len(set(every)) == len(every)


def test_learning_subwords_does_not_depend_on_the_process():
    lines = [" ".join(f"{a}{b}{c}" for c in "xyz") for a in "abcdef" for b in "ghijkl"]
    program = f"from bench.data.pairs.subwords import learn\nprint(learn({lines}, size=320, min_frequency=1).merges)"
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True).stdout
    assert printed.strip() == str(learn(lines, size=320, min_frequency=1).merges)


def test_a_source_is_cut_and_ends():
    text, *_ = fitted(["a b c d"], ["a"], max_length=2)
    assert text.encode_source("a b c d") == ([*text.source.encode("a b"), END], 2)
    assert text.encode_source("   ") == ([END], 0)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"level": "letters"}, r"data\.text\.level=letters is unknown: give one of words, characters"),
        ({"target_level": "x"}, r"data\.text\.target_level=x"),
        ({"min_frequency": 0}, r"data\.text\.min_frequency=0 is out of range: .* at least 1"),
        ({"max_length": 0}, r"data\.text\.max_length=0"),
        ({"subwords": 256}, r"data\.text\.subwords=256 is out of range: .* at least 257"),
        ({"unknown": "<unk>"}, r"data\.text\.unknown='<unk>' is not one plain token"),
        ({"joint": True, "target_level": "characters"}, r"data\.text\.joint=true needs one level"),
    ],
)
def test_wrong_settings_are_one_sentence(changes, words):
    with pytest.raises(DataError, match=words) as caught:
        settings(**changes)
    assert "\n" not in str(caught.value)


def test_a_long_run_without_blanks_is_learnt_in_pieces_so_that_the_work_grows_with_the_text_alone():
    """A merge looks through every word that has its pair: no word may be longer than a bound."""
    import regex

    line = "".join(random.Random(0).choices("abcdefgh", k=20_000))
    for text in (line, f"a {line}", " " * 20_000 + "a", "1" * 20_000, "-" * 20_000):
        merges = learn([text], size=400, min_frequency=2)
        words = [match.group() for match in regex.finditer(pieces(merges.longest), text)]
        assert max(map(len, words)) <= LONGEST + 1 and "".join(words) == text
        assert merges.decode(merges.encode(text)) == text
        again = Merges.of(json.loads(json.dumps(merges.plain())))
        assert again.encode(text) == merges.encode(text)


def test_text_without_long_runs_is_learnt_as_ever():
    lines = ["the cat sat on the mat"] * 30  # longer than the bound in all, but not in one run
    merges = learn([" ".join(lines)], size=300, min_frequency=2)
    assert merges.longest is None and "longest" not in merges.plain()


def test_words_with_joiners_are_written_back_and_without_by_rules():
    line = "«Bonjour» , dit-il (a/b) : l\u2019eau."
    with_joiners, without = (fitted([line], [line], languages=("en", "fr"), joiners=on)[0].target for on in (True, False))
    assert with_joiners.spelled(line) == line == with_joiners.decode(with_joiners.encode(line))
    assert without.spelled(line) != line
    again = restore(json.loads(json.dumps(with_joiners.plain())))
    assert again.encode(line) == with_joiners.encode(line) and again.spelled(line) == line
    assert "joiners" not in without.plain()  # what older checkpoints say
