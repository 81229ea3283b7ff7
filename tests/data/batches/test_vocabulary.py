from bench.data.batches.vocabulary import UNKNOWN, CharacterVocabulary


def test_round_trip_beyond_the_basic_plane():
    text = "Zürich 東京 \U0001f600\r\n\u2028e\u0301"
    vocabulary = CharacterVocabulary.of(text)
    numbers, unknown = vocabulary.encode(text)
    assert unknown == 0
    assert vocabulary.decode(numbers.tolist()) == text
    assert len(vocabulary) == len(set(text)) + 1


def test_unseen_characters_are_counted_and_become_the_one_unknown_symbol():
    vocabulary = CharacterVocabulary.of("bcd")
    numbers, unknown = vocabulary.encode("abzd~")
    assert numbers.tolist() == [UNKNOWN, 1, UNKNOWN, 3, UNKNOWN]
    assert unknown == 3
