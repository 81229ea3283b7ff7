"""A configuration as dotted keys, each with a plain value."""

import json
from collections.abc import Mapping
from typing import Any

Value = str | int | float | bool | None


def flatten(config: Mapping[str, Any], prefix: str = "") -> dict[str, Value]:
    """Dotted key -> plain value, in the config's order; a list or an empty mapping becomes its JSON text."""
    flat: dict[str, Value] = {}
    for key, value in config.items():
        if value is None or isinstance(value, str | int | float | bool):
            flat[f"{prefix}{key}"] = value
        elif isinstance(value, Mapping) and value:
            flat |= flatten(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = json.dumps(value)
    return flat
