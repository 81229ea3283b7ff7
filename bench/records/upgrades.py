"""How records of older schemas become records of today's: one function a version, and these functions stay.

They know the past and nothing of the present: what a record of schema 1 was is fixed, whatever the suite's classes are called
today. So nothing here imports a cell, a task or the rule by which today's runs are named.
"""

import json
from collections.abc import Callable, Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

Json = dict[str, Any]

ADDED: dict[str, Json] = {
    "optimiser": {"held": 1, "decay": 0.05},
    "stack": {"parameters": None},
    "trainer": {"nodes": 1, "snapshot_minutes": 1.0},
}
"""Settings that records of schema 1 may lack, at the value that their runs had; `optimiser.periods` was `trainer.epochs`."""
COUNTED = ("NGram", "CountedTagger")
CHOSE_BY = ("length_factor", "length_offset")
WROTE_AT_MOST = ("captioning", "transcription")
WHERE = ("places", "path", "hub", "train", "validation")
TRAINER = ("epochs", "max_steps", "batch_size", "validate_every_steps", "patience", "precision", "devices", "nodes")
STACK = ("depth", "hidden_size", "direction", "dropout", "dropout_mask")
PROBES = ("cost", "gradient_flow", "length")


def from_1(payload: Json) -> Json:
    """Schema 2 names runs by values and versions where schema 1 named them by a digest of the sources.

    `former` keeps the old names. Where the data are none that the suite knows the split of, the whole of them stands for what
    was trained on.
    """
    config = _whole(payload["config"])
    former = {"run_id": payload["run_id"], "train_id": payload["train_id"], "commit": payload["code"].get("commit")}
    if "task" not in config:  # a benchmark of cells
        cell = _described(config["cell"]) if "_target_" in config["cell"] else config["cell"]
        names = {"train_id": _digest(cell), "run_id": _digest([cell, payload["data"]["name"]])}
        return {**payload, **names, "former": [former]}
    data_sha256 = payload["data"].get("sha256", "")
    training = digests_of_training().get(data_sha256, data_sha256)
    train_id = _train_id(config, training)
    run_id = _run_id(config, train_id, data_sha256)
    if payload["sweep"] in PROBES and payload["sweep"] in payload["train"]:
        hardware = [payload["machine"][key] for key in ("processor", "accelerator", "threads")]
        run_id = _digest([payload["sweep"], 1, [train_id, hardware] if payload["sweep"] == "cost" else train_id])
    return {
        **payload,
        "run_id": run_id,
        "train_id": train_id,
        "former": [former],
        "config": config,
        "data": {**payload["data"], "sha256_training": training},
    }


@cache
def digests_of_training() -> dict[str, str]:
    """By the digest of a whole data set: that of the splits that train and choose the checkpoint, which schema 1 lacks."""
    content: dict[str, str] = json.loads((Path(__file__).parent / "data_of_schema_1.json").read_text(encoding="utf-8"))
    return content


def _whole(config: Json) -> Json:
    """With what was added while schema 1 stood, and with tasks where they lie since."""
    if "task" not in config:
        return config
    added = ADDED | {"optimiser": {"periods": config["trainer"]["epochs"], **ADDED["optimiser"]}}
    filled = {key: _filled(config[key], values) for key, values in added.items()}  # in place: rows are named in this order
    moved: Json = _moved({**config, **filled, "plugins": [], "reuse": "any"})
    return moved


def _filled(settings: Json, added: Json) -> Json:
    return settings | {key: value for key, value in added.items() if key not in settings}


def _moved(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {key: _moved(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_moved(value) for value in node]
    return f"bench.{node}" if isinstance(node, str) and node.startswith("tasks.") else node


def _train_id(config: Json, training: str) -> str:
    data = {key: value for key, value in _settings(config["data"]).items() if key not in WHERE and not key.startswith("test")}
    longest = ("longest",) if config["task"]["name"] in WROTE_AT_MOST else ()
    content: Json = {
        "schema": 1,
        "training": 1,
        "data": {"sha256": training, "settings": data, "version": 1},
        "task": _described(config["task"]),
        "net": _described(config["net"]),
        "chosen_by": {key: value for key, value in config["evaluation"].items() if key in (*CHOSE_BY, *longest)},
    }
    if content["net"]["class"] in COUNTED:
        return _digest({**content, "seed": config["seed"]})
    settings = {"seed": config["seed"], "cell": _described(config["cell"])}
    settings |= {f"stack.{key}": config["stack"][key] for key in STACK}
    settings |= {f"optimiser.{key}": value for key, value in config["optimiser"].items()}
    settings |= {f"trainer.{key}": config["trainer"][key] for key in TRAINER}
    return _digest({**content, **settings})


def _run_id(config: Json, train_id: str, data_sha256: str) -> str:
    evaluation, decode = _settings(config["evaluation"]), _described(config["decode"])
    return _digest({"train_id": train_id, "data": data_sha256, "decode": decode, "evaluation": evaluation, "scoring": 1})


def _settings(node: Mapping[str, Any]) -> Json:
    return {key: value for key, value in node.items() if key not in ("_target_", "name")}


def _described(node: Mapping[str, Any]) -> Json:
    settings = {key: _nested(value) for key, value in _settings(node).items()}
    return {"class": node["_target_"].rpartition(".")[2], "settings": settings, "version": 1}


def _nested(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return _described(value) if "_target_" in value else {key: _nested(inner) for key, inner in value.items()}


def _digest(content: object) -> str:
    return sha256(json.dumps(_by_value(content), sort_keys=True).encode()).hexdigest()[:16]


def _by_value(content: object) -> object:
    if isinstance(content, Mapping):
        return {key: _by_value(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_by_value(value) for value in content]
    return int(content) if isinstance(content, float) and content.is_integer() else content


def from_2(payload: Json) -> Json:
    """Schema 3 says in `config.sweep` what schema 2 said in `config.report`, which did not say what values were tuned over."""
    config: Json = {key: value for key, value in payload["config"].items() if key not in ("report", "grids")}
    report = payload["config"].get("report")
    if report is not None:
        named = {SWEEP.get(key, key): value for key, value in report.items() if key != "tuned"}
        config["sweep"] = {**named, "rows": [], "seeds": None, "tune": {key: [] for key in report.get("tuned") or ()}}
    return {**payload, "config": config}


SWEEP = {"sweep": "name", "published": "literature", "findings": "claims"}
"""Keys of schema 2's `report` that schema 3's `sweep` calls otherwise."""
UPGRADES: dict[int, Callable[[Json], Json]] = {1: from_1, 2: from_2}
"""Version n -> the function that turns a payload of version n into one of version n + 1 (`schema` is set for it)."""
