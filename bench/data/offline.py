"""Data sets that need no file and no network: what the running Python and installed packages bring.

Each function returns (splits, revision): the raw text of each split ("all" = to be split by position) and what it was taken
from, since another version of the package may bring other text.
"""

import platform


def pydoc_topics() -> tuple[dict[str, str], str]:
    """The language reference's topics that `help()` shows, in the order of their names; about 700,000 characters of English."""
    from pydoc_data.topics import topics

    text = "\n".join(topics[name].strip("\n") + "\n" for name in sorted(topics))
    return {"all": text}, f"pydoc_data.topics of Python {platform.python_version()}"
