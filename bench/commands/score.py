"""`python -m bench score CHECKPOINT data.test=FILE`: the scores of trained weights on a test set of your own.

    python -m bench score CHECKPOINT data.test=FILE                        a record and a table of its own, in runs/score
    python -m bench score CHECKPOINT data.test=FILE decode=beam            decoded otherwise

CHECKPOINT is the folder <paths.cache>/checkpoints/<train_id>. Nothing is trained; what it was trained on must still be there,
for the test is read by its vocabulary. Of data sets that lie in a folder, data.test= names their test file too.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bench.errors import ConfigError

if TYPE_CHECKING:
    from bench.jobs.job import Job

GROUPS = ("data", "decode", "evaluation", "paths", "sweep", "track")
SWEEP = "score"


def main(arguments: Sequence[str]) -> int:
    """Exit status 0, or 1 where the weights could not be scored."""
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__)
        return 0 if arguments else 2
    from bench.jobs.run import run
    from bench.sweeps.sweep import finish

    job = prepared(Path(arguments[0]), arguments[1:])
    made = run(job, "")
    finish([job])
    return int(made.status != "ok")


def prepared(folder: Path, overrides: Sequence[str]) -> "Job":
    """The job that scores the weights in `folder`. Raises Refusal, one sentence, where it would have to train."""
    from bench.jobs import stored_config
    from bench.jobs.job import prepare

    stored_config.check_trained(folder)
    words = [
        *_placed(stored_config.read(folder, "config.json")["data"], overrides),
        f"paths.cache={folder.resolve().parents[1]}",
    ]
    if not any(word.startswith("sweep.name=") for word in words):
        words.append(f"sweep.name={SWEEP}")
    config = stored_config.configuration(folder, [*words, "sweep.baseline=null"], groups=GROUPS)
    config.sweep.literature, config.sweep.claims, config.sweep.across, config.speed.rounds = [], [], [], 0
    job = prepare(config)
    if job.train_id != folder.resolve().name:
        raise ConfigError(
            f"{' '.join(overrides)} is of another training than {folder}: change the test alone (data.test=FILE, "
            "data.test_length=N), and give the training data as they were, with paths.data= where they lie in a folder."
        )
    return job


def _placed(data: dict[str, object], overrides: Sequence[str]) -> list[str]:
    """`data.test=FILE` of a data set whose files lie in a folder names its test file."""
    places = data.get("places")
    files = places.get("files") if isinstance(places, dict) else None
    if "test" in data or not isinstance(files, dict) or "test" not in files:
        return list(overrides)
    inside = {"data.test": "data.places.files.test"}
    words = []
    for word in overrides:
        key, equals, value = word.partition("=")
        words.append(f"{inside.get(key, key)}{equals}{Path(value).resolve() if key in inside else value}")
    return words
