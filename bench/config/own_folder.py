"""A user's own folder of configurations beside conf/: `--config-dir FOLDER` in a command line."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.config.schema import folder, register
from bench.errors import ConfigError

OPTION, SHORT = "--config-dir", "-cd"


def config_dirs(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """The folders that a command line names, and its other words."""
    folders, others, waiting = [], [], list(words)
    while waiting:
        word = waiting.pop(0)
        if word.startswith(f"{OPTION}="):
            folders.append(word.partition("=")[2])
        elif word in (OPTION, SHORT) and waiting:
            folders.append(waiting.pop(0))
        else:
            others.append(word)
    return folders, others


@contextmanager
def composing(folders: Sequence[str] = ()) -> Iterator[None]:
    """With Hydra open over conf/ and these folders, as a run has it. Raises ConfigError for one that is no folder."""
    from hydra import initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra

    if missing := [name for name in folders if not Path(name).is_dir()]:
        raise ConfigError(f"{OPTION} {missing[0]}: there is no such folder; give one with your yaml files.")
    register()
    with initialize_config_dir(str(folder()), version_base="1.3"):
        loader = GlobalHydra.instance().config_loader()
        for name in folders:  # Hydra's own option does this before it starts, which its function cannot
            loader.get_search_path().prepend("command-line", f"file://{Path(name).resolve()}", anchor="schema")
        loader.repository.initialize_sources(loader.get_search_path())
        yield
