"""Refusals: whatever is wrong with a command, in one sentence that names the key, what was given and what is allowed."""

import re
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

from hydra.errors import HydraException
from omegaconf import DictConfig
from omegaconf.errors import (
    ConfigAttributeError,
    ConfigKeyError,
    InterpolationResolutionError,
    OmegaConfBaseException,
)
from yaml import YAMLError

from bench.config.keys import EVERY_KEY, advice_for, annotation, keys_of, unknown
from bench.config.schema import folder
from bench.errors import ConfigError, Failure, Refusal, did_you_mean
from bench.moved import CHOICES

EXTRAS = {"hydra/sweeper=optuna": "search"}


COMPOSING = tuple(str(Path(__file__).resolve().parent.parent / file) for file in ("__main__.py", "config/compose.py"))
"""Files that call Hydra with the user's words."""
_traces = False


def show_traces(shown: bool) -> None:
    """Whether refusals show where they were raised: what the environment's HYDRA_FULL_ERROR=1 asks for."""
    global _traces
    _traces = shown


def refuse(error: Exception) -> NoReturn:
    """Ends the program: status 2 and one sentence for a refused command; 1 and one sentence for a failure outside of the suite;
    the whole trace and 1 for a fault of the suite."""
    if isinstance(error, Failure):
        print(error, file=sys.stderr)
        raise SystemExit(1) from error
    deliberate = isinstance(error, Refusal | HydraException | OmegaConfBaseException | YAMLError)
    if _traces or not deliberate:
        traceback.print_exception(error)
    if not deliberate:
        raise SystemExit(1) from error
    print(f"refused: {sentence(error)}", file=sys.stderr)
    raise SystemExit(2) from error


def stumbled(error: Exception) -> Exception:
    """A refusal in place of an error of no kind of its own that Hydra or OmegaConf raised while putting words together; another
    error as it is."""
    if isinstance(error, Refusal | Failure | HydraException | OmegaConfBaseException | YAMLError):
        return error
    files = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
    within = [place for place, file in enumerate(files) if file in COMPOSING]
    libraries = [bool({"hydra", "omegaconf"} & set(Path(file).parts)) for file in files]
    if not within or within[-1] == len(files) - 1 or not libraries[within[-1] + 1]:
        return error
    if isinstance(error, OSError) and error.strerror:  # of a folder that Hydra makes for itself
        return ConfigError(
            f"{error.filename} cannot be written ({error.strerror}): give other folders with paths.cache= and paths.results=."
        )
    if not all(libraries[within[-1] + 1 :]):
        return error
    said = str(error).splitlines() or [type(error).__name__]
    key = next((line.partition(":")[2].strip() for line in said if line.strip().startswith("full_key:")), "")
    if annotation(key):
        return ConfigError(f"{key} is refused as it was typed: {advice_for(key)}.")
    return ConfigError(f"the words of the command cannot be put together ({said[0][:200]}): correct them, or leave one out.")


def interrupted() -> NoReturn:
    """Ends the program after an interrupt: status 130."""
    print("interrupted: finished jobs are kept; repeat the command to continue", file=sys.stderr)
    raise SystemExit(130) from None


def sentence(error: BaseException) -> str:
    """One sentence for Hydra's and OmegaConf's errors; ours are one already. What breaks a line in what was given is spelt."""
    return re.sub(r"[\x00-\x1f\x7f\x85\u2028\u2029]", lambda sign: repr(sign[0])[1:-1], _sentence(error))


def _sentence(error: BaseException) -> str:
    if isinstance(error, YAMLError):
        return _unreadable_yaml(error)
    if not isinstance(error, HydraException | OmegaConfBaseException):
        return str(error)
    text = " ".join(_lines(error))
    for translate in (_unknown_option, _several_values, _unusable_group, _in_a_yaml):
        translated = translate(text)
        if translated:
            return translated
    return _about_a_key(error, text) or text.rstrip(".") + "."


def _unreadable_yaml(error: YAMLError) -> str:
    mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None) or str(error).splitlines()[0]
    if mark is None:
        return f"a yaml file cannot be read ({problem}): correct it."
    hint = "indent with blanks, not with a tab" if "\\t" in problem else "correct the line"
    return f"{mark.name}, line {mark.line + 1}: {problem}; {hint}."


def _lines(error: BaseException) -> list[str]:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines + (_lines(error.__cause__) if error.__cause__ is not None else [])


