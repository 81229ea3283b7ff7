from itertools import pairwise, product

import pytest

from bench.data.tags.schemes import SCHEMES, Span, allowed, convert, detect, ill_formed, is_tag, spans, tags_of, written

ALL = {scheme: tags_of(("X", "Y"), scheme) for scheme in SCHEMES}


def test_the_spans_of_each_scheme():
    expected = [Span("PER", 0, 2), Span("PER", 2, 3), Span("LOC", 4, 5), Span("ORG", 5, 8)]
    for scheme, tags in {
        "IOB1": "I-PER I-PER B-PER O I-LOC I-ORG I-ORG I-ORG",
        "IOB2": "B-PER I-PER B-PER O B-LOC B-ORG I-ORG I-ORG",
        "BIOES": "B-PER E-PER S-PER O S-LOC B-ORG I-ORG E-ORG",
    }.items():
        assert spans(tags.split()) == expected
        assert written(expected, 8, scheme) == tuple(tags.split())
        assert ill_formed(tags.split(), scheme) == 0


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("O I-X I-X", [("X", 1, 3)]),
        ("I-X", [("X", 0, 1)]),
        ("B-X I-Y I-Y", [("X", 0, 1), ("Y", 1, 3)]),
        ("B-X B-X", [("X", 0, 1), ("X", 1, 2)]),
        ("E-X E-X", [("X", 0, 1), ("X", 1, 2)]),
        ("E-X I-X O", [("X", 0, 1), ("X", 1, 2)]),
        ("B-X S-X I-X", [("X", 0, 1), ("X", 1, 2), ("X", 2, 3)]),
        ("B-X I-X O I-X", [("X", 0, 2), ("X", 3, 4)]),
        ("B-X E-Y", [("X", 0, 1), ("Y", 1, 2)]),
        ("B I O B", [("", 0, 2), ("", 3, 4)]),
        ("B-creative-work I-creative-work", [("creative-work", 0, 2)]),
        ("", []),
    ],
)
def test_ill_formed_tags_are_read_as_conlleval_does(tags, expected):
    assert spans(tags.split()) == expected


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_sequence_keeps_its_spans_and_becomes_well_formed(scheme):
    for source in SCHEMES:
        for length in range(4):
            for tags in product(ALL[source], repeat=length):
                converted = convert(tags, scheme)
                assert spans(converted) == spans(tags)
                assert ill_formed(converted, scheme) == 0
                if ill_formed(tags, scheme) == 0 and source == scheme:
                    assert converted == tags


@pytest.mark.parametrize("scheme", SCHEMES)
def test_allowed_says_the_same_as_ill_formed_for_every_sequence(scheme):
    tags = ALL[scheme]
    start, end, matrix = allowed(tags, scheme)
    for row in product(range(len(tags)), repeat=3):
        breaks = (not start[row[0]]) + (not end[row[2]]) + sum(not matrix[a][b] for a, b in pairwise(row))
        assert breaks == ill_formed([tags[index] for index in row], scheme)


def test_what_may_follow_what_in_iob2_and_bioes():
    start, end, matrix = allowed(["O", "B-X", "I-X", "B-Y", "I-Y"], "IOB2")
    assert start == [True, True, False, True, False] and all(end)
    assert matrix[0] == start and matrix[1] == matrix[2] == [True, True, True, True, False]
    start, end, matrix = allowed(["O", "B-X", "I-X", "E-X", "S-X", "E-Y"], "BIOES")
    assert start == [True, True, False, False, True, False]
    assert end == [True, False, False, True, True, True]
    assert matrix[1] == matrix[2] == [False, False, True, True, False, False]
    assert matrix[0] == matrix[3] == matrix[4] == start


def test_an_inside_after_outside_is_counted():
    tags = ["O", "I-X", "I-X", "O", "I-X"]
    assert ill_formed(tags, "IOB2") == 2 and ill_formed(tags, "IOB1") == 0
    assert ill_formed(["O", "B-X"], "IOB1") == 1
    assert ill_formed(["B-X", "I-X"], "BIOES") == 1


@pytest.mark.parametrize(
    ("sentences", "scheme"),
    [
        (["O I-X B-X", "I-X O"], "IOB1"),
        (["I-X O", "B-X I-X"], "IOB2"),
        (["B-X I-X O"], "IOB2"),
        (["O O"], "IOB2"),
        (["B-X I-X", "S-X"], "BIOES"),
        (["I-X O", "B-X E-X"], "BIOES"),
    ],
)
def test_the_scheme_is_found_out(sentences, scheme):
    assert detect([tags.split() for tags in sentences]) == scheme


def test_what_is_a_tag():
    assert all(map(is_tag, ("O", "B-PER", "I", "S-x-y", "E-creative-work")))
    assert not any(map(is_tag, ("", "B-", "o", "PER", "L-PER", "B_PER", "O-PER", "B-P R", "I-NP\r")))


def test_the_list_of_tags_is_closed_and_starts_outside():
    assert tags_of({"Y", "X"}, "IOB2") == ("O", "B-X", "I-X", "B-Y", "I-Y")
    assert len(tags_of("abc", "BIOES")) == 13
