"""Awkward words for the command: keys that are misspelt, values of other types, quoting, lists, letters of all kinds.

A word that is taken must be in the configuration that comes out; one that is not is refused in one sentence that names it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any

from fuzzing.reading import RAISED, REFUSED, WORDLESS
from hydra import initialize_config_dir
from hydra.errors import HydraException
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from bench.config import schema
from bench.config.compose import Composer, to_run
from bench.config.messages import sentence, stumbled
from bench.config.typed import check_single, check_word, check_words, groups
from bench.errors import Refusal

VALUES = [
    *(
        "",
        "null",
        "none",
        "None",
        "true",
        "True",
        "yes",
        "on",
        "false",
        "0",
        "1",
        "-1",
        "2",
        "1.5",
        "1e3",
        "1E-3",
        ".5",
        "1_000",
    ),
    *("0x10", "1e400", "-1e400", "inf", "-inf", "nan", "NaN", "99999999999999999999", "007", "1 ", " 1", "1,5", "1;5", "10%"),
    *(
        "[]",
        "[1]",
        "[1,2]",
        "[a,b]",
        "[[1]]",
        "[null]",
        "['a b']",
        "[1,",
        "{}",
        "{a:1}",
        "{a:{b:2}}",
        "{a.b:1}",
        "{",
        "}",
        "{a",
        "{1:2}",
    ),
    *(
        "''",
        '""',
        "'1'",
        '"1"',
        "'a b'",
        "a b",
        "'a",
        'a"',
        "\\",
        "\\'",
        "a\\,b",
        "a=b",
        "a:b",
        "a,b",
        "#a",
        "a#b",
        "!a",
        "&a",
        "*a",
        "@a",
    ),
    *(
        "ä",
        "'ä'",
        "猫",
        "'猫'",
        "🐈",
        "'🐈'",
        "٣",
        "'\u2028'",
        "'\u00a0'",
        "a\tb",
        "'a\tb'",
        "'a\nb'",
        "\u200b",
        "%s",
        "..",
        "/",
        "~",
        "~/x",
    ),
    *(
        "${seed}",
        "${nope}",
        "${oc.env:HOME}",
        "${oc.env:NOPE}",
        "${",
        "$a",
        "???",
        "'???'",
        "!!int 3",
        "2024-01-01",
        "12:30:00",
    ),
    *(
        "range(1,3)",
        "choice(1,2)",
        "interval(0,1)",
        "glob(*)",
        "glob(",
        "int(3)",
        "str(3)",
        "float(1)",
        "json_str(1)",
        "f(x)",
        "tag(1)",
    ),
    *("lstm", "gru", "char_lm", "text", "adam", "forward", "x" * 300),
]


PREFIXES = ("", "", "", "", "+", "++", "~")


TAKEN, SEVERAL, DROPPED = "taken", "several values", "dropped"


TRUE, FALSE = ("true", "yes", "on", "1", "y"), ("false", "no", "off", "0", "n")


ABSENT = object()


def flat(node: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Dotted key -> value, mappings and what is in them."""
    values: dict[str, Any] = {}
    for key, value in node.items():
        values[f"{prefix}{key}"] = value
        if isinstance(value, Mapping):
            values |= flat(value, f"{prefix}{key}.")
    return values


def misspelt(rng: Random, key: str) -> str:
    at = rng.randrange(len(key))
    return rng.choice(
        [
            key[:at] + key[at + 1 :],
            key[:at] + rng.choice("aeioux_.-") + key[at:],
            key[:at] + key[at : at + 2][::-1] + key[at + 2 :],
            key.upper(),
            key.capitalize(),
            f"{key}.x",
            f"{key}.",
            f".{key}",
            f"{key}[0]",
            f"{key}@x",
            key.replace(".", "/"),
            key.rpartition(".")[2],
            key.replace("e", "е"),  # noqa: RUF001  a letter of another alphabet that looks like it
            f" {key}",
            f"{key} ",
        ]
    )


