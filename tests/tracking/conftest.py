"""A wandb that writes into the test's folder only, a reader of its files, and servers on the loopback address."""

import contextlib
import gzip
import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from offline_runs import Stored, read_run

from bench.tracking import RunInfo, Settings, Tracker, open_run, stable_id
from bench.tracking.warnings import wandb_state

KEY = "0123456789abcdef" * 2 + "01234567"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """No account, no memory of earlier tests, and every file of wandb below this folder."""
    for name in [name for name in os.environ if name.startswith("WANDB_")] + ["HF_TOKEN"]:
        monkeypatch.delenv(name, raising=False)
    for name in ("DIR", "DATA_DIR", "CACHE_DIR", "CONFIG_DIR"):
        monkeypatch.setenv(f"WANDB_{name}", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setattr(wandb_state, "unreachable", False)
    monkeypatch.setattr(wandb_state, "reported", set())
    yield tmp_path
    if "wandb" in sys.modules:
        sys.modules["wandb"].teardown()


@pytest.fixture
def key() -> str:
    return KEY


@pytest.fixture
def settings() -> Settings:
    return Settings(name="wandb", project="bench-test", entity=None, mode="auto", timeout_s=20)


@pytest.fixture
def start() -> Callable[..., Tracker]:
    def start(
        settings: Settings, name: str = "gru seed 0", config: dict[str, Any] | None = None, group: str = "quick"
    ) -> Tracker:
        settings_of_run = {"cell": "gru"} if config is None else config
        better = {"validation/nats_per_char": "lower", "validation/f1": "higher"}
        info = RunInfo(stable_id(group, name), name, group, "train", settings_of_run, ["char_lm"], better)
        return open_run(settings, info)

    return start


@pytest.fixture
def stored(home: Path) -> Callable[[], list[Stored]]:
    """The runs below the folder, oldest first; wandb-core is ended first, since it writes on after `finish`."""

    def read() -> list[Stored]:
        if "wandb" in sys.modules:
            sys.modules["wandb"].teardown()
        runs = [run for path in home.glob("wandb/*run-*/*.wandb") if (run := read_run(path)).run is not None]
        return sorted(runs, key=lambda run: run.run.start_time.ToNanoseconds())

    return read


class Server(ThreadingHTTPServer):
    """As much of wandb's server as a run needs. `answering` cleared: it takes connections and says nothing."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.history: list[dict[str, Any]] = []
        self.runs: list[dict[str, Any]] = []
        self.files: dict[str, bytes] = {}
        self.views: dict[str, dict[str, Any]] = {}
        self.artifacts: list[dict[str, Any]] = []
        self.requests = 0
        self.refuses = False
        self.answering = threading.Event()
        self.answering.set()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no news; the tests read stderr."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._reply({})

    def do_PUT(self) -> None:
        self.server.files[self.path.removeprefix("/")] = self._body()
        self._reply({})

    def do_POST(self) -> None:
        request = json.loads(self._body())
        if self.path != "/graphql":
            for lines in request.get("files", {}).get("wandb-history.jsonl", {}).get("content", []):
                self.server.history.append(json.loads(lines))
            return self._reply({})
        if self.server.refuses:
            return self._reply({"errors": [{"message": "user is not logged in"}]}, 401)
        operation = request.get("operationName") or request["query"].split("(")[0].split("{")[0].split()[1]
        answer = self._answer(operation, request.get("variables") or {})
        return self._reply({"data": answer} if answer else {"data": None, "errors": [{"message": "not here"}]})

    def _answer(self, operation: str, variables: dict[str, Any]) -> dict[str, Any] | None:
        if operation in ("Viewer", "GetDefaultEntity"):
            return {"viewer": {"id": "u", "entity": "me", "username": "me", "flags": "{}", "teams": {"edges": []}}}
        if operation == "UpsertBucket":
            self.server.runs.append(variables)
            project = {"id": "p", "name": "bench-test", "entity": {"id": "e", "name": "me"}}
            bucket = {"id": "r", "name": variables["name"], "displayName": "d", "config": "{}", "project": project}
            return {"upsertBucket": {"bucket": bucket | {"historyLineCount": 0}, "inserted": True}}
        if operation == "CreateRunFiles":
            files = [{"name": name, "uploadUrl": f"{self.server.url}/{variables['run']}/{name}"} for name in variables["files"]]
            return {"createRunFiles": {"runID": "r", "uploadHeaders": [], "files": files}}
        if operation == "CreateArtifact":
            self.server.artifacts.append(variables["input"])
        if operation == "View":
            view = self.server.views.get(variables["viewName"])
            return {"project": {"allViews": {"edges": [{"node": view}] if view else []}}}
        if operation == "UpsertView2":
            saved_view = {
                "id": f"id of {variables['name']}",
                "displayName": variables["displayName"],
                "spec": variables["spec"],
            }
            inserted = variables["name"] not in self.server.views
            self.server.views[variables["name"]] = saved_view
            return {"upsertView": {"view": {"id": saved_view["id"], "name": variables["name"]}, "inserted": inserted}}
        return None

    def _body(self) -> bytes:
        self.server.requests += 1
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        self.server.answering.wait()
        return gzip.decompress(body) if self.headers.get("content-encoding") == "gzip" else body

    def _reply(self, content: dict[str, Any], status: int = 200) -> None:
        data = json.dumps(content).encode()
        with contextlib.suppress(ConnectionError):
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server, and the environment of somebody who has an account there."""
    with Server() as running_server:
        monkeypatch.setenv("WANDB_BASE_URL", running_server.url)
        monkeypatch.setenv("WANDB_API_KEY", KEY)
        threading.Thread(target=running_server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield running_server
        running_server.answering.set()
        running_server.shutdown()


@pytest.fixture
def no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """An account at a port where nobody listens."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("WANDB_BASE_URL", f"http://127.0.0.1:{closed.getsockname()[1]}")
    monkeypatch.setenv("WANDB_API_KEY", KEY)


@pytest.fixture
def signal_core() -> Callable[[signal.Signals], int]:
    """Sends a signal to this process's wandb-core, waits until it has acted, and returns the process id."""

    def send(number: signal.Signals) -> int:
        (pid,) = _children("wandb-core")
        os.kill(pid, number)
        state = "Z" if number == signal.SIGKILL else "T"
        limit = time.monotonic() + 10
        while state_of(pid) not in (state, ""):
            assert time.monotonic() < limit, f"wandb-core {pid} did not act on {number}"
            time.sleep(0.01)
        return pid

    return send


@pytest.fixture
def is_alive() -> Callable[[int], bool]:
    return lambda pid: state_of(pid) not in ("Z", "")


def state_of(pid: int) -> str:
    """The letter that Linux has for a process's state; "" for none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def _children(name: str) -> list[int]:
    pids = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            begin, _, fields = stat.read_text().rpartition(")")
            if begin.partition("(")[2] == name and int(fields.split()[1]) == os.getpid() and fields.split()[0] != "Z":
                pids.append(int(stat.parent.name))
    return pids
