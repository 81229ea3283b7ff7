"""Where the modules lie that configurations named by another place once: records and users' yaml files keep those names."""

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


def today(target: str) -> str:
    """The dotted name of a class or function as it is today."""
    module, _, name = target.rpartition(".")
    return f"{MODULES.get(module, module)}.{name}"
