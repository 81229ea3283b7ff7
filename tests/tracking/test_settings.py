"""What is refused before anything starts, and when a run goes online."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from bench.tracking import Settings, check
from bench.tracking.settings import resolve_mode

CONF = Path(__file__).parents[2] / "conf" / "track"


@pytest.mark.parametrize("name", sorted(path.stem for path in CONF.glob("*.yaml")))
def test_the_yaml_files_hold_the_settings(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.tracking.settings.find_spec", lambda library: library)  # whether it is installed or not
    content = yaml.safe_load((CONF / f"{name}.yaml").read_text())
    assert set(content) == {field.name for field in fields(Settings)} - {"dir"}
    assert content["name"] == name
    check(Settings(**content))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("name", "neptune"),
        ("also", ["neptune"]),
        ("mode", "on"),
        ("project", ""),
        ("project", "a/b"),
        ("project", "x" * 129),
        ("timeout_s", 0),
        ("timeout_s", -1.0),
        ("timeout_s", float("nan")),
        ("timeout_s", float("inf")),
    ],
)
def test_bad_settings_are_named_in_one_sentence(settings: Settings, key: str, value: Any) -> None:
    with pytest.raises(ValueError, match=rf"^track\.{key}=.*\.$") as refused:
        check(replace(settings, **{key: value}))
    assert "\n" not in str(refused.value)


def test_online_without_a_key_is_refused(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    online = replace(settings, mode="online")
    with pytest.raises(ValueError, match=r"track\.mode=online needs an API key"):
        check(online)
    check(replace(online, name="none"))
    monkeypatch.setenv("WANDB_API_KEY", "x" * 40)
    check(online)


def test_auto_is_offline_without_a_key(settings: Settings) -> None:
    assert resolve_mode(settings) == "offline"


@pytest.mark.parametrize(
    ("mode", "switch", "expected"),
    [
        ("auto", None, "online"),
        ("auto", "online", "online"),
        ("auto", "offline", "offline"),
        ("auto", "dryrun", "offline"),
        ("auto", "disabled", "disabled"),
        ("offline", None, "offline"),
        ("online", "disabled", "online"),
    ],
)
def test_with_a_key_mode_and_environment_decide(
    settings: Settings, mode: str, switch: str | None, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_API_KEY", "x" * 40)
    if switch is not None:
        monkeypatch.setenv("WANDB_MODE", switch)
    assert resolve_mode(replace(settings, mode=mode)) == expected


@pytest.mark.parametrize(
    ("server", "expected"),
    [(None, "offline"), ("https://wandb.example.org", "online"), ("http://127.0.0.1:8080", "offline")],
)
def test_the_netrc_counts_for_its_own_server(
    settings: Settings, home: Path, server: str | None, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "netrc").write_text("machine wandb.example.org login user password " + "x" * 40)
    if server is not None:
        monkeypatch.setenv("WANDB_BASE_URL", server)
    assert resolve_mode(settings) == expected


def test_a_server_in_the_settings_file_counts(settings: Settings, home: Path) -> None:
    (home / "netrc").write_text("machine wandb.example.org login user password " + "x" * 40)
    (home / "settings").write_text("[default]\nbase_url = https://wandb.example.org\n")
    assert resolve_mode(settings) == "online"


def test_a_key_in_the_settings_file_counts(settings: Settings, home: Path) -> None:
    (home / "settings").write_text("[default]\napi_key = " + "x" * 40 + "\n")
    assert resolve_mode(settings) == "online"


@pytest.mark.parametrize("content", ["machine", "[default", "\0\0"])
def test_broken_files_are_no_key(settings: Settings, home: Path, content: str) -> None:
    (home / "netrc").write_text(content)
    (home / "settings").write_text(content)
    assert resolve_mode(settings) == "offline"
