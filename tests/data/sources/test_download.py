"""A data set that is one file behind an address: what comes is checked by its digest, and the record names the address."""

import hashlib
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bench.data.sources.source import Origin, Places
from bench.errors import DataError

CONTENT = b"some music"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def address(tmp_path, monkeypatch):
    """The address of a file that this machine serves."""
    import datasets

    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(datasets.config, "DOWNLOADED_DATASETS_PATH", tmp_path / "kept")
    (tmp_path / "served").mkdir()
    (tmp_path / "served" / "set.mat").write_bytes(CONTENT)

    class Quiet(SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=str(tmp_path / "served"))

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/set.mat"
    server.shutdown()


def origin(url, *, folder=None, digest=DIGEST):
    hub = {"url": url, "revision": "r1", "sha256": digest}
    return Origin("set", folder, Places("auto", {"all": "sub/set.mat"}, hub, offline=None))


def test_what_is_downloaded_is_told(address):
    file = origin(address).read_file()
    assert (file.content, file.source, file.revision) == (CONTENT, "hub", "r1")
    assert file.notes == [f"downloaded from {address}"]


def test_another_file_than_the_one_that_is_meant_is_refused(address):
    with pytest.raises(DataError, match="is another file"):
        origin(address, digest="0" * 64).read_file()


def test_an_address_that_does_not_answer_is_one_sentence(address):
    with pytest.raises(DataError, match="cannot be downloaded") as refused:
        origin(address.replace("set.mat", "gone.mat")).read_file()
    assert "\n" not in str(refused.value)


def test_the_users_folder_comes_first(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "set.mat").write_bytes(b"mine")
    file = origin("http://127.0.0.1:1/none", folder=str(tmp_path)).read_file()
    assert (file.content, file.source, file.revision) == (b"mine", "files", None)
