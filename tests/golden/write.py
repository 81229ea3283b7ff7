"""`python tests/golden/write.py [NAME ...]`: writes the numbers of golden runs: all that have none, or those that are named.

What is there already stays as it is: numbers of a run change only by its name, which is said where the version was raised.
"""

import json
import sys
import tempfile
from pathlib import Path

import torch

sys.path[:0] = [str(Path(__file__).resolve().parents[2]), str(Path(__file__).resolve().parents[1])]

from hydra import compose, initialize_config_dir  # noqa: E402

from bench.config import schema  # noqa: E402
from bench.config.compose import to_run  # noqa: E402
from golden import corpus, runs  # noqa: E402


def main(named: list[str]) -> None:
    known = json.loads(runs.NUMBERS.read_text()) if runs.NUMBERS.is_file() else {}
    recipes = runs.recipes()
    schema.register()
    torch.set_num_threads(1)
    with (
        runs.in_float64(),
        tempfile.TemporaryDirectory() as folder,
        initialize_config_dir(str(schema.folder()), version_base="1.3"),
    ):
        corpus.write(Path(folder))
        for name, recipe in recipes.items():
            if name in named or (not named and name not in known):
                words = ["track=none", *runs.overrides(recipe, Path(folder))]
                known[name] = runs.numbers(to_run(compose("config", overrides=words)), Path(folder) / "cache" / name)
                print(name, known[name]["validation"], known[name]["outputs"])
    kept = {name: known[name] for name in recipes if name in known}
    lines = [f"{json.dumps(name)}: {json.dumps(content)}" for name, content in kept.items()]
    runs.NUMBERS.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
