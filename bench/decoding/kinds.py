"""What a strategy decodes; its class says which (`decodes`)."""

from enum import StrEnum


class Decoded(StrEnum):
    """The values are for people."""

    TEXT = "text, symbol after symbol"
    TAGS = "the tags of a sentence at once"
    TAGS_IN_ORDER = "the tags of a sentence one after the other"  # of a net that reads those that it has found
