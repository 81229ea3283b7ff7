import os
from pathlib import Path

import pytest
import torch
from golden import corpus
from synthetic import lay, make  # fixtures

from bench.config import schema
from bench.config.compose import to_run

__all__ = ["lay", "make"]

torch.set_num_threads(1)


def pytest_addoption(parser):
    parser.addoption("--rounds", type=int, default=1, help="how often tests of faults repeat, each time at other moments")


def pytest_generate_tests(metafunc):
    if "turn" in metafunc.fixturenames:
        metafunc.parametrize("turn", range(metafunc.config.getoption("rounds")))


@pytest.fixture(scope="session")
def compose():
    """compose(*overrides) -> the checked RunConfig."""
    from hydra import compose as composed
    from hydra import initialize_config_dir

    schema.register()

    def make(*overrides):
        with initialize_config_dir(str(schema.folder()), version_base="1.3"):
            return to_run(composed("config", overrides=["track=none", *overrides]))

    return make


@pytest.fixture(scope="session")
def corpus_folder(tmp_path_factory):
    """Small files of every kind that tasks read (`golden.corpus`)."""
    folder = tmp_path_factory.mktemp("corpus")
    corpus.write(folder)
    return folder


@pytest.fixture(scope="session")
def data_folder():
    """The folder of real data sets, named by BENCH_DATA."""
    folder = os.environ.get("BENCH_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("needs real data: set BENCH_DATA to a folder with tinyshakespeare/, ptb/ ...")
    return folder
