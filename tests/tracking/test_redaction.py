"""Secrets reach neither a copy made for keeping nor any file of a run."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.tracking import Settings, Tracker, redact
from bench.tracking.redaction import without_paths

SECRET = "s3cr3t-0f-mine"


@pytest.mark.parametrize(
    "name",
    [
        "key",
        "api_key",
        "apiKey",
        "apikey",
        "WANDB_API_KEY",
        "token",
        "hf_token",
        "accessToken",
        "password",
        "db.password",
        "secret",
        "client_secret",
        "secret_value",
        "credentials",
        "auth-token",
    ],
)
def test_values_under_such_names_are_hidden(name: str) -> None:
    settings: dict[str, Any] = {"data": {name: SECRET, "path": "x"}, "list": [{name: {"of": [SECRET]}}]}
    redacted = redact(settings)
    assert SECRET not in repr(redacted)
    assert redacted["data"] == {name: "(redacted)", "path": "x"}
    assert settings["data"][name] == SECRET


def test_a_number_can_be_a_password() -> None:
    assert redact({"password": 12345678}) == {"password": "(redacted)"}


@pytest.mark.parametrize(
    "text",
    [
        f"--token={SECRET}",
        f"python x.py --api-key={SECRET} --n 3",
        f"--password '{SECRET} {SECRET}'",
        f"--hf-token {SECRET}",
        f"https://me:{SECRET}@host/data",
        f"https://host/data?token={SECRET}&n=3",
        f"Authorization: Bearer {SECRET}",
    ],
)
def test_texts_lose_their_secrets(text: str) -> None:
    once = redact({"command": [text]})
    assert SECRET not in once["command"][0]
    assert "(redacted)" in once["command"][0]
    assert redact(once) == once


def test_the_keys_of_this_process_are_hidden_wherever_they_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_API_KEY", SECRET)
    assert redact({"note": f"run with {SECRET}!"}) == {"note": "run with (redacted)!"}


def test_ordinary_configuration_stays() -> None:
    ordinary = {
        "tokens": 2048,
        "start_token": 1,
        "tokeniser": "char",
        "keyword": "x",
        "key_size": 64,
        "token_column": "text",
        "monkey": "yes",
        "seed": 0,
        "token": None,
        "data": {"url": "https://host:8080/a@b", "sizes": [1, 2.5, True, None]},
        "note": "the key to a good token is a secret",
    }
    assert redact(ordinary) == ordinary


def test_no_file_of_a_run_holds_a_secret(
    start: Callable[..., Tracker],
    settings: Settings,
    stored: Callable[[], list[Any]],
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "argv", ["bench", f"--token={SECRET}"])
    tracker = start(settings, config={"hub_token": SECRET, "command": f"x --key={SECRET}", "kept": "plainly-here"})
    tracker.log({"loss": 1.0}, step=1)
    tracker.finish(ok=True)
    assert stored()[0].config["hub_token"] == "(redacted)"
    contents = [path.read_bytes() for path in home.rglob("*") if path.is_file()]
    assert any(b"plainly-here" in content for content in contents)
    assert not any(SECRET.encode() in content for content in contents)


def test_of_local_paths_the_names_stay_and_other_words_are_untouched() -> None:
    config = {
        "paths": {"results": "/home/us/runs"},
        "data": {"path": "/home/us/book.txt", "files": ["~/x/de.txt", "./a/b.gz", "C:\\texts\\c.txt"], "separator": "/"},
        "hub": {"id": "karpathy/tiny_shakespeare", "url": "https://host/a/b"},
    }
    assert without_paths(config) == {
        "data": {"path": "book.txt", "files": ["de.txt", "b.gz", "c.txt"], "separator": "/"},
        "hub": {"id": "karpathy/tiny_shakespeare", "url": "https://host/a/b"},
    }
