"""What `python -m bench --help` prints. Hydra's own help walks over its groups for seconds; here their folders are listed."""

from collections.abc import Sequence
from pathlib import Path
from textwrap import fill

from bench.config.own_folder import config_dirs
from bench.config.schema import folder as conf_folder

TEXT = """\
recurrent-bench: what is a recurrent architecture worth? Trains, measures and tables cells, depths and decoders.

  python -m bench +sweep=quick                     a sweep: trains, evaluates, measures speed, writes tables to runs/quick
  python -m bench task=char_lm cell=gru seed=1     one run (task=translation: pairs of lines)

Commands (each says more with --help)

  python -m bench status runs/quick                what is done, failed, running; `status results`: the reference
  python -m bench tables runs/quick                the tables of a sweep again, from its records
  python -m bench report runs/quick                one page about it
  python -m bench compare runs/A runs/B            which rows moved; --by-sentence: outputs against outputs
  python -m bench decode CHECKPOINT < FILE         what trained weights make of a text of yours
  python -m bench score CHECKPOINT data.test=FILE  their scores on a test set of yours
  python -m bench probe NAME [overrides]           what a cell is asked beyond its score
  python -m bench cost +sweep=quick                what a sweep would take here
  python -m bench sync runs/quick                  sends its offline wandb runs
  python -m bench publish runs/quick               puts a sweep into results/, the reference
  python -m bench unpack results/cells             puts its runs into runs/: a sweep then trains only what is missing
  python -m bench verify results/tagging           trains committed runs again: the same bits, or moved by how much
  python -m bench completion                       completes `recurrent-bench` in a shell

Groups (choose with group=option)

{groups}

The ten overrides most used

  cell=gru                          the cell: see the list above
  data=tinyshakespeare              the data set; data=text data.path=FILE reads any UTF-8 text
  stack.depth=2                     layers
  stack.hidden_size=256             units a layer
  stack.dropout=0.3                 dropout between layers, 0..1 (net.output_dropout: after the last one)
  optimiser.lr=1e-3                 learning rate; optimiser.schedule=cosine
  trainer.epochs=5                  passes over the training data; trainer.max_steps=N stops sooner
  decode=beam decode.width=10       how outputs are found: see the list above
  seed=1                            an integer; 0 is a seed like any other
  track=none                        no wandb (the default: online when an API key is set, else offline)

plugins=[mypackage] lets a yaml name your own classes; reuse=same_code counts only runs of today's sources.

Sweeps of your own: seed=0,1,2 cell=gru,lstm -m. The whole config: --cfg job. All of Hydra's flags: --hydra-help.
-v prints captions, published figures and findings at the end too; they stand in table.md.
"""


def is_asked(words: Sequence[str]) -> bool:
    return bool({"-h", "--help"} & set(words))


def text(words: Sequence[str]) -> str:
    """The help, with the groups of the suite and those of the folder that `--config-dir` names."""
    folders = [conf_folder(), *map(Path, config_dirs(words)[0])]
    options: dict[str, list[str]] = {}
    for file in sorted({path.relative_to(folder) for folder in folders for path in folder.rglob("*.yaml")}):
        if file.parent.name and not file.stem.startswith("_"):
            options.setdefault(file.parent.as_posix(), []).append(file.stem)
    lines = [
        fill(f"{group}: {', '.join(names)}", 100, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)
        for group, names in sorted(options.items())
    ]
    return TEXT.format(groups="\n".join(lines))