def typed(rng: Random, keys: Sequence[str]) -> str:
    """A word."""
    key = rng.choice(keys)
    if rng.random() < 0.35:
        key = misspelt(rng, key)
    prefix, value = rng.choice(PREFIXES), rng.choice(VALUES)
    if rng.random() < 0.03:
        return rng.choice([key, f"{key}:{value}", f"{prefix}={value}", f"={value}", f"-{key}={value}", f"{prefix}{key}"])
    return f"{prefix}{key}={value}" if prefix != "~" or rng.random() < 0.3 else f"~{key}"


def outcome(composer: Composer, start: Sequence[str], word: str) -> tuple[str, str]:
    """(verdict, what there is to see) of a word after others: taken, several, refused, or a finding."""
    words = [*start, word]
    try:
        check_words(words)
        parsed = [check_word(typed_word) for typed_word in words]
        if any(override.is_sweep_override() for override in parsed):
            return SEVERAL, ""
        check_single([word])
        config = flat(schema.plain(to_run(composer(words))))
    except (Refusal, HydraException, OmegaConfBaseException, YAMLError) as error:
        message = sentence(error)
        return (REFUSED if names(word, message) else WORDLESS), message
    except Exception as error:
        message = str(refusal) if isinstance(refusal := stumbled(error), Refusal) else ""
        return (
            (REFUSED if names(word, message) else WORDLESS, message)
            if message
            else (RAISED, f"{type(error).__name__}: {error}")
        )
    return held(word, parsed[-1], config)


def names(word: str, message: str) -> bool:
    """One sentence, in which the word, its key or a part of the key stands."""
    key = word.lstrip("+~").partition("=")[0].strip()
    parts = [part for part in re.split(r"[.@\[/]", key) if part]
    shown = word in message or repr(word) in message or any(part in message for part in parts)
    return len(message.splitlines()) == 1 and shown


def held(word: str, override: Any, config: Mapping[str, Any]) -> tuple[str, str]:
    """Whether what was taken is there."""
    key = override.key_or_group
    if override.is_delete():
        return (DROPPED, "it is still there") if key in config or key in groups() else (TAKEN, "")
    value = override.value()
    if key in groups():
        node = {"model": "net"}.get(key, key)
        composed = config.get(f"{node}.name", value) if not isinstance(value, Mapping | None) else value
        composed = value if node not in config else composed
    else:
        composed = config.get(key, ABSENT)
    return (TAKEN, "") if _same(composed, value) else (DROPPED, f"it became {composed!r}")


def _same(composed: Any, value: Any) -> bool:
    if value == {} and composed is None:  # no key is set
        return True
    if isinstance(value, str) and "${" in value:
        return True
    if isinstance(value, Mapping) and isinstance(composed, Mapping):
        by_text = {str(key): part for key, part in composed.items()}
        return all(str(key) in by_text and _same(by_text[str(key)], part) for key, part in value.items())
    if isinstance(value, list) and isinstance(composed, list):
        return len(value) == len(composed) and all(map(_same, composed, value))
    if isinstance(composed, bool):
        return str(value).lower() in (TRUE if composed else FALSE) or (type(value) is int and bool(value) == composed)
    try:
        return float(composed) == float(value) or str(composed) == str(value)
    except (TypeError, ValueError, OverflowError):
        return composed == value or str(composed).lower() == str(getattr(value, "text", value)).lower()


STARTS = (
    (),
    ("task=translation",),
    ("task=forecasting", "data=series", "data.path=x"),
    ("task=name_tagging", "data=columns"),
    ("+sweep=quick",),
)


def tried(count: int, seed: int) -> Iterator[tuple[str, str, str]]:
    """(the word, verdict, what there is to see)."""
    rng = Random(seed)
    schema.register()
    with initialize_config_dir(str(schema.folder()), version_base="1.3"):
        composer = Composer()
        keys = {start: sorted({*flat(schema.plain(to_run(composer(start)))), *groups()}) for start in STARTS}
        for _ in range(count):
            start = rng.choice(STARTS)
            word = typed(rng, keys[start])
            yield " ".join([*start, word]), *outcome(composer, start, word)
