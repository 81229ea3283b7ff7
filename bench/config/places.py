"""Where data lie: `data.places` beside what the yaml of its name says, so that nothing is named that would not be read."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import yaml

from bench.config.schema import RunConfig, folder
from bench.errors import ConfigError, did_you_mean


def check_places(config: RunConfig) -> None:
    """Raises ConfigError, one sentence, for files that would not be read, and for a key that `hub` or `files` do not have."""
    data = config.data
    in_conf = _in_conf(data.get("name"), data.get("_target_"))
    places = data.get("places") or {}
    if in_conf is None:
        return
    for part in ("files", "hub"):
        known, keys = in_conf.get(part) or {}, places.get(part) or {}
        if known:
            _check_names(f"data.places.{part}", keys, known)
    own, files, kind = in_conf.get("files") or {}, places.get("files") or {}, places.get("kind")
    changed = {split: file for split, file in files.items() if file != own.get(split)}
    if changed and (kind in ("offline", "hub") or (kind == "auto" and not config.paths.data)):
        split, file = next(iter(changed.items()))
        raise ConfigError(
            f"data.places.files.{split}={file} would not be read, since data={data['name']} is read from elsewhere "
            f"(data.places.kind={kind}): give data.places.kind=files too, with the file of every split."
        )


def _check_names(key: str, keys: Mapping[str, Any], known: Mapping[str, Any]) -> None:
    for name in keys:
        if name not in known:
            raise ConfigError(f"{key}.{name} is unknown{did_you_mean(name, known)}: {key} takes {', '.join(known)}.")
    if missing := [name for name in known if name not in keys]:
        raise ConfigError(f"{key}.{missing[0]} is missing: {key} needs {', '.join(known)}; leave its keys as they are.")


@lru_cache(maxsize=64)
def _in_conf(name: object, target: object) -> Mapping[str, Any] | None:
    """The `places` of the file of that name; None where there is no such file, it has none, or it makes another class."""
    file = folder() / "data" / f"{name}.yaml"
    if not name or not file.is_file():
        return None
    content: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
    places: Mapping[str, Any] | None = content.get("places")
    return places if content.get("_target_") == target else None
