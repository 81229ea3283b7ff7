"""Locks between processes, also on other machines that share the folder: one trains or writes, the others wait.

A lock is a file made by O_EXCL that names its holder. The holder touches it every `BEAT_S`. Who wants it reads it again and
again, and takes it over where it has not changed for `LEASE_S` of the reader's own clock: the clocks of two machines are never
compared. A holder on this machine that is gone is seen at once, and while one lives here it holds, whatever it misses. A file
that names nobody, left by a crash or a full disk, is stale after `GRACE_S`.

Taking over is exchanging the file for one's own (a rename), and only who made the guard beside it, a file named after the claim
that ended, may do so: so of many only one does. This needs neither hard links, nor byte locks, nor renameat2, which file
systems on a network often lack.
"""

import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

BEAT_S = 10.0
LEASE_S = 60.0
GRACE_S = 2.0
POLL_S = 0.2


class Holder(NamedTuple):
    """Who holds a lock, or held it. `since`, `silent_s`: seconds since it was taken and since its last beat, by the clock of
    the file system. `alive`: as far as can be seen at once."""

    host: str
    pid: int
    since: float
    silent_s: float
    alive: bool

    def __str__(self) -> str:
        return f"{self.host} (process {self.pid}), last seen {self.silent_s:.0f} s ago"


class Held(RuntimeError):
    """Another holds the lock."""


class Claim(NamedTuple):
    """A lock file as it was read. `fields`: what it says of its holder; empty where it names nobody."""

    fields: dict[str, Any]
    mtime_ns: int
    inode: int

    @property
    def token(self) -> str:
        return str(self.fields.get("token", f"nobody-{self.inode}-{self.mtime_ns}"))


