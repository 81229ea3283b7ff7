"""What a refusal offers in place of what was given."""

import re
from collections.abc import Callable

from bench.errors import ConfigError


def offered(check: Callable[[], None], sentence: str, *, between: str) -> list[str] | None:
    """What the refusal of `check`, which must read as `sentence`, lists in its group; None where it refuses nothing."""
    try:
        check()
    except ConfigError as refusal:
        match = re.fullmatch(sentence, str(refusal))
        assert match, refusal
        return match[1].split(between)
    return None
