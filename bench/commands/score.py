"""`python -m bench score CHECKPOINT data.test=FILE`: scores trained weights on your own test set.

    python -m bench score CHECKPOINT data.test=FILE                        a separate record and table, in runs/score
    python -m bench score CHECKPOINT data.test=FILE decode=beam            with another decoding

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
    scored = run(job, "")
    finish([job])
    return int(scored.status != "ok")


def prepared(folder: Path, overrides: Sequence[str]) -> "Job":
    """The job that scores the weights in `folder`. Raises Refusal, one sentence, where it would have to train."""
    from bench.config.compose import quoted
    from bench.jobs import stored_config
    from bench.jobs.job import prepare

    stored_config.check_trained(folder)
    words = [
        *_placed(stored_config.read(folder, "config.json")["data"], overrides),
        f"paths.cache={quoted(str(folder.resolve().parents[1]))}",
    ]
    if not any(word.startswith("sweep.name=") for word in words):
        words.append(f"sweep.name={SWEEP}")
    config = stored_config.configuration(folder, [*words, "sweep.baseline=null"], groups=GROUPS)
    config.sweep.literature, config.sweep.claims, config.sweep.across, config.speed.rounds = [], [], [], 0
    job = prepare(config)
    if job.train_id != folder.resolve().name:
        raise ConfigError(
            f"{' '.join(overrides)} would need another training than {folder}: change only the test (data.test=FILE, "
            "data.test_length=N) and give the original training data, with paths.data= if they are in a folder."
        )
    return job


def _placed(data: dict[str, object], overrides: Sequence[str]) -> list[str]:
    """`data.test=FILE` of a data set whose files lie in a folder names its test file."""
    sources = data.get("places")
    files = sources.get("files") if isinstance(sources, dict) else None
    if "test" in data or not isinstance(files, dict) or "test" not in files:
        return list(overrides)
    from bench.config.compose import quoted

    renamed = {"data.test": "data.places.files.test"}
    words = []
    for word in overrides:
        key, equals, value = word.partition("=")
        path = quoted(str(Path(value.strip("'\"")).resolve())) if key in renamed else value
        words.append(f"{renamed.get(key, key)}{equals}{path}")
    return words
