"""What configurations named otherwise once, and what it is today: records and users' yaml files keep the old names.

A class that is called otherwise keeps its name in the names of runs (`known_as`).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

MODULES = {
    "bench.data.columns": "bench.data.tags.conll",
    "bench.data.digit_strips": "bench.data.vectors.digit_strips",
    "bench.data.feature_files": "bench.data.vectors.feature_files",
    "bench.data.generated": "bench.data.batches.generated",
    "bench.data.images": "bench.data.classes.images",
    "bench.data.japanese_vowels": "bench.data.frames.japanese_vowels",
    "bench.data.labelled_text": "bench.data.classes.labelled_text",
    "bench.data.parallel": "bench.data.pairs.parallel",
    "bench.data.pronunciation": "bench.data.pairs.pronunciation",
    "bench.data.python_docstrings": "bench.data.classes.python_docstrings",
    "bench.data.python_names": "bench.data.tags.python_names",
    "bench.data.python_topics": "bench.data.sources.python_topics",
    "bench.data.recordings": "bench.data.frames.recordings",
    "bench.data.series": "bench.data.series.series",
    "bench.data.speaker_turns": "bench.data.frames.speaker_turns",
    "bench.data.synthetic_series": "bench.data.series.synthetic_series",
    "bench.data.tatoeba": "bench.data.pairs.tatoeba",
    "bench.data.text": "bench.data.text.text",
    "bench.data.word_list": "bench.data.text.word_list",
    "bench.data.words": "bench.data.text.words",
    "bench.nets.counted_tagger": "bench.baselines.counted_tagger",
    "bench.nets.ngram": "bench.baselines.ngram",
}
CLASSES = {
    "bench.tasks.generate.Evaluation": "bench.tasks.word_generation.Evaluation",
    "bench.tasks.generate.Generate": "bench.tasks.word_generation.WordGeneration",
    "bench.tasks.image_rows.ImageRows": "bench.tasks.image_classification.ImageClassification",
    "bench.tasks.name_tagging.Evaluation": "bench.tasks.tagging.Evaluation",
    "bench.tasks.name_tagging.NameTagging": "bench.tasks.tagging.Tagging",
    "bench.tasks.one_class.Evaluation": "bench.tasks.classification.Evaluation",
    "bench.tasks.sentiment.Sentiment": "bench.tasks.text_classification.TextClassification",
    "bench.tasks.speech.Speech": "bench.tasks.audio_classification.AudioClassification",
    "bench.tasks.transcription.Evaluation": "bench.tasks.speech_recognition.Evaluation",
    "bench.tasks.transcription.Transcription": "bench.tasks.speech_recognition.SpeechRecognition",
}


CHOICES = {
    "task": {
        "generate": "word_generation",
        "image_rows": "image_classification",
        "sentiment": "text_classification",
        "speech": "audio_classification",
        "transcription": "speech_recognition",
    },
}


PROBES = {"cost": "step_cost"}


def probe_of_today(name: str, say: Callable[[str], None]) -> str:
    """What a probe is called today; one that was called otherwise is said."""
    if name in PROBES:
        say(f"probe {name} is now called probe {PROBES[name]}; the old name is read for this release")
    return PROBES.get(name, name)


def words_of_today(words: Sequence[str], say: Callable[[str], None]) -> list[str]:
    """A command line with the choices of groups as they are called today; what is called otherwise is said, each once."""
    return [_word_of_today(word, say) for word in words]


KEYS = {
    "report.sweep": "sweep.name",
    "report.title": "sweep.title",
    "report.note": "sweep.note",
    "report.baseline": "sweep.baseline",
    "report.published": "sweep.literature",
    "report.findings": "sweep.claims",
    "report.across": "sweep.across",
    "report.estimate": "sweep.estimate",
    "grids": "sweep.rows",
}


LAUNCHER_KEYS = {
    "hydra/launcher": "launcher",
    "hydra.launcher.array_parallelism": "launcher.jobs",
    "hydra.launcher.n_jobs": "launcher.jobs",
    "hydra.launcher.ray.init.address": "launcher.cluster.address",
    "hydra.launcher.ray.remote.num_cpus": "launcher.cluster.num_cpus",
    "hydra.launcher.ray.remote.num_gpus": "launcher.cluster.num_gpus",
}
"""Keys of Hydra's launchers, which the suite's own have replaced; those of Slurm are called as they were."""


def launcher_key_of_today(key: str) -> str | None:
    """What a key of Hydra's launchers is called today; None for any other key."""
    if key in LAUNCHER_KEYS:
        return LAUNCHER_KEYS[key]
    return f"launcher.cluster.{key.removeprefix('hydra.launcher.')}" if key.startswith("hydra.launcher.") else None


def _word_of_today(word: str, say: Callable[[str], None]) -> str:
    group, equals, chosen = word.partition("=")
    if equals and (key := group.lstrip("+~")) in KEYS:
        say(f"{key} is now called {KEYS[key]}; the old name is read for this release")
        return f"{KEYS[key]}={chosen}"
    former = CHOICES.get(group.lstrip("+"), {})
    for name in sorted(set(chosen.split(",")) & set(former)):
        say(f"{group}={name} is now called {group}={former[name]}; the old name is read for this release")
    return group + equals + ",".join(former.get(name, name) for name in chosen.split(","))


def today(target: str) -> str:
    """The dotted name of a class or function as it is today."""
    module, _, name = target.rpartition(".")
    return CLASSES.get(target, f"{MODULES.get(module, module)}.{name}")


STACKS = (("stack",), ("net", "decoder"))
WITHOUT_BLOCKS: dict[str, Any] = {"block": "none", "convolution": 0, "expansion": 1, "mlp": 0.0}
"""Keys that came later, at the value that older runs had: without them the old and the new rows of a table would differ."""


def config_of_today(config: Mapping[str, Any]) -> dict[str, Any]:
    """A plain configuration with classes and choices as they are called today, and later keys; what it says is the same."""
    renamed: dict[str, Any] = _targets_of_today(dict(config))
    for group, names in CHOICES.items():
        node = renamed.get(group)
        if isinstance(node, dict) and node.get("name") in names:
            renamed[group] = {**node, "name": names[node["name"]]}
    for place in STACKS:
        if isinstance(stack := _below(renamed, place), dict) and "depth" in stack:
            stack.update({key: value for key, value in WITHOUT_BLOCKS.items() if key not in stack})
    return renamed


def _below(config: Any, place: Sequence[str]) -> Any:
    """The copy of the node at `place`; None where there is none."""
    for key in place:
        config = config.get(key) if isinstance(config, dict) else None
    return config


def _targets_of_today(node: Any) -> Any:
    if isinstance(node, dict):  # JSON and yaml have no other mapping, and every record that is read passes here
        return {key: today(value) if _is_target(key, value) else _targets_of_today(value) for key, value in node.items()}
    return [_targets_of_today(value) for value in node] if isinstance(node, list) else node


def _is_target(key: str, value: Any) -> bool:
    """`offline` is the function that has a data set's offline text."""
    return key in ("_target_", "offline") and isinstance(value, str)
