from bench.data.batches.vocabulary import UNKNOWN
from bench.data.pairs.tokens import END, FIRST, START, TokenVocabulary


def test_the_numbers_that_every_decoder_relies_on():
    assert (UNKNOWN, START, END, FIRST) == (0, 1, 2, 3)


def test_frequent_tokens_come_first_and_rare_ones_are_unknown():
    vocabulary = TokenVocabulary.of([list("cbaa"), list("bad"), ["b"]], min_frequency=2)
    assert vocabulary.tokens == ("a", "b")
    assert len(vocabulary) == 5
    assert vocabulary.encode(["b", "c", "a", "never"]) == [4, UNKNOWN, 3, UNKNOWN]


def test_marks_are_no_text_and_text_is_no_mark():
    vocabulary = TokenVocabulary.of([["</s>", "<s>", "a"]], min_frequency=1)
    assert min(vocabulary.encode(["</s>", "<s>", "a"])) >= FIRST
    assert vocabulary.decode([START, 3, UNKNOWN, END], unknown="unk") == ["</s>", "unk"]
