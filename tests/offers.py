"""What a refusal offers in place of what was given."""

import re
from collections.abc import Callable

from bench.errors import ConfigError


def offered(check: Callable[[], None], said: str, *, between: str) -> list[str] | None:
    """What the refusal of `check`, which must read as `said`, lists in its group; None where it refuses nothing."""
    try:
        check()
    except ConfigError as refusal:
        found = re.fullmatch(said, str(refusal))
        assert found, refusal
        return found[1].split(between)
    return None