class Lock:
    """The lock `path`, as one process sees it. `lost` is called, from another thread, when someone else has taken it over."""

    def __init__(self, path: Path, *, lost: Callable[[], None] = lambda: None) -> None:
        self.path, self._on_loss = path, lost
        self.lost = False
        self.taken_from: Holder | None = None
        self._token = uuid.uuid4().hex
        self._stop = threading.Event()
        self._watched: dict[Path, tuple[tuple[str, int], float]] = {}

    def acquire(self) -> bool:
        """Takes the lock where it is free or its holder is gone; whether it did. Raises OSError."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        while True:
            try:
                self._create(self.path)
                break
            except FileExistsError:
                claim = _read(self.path)
            if claim is not None:
                if not self._ended(claim) or not self._take_over(claim):
                    return False
                self.taken_from = _holder(claim, self.path)
                break
        threading.Thread(target=self._beat, daemon=True).start()
        return True

    def release(self) -> None:
        """Gives it back, unless it was lost."""
        self._stop.set()
        claim = _read(self.path)
        if claim is not None and claim.token == self._token:
            self.path.unlink(missing_ok=True)

    def is_free(self) -> bool:
        """Whether nobody holds it. What a holder left that is gone is removed, and `taken_from` then says whose it was."""
        if not self.path.exists():
            return True
        probe = Lock(self.path)
        probe._watched = self._watched
        free = probe.acquire()
        if free:
            self.taken_from = probe.taken_from
            probe.release()
        return free

    def _create(self, path: Path) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        try:
            since = os.fstat(descriptor).st_mtime
            fields = {"host": host(), "system": system(), "pid": os.getpid(), "start": _start(os.getpid())}
            os.write(descriptor, json.dumps({**fields, "since": since, "token": self._token}).encode())
            os.fsync(descriptor)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        finally:
            os.close(descriptor)

    def _ended(self, claim: Claim) -> bool:
        if not claim.fields:
            return self._unchanged(self.path, claim) >= GRACE_S
        alive_here = _lives(claim)
        return self._unchanged(self.path, claim) >= LEASE_S if alive_here is None else not alive_here

    def _unchanged(self, path: Path, claim: Claim) -> float:
        """Seconds of this process's clock since it first saw the file as it is."""
        key, now = (claim.token, claim.mtime_ns), time.monotonic()
        if path not in self._watched or self._watched[path][0] != key:
            self._watched[path] = key, now
        return now - self._watched[path][1]

    def _take_over(self, claim: Claim) -> bool:
        guard = self.path.with_name(f"{self.path.name}.{claim.token}.ended")
        claim_file = self.path.with_name(f"{self.path.name}.{self._token}.next")
        try:
            os.close(os.open(guard, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            former = _read(guard)
            if former is not None and self._unchanged(guard, former) >= LEASE_S:  # whoever made it died over it
                guard.unlink(missing_ok=True)
            return False
        try:
            today = _read(self.path)
            if today is None or today.token != claim.token:
                return False
            self._create(claim_file)
            os.replace(claim_file, self.path)
            return True
        finally:
            guard.unlink(missing_ok=True)
            claim_file.unlink(missing_ok=True)

    def _beat(self) -> None:
        while not self._stop.wait(BEAT_S):
            try:
                claim = _read(self.path)
                if claim is None or claim.token != self._token:
                    break
                os.utime(self.path)
            except OSError:  # a network that does not answer: others may take over, which the next beat sees
                continue
        if not self._stop.is_set():
            self.lost = True
            self._on_loss()


@contextmanager
def held(
    path: Path, *, say: Callable[[str], None], patient: bool = True, lost: Callable[[], None] = lambda: None
) -> Iterator[Lock]:
    """Holds the lock `path` inside. `say` is told, once each, who is waited for and from whom it was taken over.

    Raises Held where another holds it and `patient` is false, and OSError where the file cannot be made.
    """
    lock = Lock(path, lost=lost)
    named = False
    while not lock.acquire():
        holder = None if named and patient else holder_of(path)
        if not patient:
            raise Held(str(holder))
        if holder is not None:
            say(waits_for(path, holder))
            named = True
        time.sleep(POLL_S)
    if lock.taken_from is not None:
        say(taken_over(path, lock.taken_from))
    try:
        yield lock
    finally:
        lock.release()


def waits_for(path: Path, holder: Holder) -> str:
    """What is said of a lock that another holds."""
    return f"waits for {holder}, which holds {path}"


def taken_over(path: Path, holder: Holder) -> str:
    """What is said of a lock whose holder is gone."""
    return f"takes over {path} from {holder}, which is gone"


def holder_of(path: Path) -> Holder | None:
    """Who holds the lock `path` or, where `alive` is false, left it; None where there is none. Changes nothing."""
    claim = _read(path) if path.exists() else None
    return None if claim is None else _holder(claim, path)


def clear(path: Path) -> None:
    """Removes the lock `path` where its holder is gone, as far as can be seen at once."""
    holder = holder_of(path)
    claim = _read(path)
    if holder is None or holder.alive or claim is None:
        return
    lock = Lock(path)
    if lock._take_over(claim):
        lock.release()


def _holder(claim: Claim, path: Path) -> Holder:
    now = _now(path.parent)
    idle_s = max(0.0, now - claim.mtime_ns / 1e9)
    since = max(0.0, now - float(claim.fields.get("since", claim.mtime_ns / 1e9)))
    lives = _lives(claim)
    alive = idle_s < (LEASE_S if claim.fields else GRACE_S) if lives is None else lives
    return Holder(str(claim.fields.get("host", "nobody")), int(claim.fields.get("pid", 0)), since, idle_s, alive)


def _now(folder: Path) -> float:
    """By the clock that sets the times of files in `folder`, which on a network is the server's."""
    probe = folder / f".clock-{uuid.uuid4().hex}"
    try:
        probe.touch()
        now = probe.stat().st_mtime
        probe.unlink()
    except OSError:
        return time.time()
    return now


def _read(path: Path) -> Claim | None:
    """None where there is no such file. It is opened, since a network file system then asks its server anew."""
    try:
        with open(path, "rb") as file:
            status, content = os.fstat(file.fileno()), file.read()
    except FileNotFoundError:
        return None
    fields: dict[str, Any] = {}
    with suppress(ValueError):
        parsed = json.loads(content)
        if isinstance(parsed, dict) and {"host", "pid", "token"} <= set(parsed):
            fields = parsed
    return Claim(fields, status.st_mtime_ns, status.st_ino)


def _lives(claim: Claim) -> bool | None:
    """Whether the holder's process runs; None where that cannot be seen from here."""
    fields = claim.fields
    if not fields or (fields["host"], fields.get("system")) != (host(), system()):
        return None
    try:
        os.kill(int(fields["pid"]), 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass  # another user's
    return fields.get("start") is None or fields["start"] == _start(int(fields["pid"]))


def host() -> str:
    return socket.gethostname()


@cache
def system() -> str:
    """Which boot and which namespace of processes a process id belongs to: containers share their host's name."""
    with suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"
    return ""


def _start(pid: int) -> str | None:
    """When a process started, in ticks of its system: an id that was given to another process is no longer the holder's.

    None of one that has ended and that its parent has not yet asked for, and where the system does not say.
    """
    with suppress(OSError, IndexError):
        state, *numbers = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return None if state == "Z" else numbers[18]
    return None
