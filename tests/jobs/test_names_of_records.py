"""A sweep that is typed today runs under the names of its committed records: a new key, at its default, renames nothing."""

from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir

from bench.config import schema
from bench.config.schema import plain
from bench.jobs.identity import train_id
from bench.records import record_files
from bench.sweeps.expand import Composer, expand

SWEEPS = ("tagging", "speech", "image_rows", "captioning", "generate", "multi30k", "wnut17", "paper/huang2015")
RESULTS = Path(__file__).resolve().parents[2] / "results"


@pytest.mark.parametrize("sweep", SWEEPS)
def test_a_sweep_composed_today_has_the_names_of_its_records(sweep):
    records = record_files.read_all(RESULTS / sweep)
    schema.register()
    with initialize_config_dir(str(schema.folder()), version_base="1.3"):
        composed, composer = compose("config", overrides=[f"+sweep={sweep}"], return_hydra_config=True), Composer()
        jobs = [plain(composer.run(job)) for grid in expand(composed) for job in grid]
    described = {(run.data["name"], run.config["task"]["name"]): run.data for run in records}
    today = set()
    for job in jobs:
        data = described[job["data"]["name"], job["task"]["name"]]
        trained_on = data.get("sha256_training", data["sha256"])
        today.add(train_id(job, data_sha256=trained_on, chosen_as=data.get("chosen_as", {})))
    assert {run.train_id for run in records} <= today
