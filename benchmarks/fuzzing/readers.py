"""Clean files for every data set of conf/ that a user can point at files, drawn at random, for `fuzz.py` to spoil.

Which data sets there are comes from conf/data/, which task reads one from the tasks' own annotations; what a file of theirs
looks like is here, by the `_target_` that reads it. Content is drawn first, then written: `truth` is what a reader must have
read of it, told without the suite's readers.
"""

from collections.abc import Iterator
from typing import Any, get_type_hints

import yaml
from fuzzing import pieces
from fuzzing.forms import SPLITS, Format, Reader, Rows
from fuzzing.measured import (
    draw_captions,
    draw_frames,
    draw_recordings,
    draw_series,
    truth_captions,
    truth_frames,
    truth_labels,
    truth_series,
    view_captions,
    view_labels,
    view_series,
    write_csv,
    write_frames,
    write_npz,
    write_recordings,
    write_series,
)
from fuzzing.texts import (
    draw_labelled,
    draw_lines,
    draw_pairs,
    draw_pronunciations,
    draw_tags,
    draw_tatoeba,
    draw_words,
    truth_labelled,
    truth_pairs,
    truth_pronunciations,
    truth_tags,
    truth_words,
    view_labelled,
    view_pairs,
    view_tags,
    view_text,
    view_words,
    write_labelled,
    write_lines,
    write_pairs,
    write_tags,
    write_tatoeba,
    write_words,
)
from omegaconf import OmegaConf

from bench.build import class_of
from bench.config.schema import folder

LINES = Format(
    "text",
    draw_lines,
    write_lines,
    lambda rows: "".join(f"{row[0]}\n" for split in SPLITS for row in rows[split]),
    view_text,
    verbatim=True,
)


WORDS = Format("words", draw_lines, write_lines, truth_words, view_words, verbatim=True)


PAIRS = Format("pairs", draw_pairs, write_pairs, truth_pairs, view_pairs, verbatim=True)


FRAMES = Format("ts", draw_frames, write_frames, truth_frames, view_labels, arrays=True)


WORD_LIST = Format(
    "word list",
    draw_words,
    write_words,
    lambda rows: sorted(row[0] for row in rows["all"]),
    lambda data: sorted(word for part in data.words.values() for word in part),
)


TURNS = Format("ts", draw_frames, write_frames, lambda rows: None, lambda data: None, arrays=True)  # rows drawn from rows


FORMATS = {
    "bench.data.text.text.TextData": [LINES],
    "bench.data.text.words.WordData": [WORDS],
    "bench.data.text.words.files": [WORDS],
    "bench.data.text.word_list.from_file": [WORD_LIST],
    "bench.data.pairs.pronunciation.spelling_to_phonemes": [
        Format("pronunciations", draw_pronunciations, write_words, truth_pronunciations, view_pairs)
    ],
    "bench.data.pairs.tatoeba.sentence_pairs": [
        Format(
            "tatoeba",
            draw_tatoeba,
            write_tatoeba,
            lambda rows: sorted((row[0], row[1]) for row in rows["all"]),
            view_pairs,
            verbatim=True,
        )
    ],
    "bench.data.pairs.parallel.multilingual": [PAIRS],
    "bench.data.pairs.parallel.parallel": [PAIRS],
    "bench.data.tags.conll.tagged": [Format("tags", draw_tags, write_tags, truth_tags, view_tags)],
    "bench.data.tags.conll.columns": [Format("tags", draw_tags, write_tags, truth_tags, view_tags)],
    "bench.data.classes.labelled_text.LabelledText": [
        Format("labelled", draw_labelled, write_labelled, truth_labelled, view_labelled)
    ],
    "bench.data.classes.labelled_text.files": [
        Format("labelled", draw_labelled, write_labelled, truth_labelled, view_labelled)
    ],
    "bench.data.series.series.SeriesData": [
        Format(
            "series", draw_series, write_series, truth_series, view_series, values=1, heading=True, ordered=True, quoted=True
        )
    ],
    "bench.data.vectors.feature_files.feature_files": [
        Format("csv", draw_captions, write_csv, truth_captions, view_captions, values=1, heading=True, quoted=True),
        Format("npz", draw_captions, write_npz, truth_captions, view_captions, values=1, arrays=True),
    ],
    "bench.data.frames.recordings.recordings": [
        Format("recordings", draw_recordings, write_recordings, truth_labels, view_labels)
    ],
    "bench.data.music.own_pieces.own_pieces": pieces.FORMS,
    "bench.data.frames.japanese_vowels.frames": [FRAMES],
    "bench.data.frames.speaker_turns.speaker_turns": [TURNS],
}
"""By the target that reads them."""
UNTRIED = {
    "bench.data.music.matlab.published",  # read as any .mat of the user's own is
    "bench.data.classes.images.with_test",  # bytes with a header that says how many
    "bench.data.frames.spoken_digits.spoken_digits",  # an archive of recordings, which are tried one by one
}


def readers() -> list[Reader]:
    """Every data set that reads files of a user's, in every form that its reader takes, with every task that reads it.

    Raises KeyError for a reader whose files nobody described here.
    """
    offered = []
    for file in sorted((folder() / "data").glob("*.yaml")):
        node = _node(file)
        places = node.get("places") or {}
        by_path = "path" in node and places.get("kind", "files") == "files"
        of_the_user = places.get("files") or by_path or ("validation" in node and node["validation"] is None)
        if not of_the_user or node["_target_"] in UNTRIED:
            continue
        for task, task_node in _tasks():
            data_type = get_type_hints(class_of(task_node["_target_"], key="task").__init__).get("data")
            if isinstance(data_type, type) and issubclass(class_of(node["_target_"], key="data"), data_type):
                offered += [Reader(file.stem, task, node, task_node, form) for form in FORMATS[node["_target_"]]]
    return offered


def _node(file: Any) -> dict[str, Any]:
    content: Any = OmegaConf.to_container(OmegaConf.load(file), resolve=True)
    base: dict[str, Any] = {}
    for name in content.pop("defaults", []):
        base |= _node(file.with_name(f"{name}.yaml"))
    return {**base, **content}


def _tasks() -> Iterator[tuple[str, dict[str, Any]]]:
    for file in sorted((folder() / "task").glob("*.yaml")):
        yield file.stem, yaml.safe_load(file.read_text(encoding="utf-8"))["task"]


def whole_text(reader: Reader, rows: Rows) -> str:
    """The one file that its rows are written to."""
    texts: dict[str, str] = reader.format.write(reader, rows).texts
    (text,) = texts.values()
    return text
