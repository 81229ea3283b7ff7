"""`python -m bench decode CHECKPOINT [decode=beam decode.width=10] < FILE`: decodes your own text with trained weights.

    translation, pronunciation   a line out for each line in
    name tagging                 sentences in (one a line, or one word a line), `word tag` lines out
    classes of texts             a class for each line
    language models              what follows the text, evaluation.sample_length symbols
    forecasting                  a CSV of the series so far in, the next task.horizon steps out

CHECKPOINT is the folder <paths.cache>/checkpoints/<train_id>. Strategy and evaluation are those of the run unless overridden.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.data.sources.files import decoded
from bench.data.sources.lines import other_ends
from bench.errors import DataError

GROUPS = ("decode", "evaluation")


def main(arguments: Sequence[str]) -> int:
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__)
        return 0 if arguments else 2
    decode(Path(arguments[0]), arguments[1:])
    return 0


def decode(folder: Path, overrides: Sequence[str]) -> None:
    """Reads standard input, writes standard output; remarks on the input go to standard error."""
    from bench import plugins
    from bench.build import build, locate
    from bench.config.factory import make_net, make_strategy
    from bench.jobs import stored_config
    from bench.training.checkpoint import Checkpoint

    stored_config.check_trained(folder)
    config = stored_config.configuration(folder, overrides, groups=GROUPS)
    plugins.trust(config.plugins)
    about = stored_config.read(folder, "about.json")
    restore = getattr(locate(config.task["_target_"], key="task"), "restore", None)
    if restore is None:
        raise DataError(
            f"{folder} is of task={config.task['name']}, which cannot decode text: give a checkpoint of another task."
        )
    try:
        reader = restore(about["vocabulary"], build(config.evaluation, key="evaluation"))
    except KeyError as error:
        raise DataError(f"about.json in {folder} lacks {error}, since an older version wrote it: train again.") from error
    net = make_net(config, reader)
    try:
        Checkpoint(folder).load_best(net)
    except RuntimeError as error:
        raise DataError(f"the weights in {folder} do not fit its config.json: give an unchanged checkpoint.") from error
    strategy = make_strategy(config)
    reader.check_strategy(strategy, config.decode["name"])
    for piece in reader.decode(net.eval(), strategy, text_of(sys.stdin.buffer.read(), _tell), config.seed, _tell):
        sys.stdout.write(piece)
        sys.stdout.flush()


def _tell(sentence: str) -> None:
    print(sentence, file=sys.stderr)


def text_of(content: bytes, tell: Callable[[str], None]) -> str:
    """What is read of an input; `tell` is told of what may not be as it was meant. Raises DataError, one sentence."""
    text = decoded("the input", content)
    for note in other_ends({"all": text}):
        tell(note)
    return text
