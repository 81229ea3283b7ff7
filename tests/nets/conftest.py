"""Sentences for the nets that read words."""

from collections.abc import Callable, Sequence

import pytest
import torch
from torch.nn.utils.rnn import pad_sequence

from bench.data.tags.sentences import TagBatch
from bench.nets.parts.inventory import Inventory

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
KNOWN = ["the", "cat", "saw", "Rome", "Anna", "in", "may", "incomprehensible"]
TAGS = 3


@pytest.fixture(autouse=True)
def one_thread_and_seed() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)


def make(*sentences: str, padding: int = 0) -> TagBatch:
    """A batch of these sentences, words separated by spaces; random tags; `padding` further steps and characters."""
    rows = [sentence.split() for sentence in sentences]
    distinct = sorted({word for row in rows for word in row})
    lengths_B = torch.tensor([len(row) for row in rows])

    def numbers(of: Callable[[str], int], texts: Sequence[Sequence[str]]) -> torch.Tensor:
        filled = pad_sequence([torch.tensor([of(symbol) for symbol in text]) for text in texts], batch_first=True)
        return torch.nn.functional.pad(filled, (0, padding))

    words_BT = numbers(lambda word: KNOWN.index(word) + 1 if word in KNOWN else 0, rows)
    return TagBatch(
        words_BT=words_BT,
        beyond_BT=torch.zeros_like(words_BT),
        shapes_BT=numbers(lambda word: int(word[0].isupper()), rows),
        word_index_BT=numbers(distinct.index, rows),
        characters_UC=numbers(lambda letter: LETTERS.index(letter) + 1, distinct),
        character_lengths_U=torch.tensor([len(word) for word in distinct]),
        targets_BT=torch.randint(TAGS, words_BT.shape),
        lengths_B=lengths_B,
        index_B=torch.arange(len(rows)),
        tokens=int(lengths_B.sum()),
    )


@pytest.fixture
def make_batch() -> Callable[..., TagBatch]:
    return make


@pytest.fixture
def inventory() -> Inventory:
    """O, B, I: I follows B and I alone."""
    legal = ([True, True, False], [True, True, True], [[True, True, False], [True, True, True], [True, True, True]])
    return Inventory(words=KNOWN, beyond=(), characters=LETTERS, shapes=2, tags=TAGS, allowed=legal, logistic=False)