def _unknown_option(text: str) -> str | None:
    match = re.search(r"Could not find '(.+)/([^/]*?)' Available options in '[^']+': (.*?)(?: Config search path|$)", text)
    if not match:
        return None
    group, option, options = match.groups()
    inner = group.partition("/")[0]
    if not inner.startswith("hydra") and (folder() / inner).is_dir():
        group, option = inner, f"{group}/{option}".partition("/")[2]
    if current := CHOICES.get(group, {}).get(option):
        return f"{group}={option} is now called {current}: use that name."
    if extra := EXTRAS.get(f"{group}={option}"):
        return (
            f"{group}={option} needs a package that is not installed: python -m pip install 'recurrent-bench[{extra}]' (in a "
            f"checkout '.[{extra}]')."
        )
    return f"{group}={option} is unknown{did_you_mean(option, options.split())}: give one of {', '.join(options.split())}."


def _several_values(text: str) -> str | None:
    match = re.search(r"Ambiguous value for argument '([^']+)'", text)
    if not match:
        return None
    key, _, value = match[1].partition("=")
    return (
        f"{match[1]} names several values: add --multirun (-m) to run one job for each; a comma that belongs to it goes in "
        f"quotes, \"{key}='{value}'\"."
    )


def _unusable_group(text: str) -> str | None:
    if match := re.search(r"Multiple values for (\S+)\. To override", text):
        return f"{match[1]} is chosen already: give {match[1]}=NAME without +."
    if match := re.search(r"force-add of config groups is not supported: '\+\+([^=]+)=(.*?)'", text):
        return f"++{match[1]}={match[2]} is refused: a group is chosen without ++, {match[1]}={match[2]}."
    if match := re.search(r"Could not override '([^']+)'.*?use (\+\S+?)\.? *$", text):
        return f"{match[1]} has no choice that could be replaced: give {match[2]}."
    if match := re.search(r"Could not delete from config\. '([^']+)' does not exist", text):
        return f"~{match[1]} is refused: there is no {match[1]} with this value; leave it out."
    return None


def _in_a_yaml(text: str) -> str | None:
    match = re.search(r"In '([^']+)': \w+ raised while composing config: (.*?) full_key: (\S+)", text)
    if not match:
        return None
    file, message, key = match[1], match[2], re.sub(r"\[\d+\].*", "", match[3])
    if re.match("Key '.*' not in", message):
        return f"{file}.yaml: {unknown(key, keys_of(key.rpartition('.')[0]), EVERY_KEY)}"
    if not annotation(key):
        return None
    value = re.search("Value '(.*?)' ", message)
    return f"{file}.yaml: {key}{f'={value[1]}' if value else ''} is refused: {advice_for(key)}."


def _about_a_key(error: BaseException, text: str) -> str | None:
    """Of an error of OmegaConf's that says which key it is about."""
    override = re.search(
        r"Error merging override (\S.*?)(?= (?:Value|Cannot|Non optional|field|child|Incompatible|Key|Invalid)\b)", text
    )
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OmegaConfBaseException):
            return _of_key(cause, override[1] if override else "", text)
        cause = cause.__cause__
    return None


def _of_key(error: OmegaConfBaseException, override: str, text: str) -> str | None:
    key = re.sub(r"\[\d+\].*", "", str(error.full_key or ""))
    typed = override.partition("=")[0].lstrip("+~")
    if override and not annotation(key):  # such as the number of an entry of a list
        key = typed or key
    if isinstance(error, InterpolationResolutionError):
        said = str(error).splitlines()[0]
        return f"{key or 'a reference'} cannot be resolved ({said}): give a value, or a reference to a key that there is."
    if isinstance(error, ConfigKeyError | ConfigAttributeError) and isinstance(error.parent_node, DictConfig):
        allowed = [str(name) for name in error.parent_node if str(name) != "hydra"]
        root: Any = error.parent_node._get_root()
        return str(unknown(key, allowed, root if isinstance(root, DictConfig) else error.parent_node))
    if re.search("support(s)? (pop|deletion)|DictConfig does not support deletion|struct", text) and "=" not in override:
        return f"~{key} is refused: every run has {key}; leave that word out."
    if not annotation(key):
        return None
    value = re.search(r"Value '(.*?)' ", text)
    refused = override if typed == key else f"{key}={value[1] if value else 'null' if 'None' in text else '...'}"
    return f"{refused} is refused: {advice_for(key)}."
