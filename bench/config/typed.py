"""Overrides as they were typed: what Hydra cannot read, or reads as something else than was meant, is refused before."""

import re
from collections.abc import Sequence
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException

from bench.config.keys import advice_for, list_above
from bench.config.schema import folder
from bench.errors import ConfigError
from bench.moved import launcher_key_of_today

NAMED = ("task", "data", "cell", "net", "decode", "launcher", "track")
"""Nodes with a `name`, which says what was chosen and chooses nothing."""

OF_SWEEPS = ("sweep.rows", "sweep.seeds", "sweep.tune")
"""What says which jobs there are: one run has none of it."""


def check_words(words: Sequence[str]) -> None:
    """Raises ConfigError, one sentence, for the first override that cannot mean what it says."""
    searches = any(re.match(r"\+*(search|hydra/sweeper)=", word) for word in words)
    parsed = [check_word(word, searches=searches) for word in words]
    for place, override in enumerate(parsed):
        others = [other for other in parsed[:place] if other.key_or_group == override.key_or_group]
        twice_added = override.is_add() and any(other.is_add() for other in others)
        if others and (twice_added or any(other.is_sweep_override() for other in others)):
            raise ConfigError(
                f"{others[0].input_line} and {override.input_line} are refused together: give one of them, or all "
                f"values in one word, {override.key_or_group}=A,B."
            )
    chosen = {override.key_or_group: override.input_line for override in parsed if not override.is_delete()}
    for override in parsed:
        if override.is_delete() and (other := chosen.get(override.key_or_group)):
            raise ConfigError(f"{other} and {override.input_line} are refused together: leave one of them out.")


def check_single(words: Sequence[str]) -> None:
    """Raises ConfigError for a word that only a sweep reads, in the command of one run."""
    for word in words:
        key = word.lstrip("+~").partition("=")[0]
        if key in OF_SWEEPS or key.startswith(tuple(f"{name}." for name in OF_SWEEPS)):
            raise ConfigError(f"{word} is refused: {key} says which jobs a sweep runs, and this is one run; add -m.")


def check_word(word: str, *, searches: bool = False) -> Override:
    """The override, parsed. `searches`: a sweeper that proposes values reads it too."""
    override = _parsed(word)
    if not override.key_or_group:
        raise ConfigError(_unreadable(word))
    key, value = override.key_or_group, override._value
    if current := launcher_key_of_today(key):
        example = "slurm, ray, submitit or processes" if current == "launcher" else _text(value) or "VALUE"
        raise ConfigError(f"{word} is refused: jobs go to a cluster without Hydra's launchers; give {current}={example}.")
    if override.is_interval_sweep() and not searches:
        raise ConfigError(f"{word} is refused: intervals are for +search=; give values, such as {key}=0.001,0.01 with -m.")
    if override.is_range_sweep() and next(override.sweep_iterator(), None) is None:
        raise ConfigError(no_value(word))
    if (whole := list_above(key)) and not re.fullmatch(r"\d+", key.removeprefix(f"{whole}.")):
        raise ConfigError(f"{word} is refused: {whole} is a list, of which no part has a name; {advice_for(whole)}.")
    if override.is_delete():
        if key in groups() and isinstance(value, list | dict):
            raise ConfigError(f"{word} is refused: give ~{key}, or ~{key}=NAME for one choice of it.")
        return override
    dotted = [str(inner) for inner in value if "." in str(inner)] if isinstance(value, dict) else []
    if dotted and key == "sweep.baseline":
        raise ConfigError(f"{word} is refused: a row with a dotted key is given in the yaml of a sweep, under {key}.")
    if dotted and not override.is_add():
        raise ConfigError(f"{word} is refused: {dotted[0]} has a dot, which is a key of its own in +{word}; give that.")
    if key in groups():
        _check_choice(word, key, value)
    node, _, last = key.rpartition(".")
    if last == "name" and node in NAMED:
        group = "model" if node == "net" else node
        raise ConfigError(
            f"{word} is refused: the name says what was chosen and chooses nothing; give {group}={_text(value) or 'NAME'}."
        )
    return override


def no_value(word: str) -> str:
    """The refusal of an override that leaves a sweep without a job."""
    return f"{word} names no value, so that there is no job: give at least one, such as {word.partition('=')[0]}=VALUE."


def groups() -> list[str]:
    """The groups of conf/."""
    return sorted(path.name for path in folder().iterdir() if path.is_dir())


def _check_choice(word: str, group: str, value: Any) -> None:
    """A group is chosen by one name."""
    if isinstance(value, list):
        several = ",".join(map(_text, value))
        first = _text(value[0]) if value else "NAME"
        if group in ("sweep", "search", "scale", "full"):
            raise ConfigError(f"{word} is refused: {group} takes one choice; give +{group}={first}.")
        raise ConfigError(f"{word} is refused: {group} takes one choice; give {group}={several} with -m for one job each.")
    if not (value is None or isinstance(value, int | float | dict) or _text(value) == "" or "${" in _text(value)):
        return
    if value is None and group == "model":  # its default: the model is the task's
        return
    options = sorted(path.stem for path in (folder() / group).glob("*.yaml") if path.stem[0] != "_")
    keys = f", or its keys, such as {group}.KEY=VALUE" if isinstance(value, dict) else ""
    raise ConfigError(f"{word} is refused: give {group}=NAME, one of {', '.join(options)}{keys}.")


def _text(value: Any) -> str:
    if value is None:
        return "NAME"
    return str(getattr(value, "text", value))


def _parsed(word: str) -> Override:
    try:
        (override,) = OverridesParser.create().parse_overrides([word])
    except HydraException as error:
        raise ConfigError(_unreadable(word)) from error
    return override


def _unreadable(word: str) -> str:
    """Which override cannot be read, and how it is typed so that it can."""
    key, equals, value = word.partition("=")
    if not equals or not key:
        return f"{word!r} is no override: give KEY=VALUE, such as seed=1."
    if not re.fullmatch(r"[+~]*[\w@:/.\-$]+", key, re.ASCII):
        return f"{word!r} is refused: {key!r} cannot be a key; give KEY=VALUE, such as seed=1."
    if value and not value.strip(","):
        return f"{word!r} cannot be read: a comma that is the value goes in quotes, {_in_quotes(word)}."
    if value.endswith(","):
        return f"{word!r} ends in a comma: write several values without blanks between them, such as {key}={value}..."
    if value[:1] in "[{(" or value[-1:] in "]})" or "'" in value or '"' in value:
        return (
            f"{word!r} cannot be read: close every bracket and quote; text with other signs goes in quotes, {_in_quotes(word)}."
        )
    return f"{word!r} cannot be read: put the value in quotes, {_in_quotes(word)}."


def _in_quotes(word: str) -> str:
    """The override with its value in quotes for Hydra, and the whole in quotes for the shell."""
    key, _, value = word.partition("=")
    bare = value.strip("'\"").replace("'", "\\'")
    return f"\"{key}='{bare}'\""
