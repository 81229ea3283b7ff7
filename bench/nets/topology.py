"""What flows from a task into a net: a task is of one topology, a net is for one or several."""

from enum import StrEnum


class Topology(StrEnum):
    """The values are for people."""

    NEXT_TOKEN = "the next token"  # of a text, from those before
    EACH_STEP = "a label each step"
    NEXT_FRAME = "the next frame"  # of keys, from those before
    TAGGED_WORDS = "tags of words"  # which the net reads with their characters
    ONE_ANSWER = "one answer a sequence"  # a class, or a few numbers
    FORECAST = "the next steps of series"
    TEXT = "text out of nothing"
    VECTOR_TO_TEXT = "vector to text"
    SEQUENCE_TO_TEXT = "sequence to text"  # of another length
