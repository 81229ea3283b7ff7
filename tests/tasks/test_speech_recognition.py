"""The task of transcription: frames into text, over speakers in turn from files in the package's format."""

from itertools import product

import choices
import pytest
import torch

from bench.build import call
from bench.config.factory import make_net, make_strategy, make_task
from bench.data.frames.speaker_turns import speaker_turns
from bench.decoding.greedy import Greedy
from bench.errors import DataError
from bench.jobs.job import prepare
from bench.jobs.run import run
from bench.metrics.error_rate import edit_distance
from bench.task import evaluate

SMALL = ("stack.hidden_size=24", "net.embedding_size=12", "trainer.batch_size=8", "evaluation.batch_size=5")
SIZES = ("data.train=60", "data.validation=13", "data.test=9", "data.turns=2")


def write_two_speakers(tmp_path):
    """Two speakers, whose frames differ in their signs, in the package's format; no two sequences are equal."""
    for split, count in (("TRAIN", 20), ("TEST", 8)):
        lines = []
        for index in range(count):
            sign = 1 if index % 2 else -1
            frames = [(sign * (1 + index / 10), step + index / 100 + (split == "TEST") / 1000) for step in range(2 + index % 3)]
            lines.append(":".join(",".join(map(str, side)) for side in zip(*frames, strict=True)) + f":{1 + index % 2}")
        index = tmp_path / "japanese_vowels"
        index.mkdir(exist_ok=True)
        (index / f"JapaneseVowels_{split}.ts").write_text("@data\n" + "\n".join(lines) + "\n")


@pytest.fixture
def spoken(compose, tmp_path):
    """configure(*overrides) -> a RunConfig over those files."""
    write_two_speakers(tmp_path)

    def configure(*overrides):
        places = ("data.places.kind=files", f"paths.data={tmp_path}", f"paths.results={tmp_path}/results")
        return compose("task=speech_recognition", *places, f"paths.cache={tmp_path}/cache", *SIZES, *SMALL, *overrides)

    return configure


def built(config):
    torch.manual_seed(0)
    task = make_task(config)
    return task, make_net(config, task).eval()


def test_a_row_is_as_many_sequences_as_its_text_has_words_each_of_its_own_split(tmp_path):
    write_two_speakers(tmp_path)
    files = {split: f"japanese_vowels/JapaneseVowels_{split.upper()}.ts" for split in ("train", "test")}
    places = {"kind": "files", "files": files, "hub": None, "offline": None}
    sizes = {"turns": 3, "train": 200, "validation": 30, "test": 40}
    data, again = (call(speaker_turns, {"name": "turns", "folder": str(tmp_path), "places": places, **sizes}) for _ in range(2))
    counts = [len(label.split()) for label in data.labels["train"]]
    assert min(counts) == 1 and max(counts) == 3 and {len(data.labels[split]) for split in data.labels} == {200, 30, 40}
    starts = {}
    for split, labels in data.labels.items():
        seconds = set()
        for label, frames_TI in zip(labels, data.frames[split], strict=True):
            speakers = ["one" if frame[0] < 0 else "two" for frame in frames_TI]
            fresh = [index for index in range(len(frames_TI)) if not index or frames_TI[index, 1] < frames_TI[index - 1, 1]]
            assert [speakers[index] for index in fresh] == label.split()
            seconds |= {tuple(round(float(value), 5) for value in frames_TI[index]) for index in fresh}
        starts[split] = seconds
    assert not starts["train"] & starts["validation"] and not starts["train"] & starts["test"]
    assert data.labels == again.labels and all(
        torch.equal(ours, theirs) for ours, theirs in zip(data.frames["test"], again.frames["test"], strict=True)
    )


def test_a_batch_holds_frames_with_zeros_after_their_ends_and_the_spelt_text(spoken):
    task, _ = built(spoken())
    batch = next(iter(task.score_loader("test")))
    for row, index in enumerate(batch.index_B.tolist()):
        length = int(batch.source_lengths_B[row])
        assert torch.equal(batch.source_BS[row, :length], task.data.frames["test"][index])
        assert not batch.source_BS[row, length:].any()
        text = batch.target_BT[row, : int(batch.target_lengths_B[row]) - 1].tolist()
        assert task.text.decode(text) == task.data.labels["test"][index]


@pytest.mark.parametrize("level", ["characters", "words"])
def test_it_learns_and_every_strategy_writes_a_line_a_row(spoken, level):
    config = spoken(f"task.level={level}", "data.train=200", "stack.direction=bidirectional")
    task, net = built(config)
    net.train()
    optimiser = torch.optim.Adam(net.parameters(), 0.01)
    for epoch in range(20):
        loader = task.train_loader(16, 0)
        loader.set_epoch(epoch)
        for batch in loader:
            (nll_sum, count), _ = net.loss(batch, None)
            optimiser.zero_grad()
            (nll_sum / count).backward()
            optimiser.step()
    net.eval()
    labels = task.data.labels["test"]
    for decode in choices.ways_to_write():
        outputs = task.outputs(net, make_strategy(spoken(*decode)), 0)
        lines = outputs.files["txt"].splitlines()
        assert sum(line == label for line, label in zip(lines, labels, strict=True)) >= 7
        edits = sum(edit_distance(line, label) for line, label in zip(lines, labels, strict=True))
        metrics = outputs.metrics["test"]
        assert metrics["character_error_rate"].value == pytest.approx(100 * edits / len("".join(labels)))
        assert metrics["character_error_rate"].better == "lower" and metrics["exact_match"].count == 9


def test_the_monitor_scores_greedy_texts_as_the_final_scorer_does(spoken):
    task, net = built(spoken())
    watched, final = (
        evaluate(task, net, task.monitor_loader(), task.monitor),
        task.outputs(net, Greedy(), 0).metrics["validation"],
    )
    assert next(iter(watched)) == next(iter(final)) == task.primary == "character_error_rate" and task.better == "lower"
    assert {name: watched[name].value for name in final} == {name: metric.value for name, metric in final.items()}


def test_texts_do_not_depend_on_the_batch(spoken):
    texts = []
    for size in (1, 4, 9):
        task, net = built(spoken(f"evaluation.batch_size={size}"))
        texts.append(task.outputs(net, make_strategy(spoken()), 0).files["txt"])
    assert texts[0] == texts[1] == texts[2]


def test_a_picture_of_attention_has_a_row_a_symbol_and_a_column_a_frame(spoken):
    task, net = built(spoken("evaluation.matrices=9"))
    outputs = task.outputs(net, Greedy(), 0)
    assert len(outputs.matrices) == 9
    for index, matrix in enumerate(outputs.matrices):
        assert len(matrix.columns) == len(task.data.frames["test"][index])
        assert "".join(matrix.rows[:-1]) == outputs.files["txt"].splitlines()[index]
        assert [len(row) for row in matrix.values] == [len(matrix.columns)] * len(matrix.rows)
        assert [sum(row) for row in matrix.values] == pytest.approx([1.0] * len(matrix.rows), abs=1e-5)
    fixed, code = built(spoken("net.attention=none"))
    assert fixed.outputs(code, Greedy(), 0).matrices == []


def test_through_the_command(spoken):
    job = prepare(spoken("trainer.epochs=1", "decode.width=2", "speed.rounds=0"))
    record = run(job, "")
    assert record.status == "ok"
    assert next(iter(record.metrics["test"])) == job.task.primary == "character_error_rate"
    assert {"word_error_rate", "exact_match", "perplexity"} <= set(record.metrics["test"])
    assert len((job.folder / "samples" / f"{job.run_id}.txt").read_text().splitlines()) == 9


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("task.monitor=bleu", r"^task\.monitor=bleu is unknown: give character_error_rate or perplexity"),
        ("task.level=phonemes", r"^task\.level=phonemes is unknown: give characters or words"),
        ("evaluation.longest=0", r"^evaluation\.longest=0"),
        ("evaluation.matrices=-1", r"^evaluation\.matrices=-1"),
        ("data.turns=0", r"^data\.turns=0"),
    ],
)
def test_refusals(spoken, override, words):
    with pytest.raises(DataError, match=words):
        make_task(spoken(override))


def test_speakers_that_no_number_names_are_refused(spoken, tmp_path):
    file = tmp_path / "japanese_vowels" / "JapaneseVowels_TEST.ts"
    file.write_text(file.read_text().replace(":1\n", ":anna\n"))
    with pytest.raises(DataError, match=r"^data=speaker_turns: the speaker 'anna' is no number to be written in words"):
        make_task(spoken())
    train = tmp_path / "japanese_vowels" / "JapaneseVowels_TRAIN.ts"
    train.write_text("@data\n" + train.read_text().splitlines()[1] + "\n")
    with pytest.raises(DataError, match=r"^data=speaker_turns: the validation split is empty"):
        make_task(spoken())


def test_every_row_of_the_sweep_can_be_built(spoken, compose):
    sweep = compose("+sweep=transcription")
    sizes = (f"stack.hidden_size={sweep.stack.hidden_size}", f"net.decoder.hidden_size={sweep.net['decoder']['hidden_size']}")
    grids = choices.node("sweep", "transcription")["sweep"]["rows"]
    assert grids
    for grid in grids:
        for values in product(*grid.values()):
            built(spoken(*sizes, *(f"{key}={value}" for key, value in zip(grid, values, strict=True))))
