"""Music: what is scored, beside numpy and scipy; what is written; and that the default trains through the command."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import scipy.io
import torch

from bench.config.factory import make_net, make_task
from bench.errors import DataError, Refusal
from bench.jobs.job import prepare
from bench.jobs.run import run
from bench.task import evaluate

ROLLS = {"traindata": (9, 4), "validdata": (3, 11, 2), "testdata": (6, 2, 30, 8)}


@pytest.fixture(scope="module")
def pieces():
    draw = np.random.default_rng(3)
    return {key: [(draw.random((length, 88)) < 0.08).astype(np.uint8) for length in lengths] for key, lengths in ROLLS.items()}


@pytest.fixture
def file(pieces, tmp_path):
    def cells(rolls):
        row = np.empty((1, len(rolls)), dtype=object)
        row[0, :] = rolls
        return row

    scipy.io.savemat(tmp_path / "pieces.mat", {key: cells(rolls) for key, rolls in pieces.items()})
    return tmp_path / "pieces.mat"


@pytest.fixture
def task(compose, file):
    return make_task(compose("task=music", "data=piano_rolls", f"data.path={file}", "evaluation.batch_size=3"))


class Fixed(torch.nn.Module):
    """Answers with a function of what it reads and of what is right."""

    def __init__(self, answer):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))
        self.frames = lambda batch: answer(batch.inputs_BT, batch.targets_BT)


def scores(task, answer, split="test"):
    metrics = evaluate(task, Fixed(answer), task.score_loader(split))
    return {name: metric.value for name, metric in metrics.items()}


def test_an_oracle_is_perfect_and_even_odds_cost_a_nat_for_88_keys(task):
    perfect = scores(task, lambda inputs, targets: 200 * targets - 100)
    assert perfect["nats_per_frame"] == pytest.approx(0, abs=1e-6)
    assert perfect["frame_accuracy"] == 100
    assert scores(task, lambda inputs, targets: 0 * targets)["nats_per_frame"] == pytest.approx(88 * np.log(2))


def test_the_figure_is_the_mean_over_true_frames_and_not_over_pieces_or_padding(task, pieces):
    """Logits of 2 where a key sounded before and else -3, in numpy, piece by piece without a batch."""
    metrics = scores(task, lambda inputs, targets: 5 * inputs - 3)
    nats = frames = correct = either = repeated = repeats = 0
    for roll in pieces["testdata"]:
        before, truth = roll[:-1] > 0, roll[1:] > 0
        p = 1 / (1 + np.exp(-(5.0 * before - 3)))
        nats -= np.log(np.where(truth, p, 1 - p)).sum()
        frames += len(truth)
        correct, either = correct + (before & truth).sum(), either + (before | truth).sum()
        repeated, repeats = correct, either
    assert metrics["nats_per_frame"] == pytest.approx(nats / frames, rel=1e-6)
    assert metrics["frame_accuracy"] == pytest.approx(100 * correct / either)
    assert metrics["repeat_accuracy"] == pytest.approx(100 * repeated / repeats)
    assert frames == sum(length - 1 for length in ROLLS["testdata"])


def test_the_guess_is_each_keys_share_of_the_training_frames(task, pieces):
    train = np.concatenate(pieces["traindata"])
    share = (train.sum(0) + 1) / (len(train) + 2)
    truth = np.concatenate([roll[1:] for roll in pieces["testdata"]])
    nats = -(truth * np.log(share) + (1 - truth) * np.log(1 - share)).sum() / len(truth)
    assert scores(task, lambda inputs, targets: 0 * targets)["guess_nats_per_frame"] == pytest.approx(nats)


def test_every_piece_has_its_figures_beside_the_record(task, pieces):
    outputs = task.outputs(Fixed(lambda inputs, targets: 5 * inputs - 3), None, 0)
    lines = list(csv.DictReader(outputs.files["tsv"].splitlines(), delimiter="\t"))
    assert [line["piece"] for line in lines] == [f"testdata {number}" for number in (1, 2, 3, 4)]
    for line, roll in zip(lines, pieces["testdata"], strict=True):
        p = 1 / (1 + np.exp(-(5.0 * roll[:-1] - 3)))
        nats = -np.log(np.where(roll[1:] > 0, p, 1 - p)).sum() / (len(roll) - 1)
        assert float(line["nats_per_frame"]) == pytest.approx(nats, rel=1e-6)
        assert int(line["frames"]) == len(roll) - 1
    number, frame, before, notes, predicted = outputs.rows[-1]
    last = pieces["testdata"][-1]
    assert (number, frame) == ("testdata 4", len(last))
    assert len(notes.replace("-", "").split()) == last[-1].sum()
    assert predicted == before


def test_windows_train_and_whole_pieces_are_scored(compose, file):
    words = ("task=music", "data=piano_rolls", f"data.path={file}")
    uncut, cut = (make_task(compose(*words, *more)) for more in ((), ("task.window=3",)))
    assert max(batch.inputs_BT.size(1) for batch in cut.train_loader(2, 0)) == 3
    for split in ("train", "validation", "test"):
        ours, theirs = ([batch.inputs_BT.tolist() for batch in task.score_loader(split)] for task in (uncut, cut))
        assert ours == theirs
    with pytest.raises(DataError, match=r"task\.window=0 is out of range"):
        make_task(compose(*words, "task.window=0"))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["stack.direction=bidirectional"], "would see the answer"),
        (["decode=sample"], "give decode=greedy"),
        (["model=aligned"], "give model=next_frame"),
        (["data=tinyshakespeare"], "give one of"),
        (["net.weight_noise=-1"], "net.weight_noise=-1"),
    ],
)
def test_what_does_not_go_together_is_refused(compose, words, sentence):
    with pytest.raises(Refusal, match=sentence):
        prepare(compose("task=music", *words))


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_default_trains_and_beats_each_keys_share(compose, tmp_path):
    config = compose(
        "task=music", "cell=gru", "stack.hidden_size=24", "trainer.epochs=15", "trainer.batch_size=8", "optimiser.lr=0.02",
        "data.train=40", "data.validation=10", "data.test=10", f"paths.results={tmp_path}", f"paths.cache={tmp_path}",
    )  # fmt: skip
    record = run(prepare(config), "")
    assert record.status == "ok", record.error
    test = record.metrics["test"]
    assert test["nats_per_frame"]["value"] < test["guess_nats_per_frame"]["value"]
    assert test["nats_per_frame"]["unit"] == "nats/frame"
    assert "88 keys" in " ".join(record.data["notes"])
    (outputs,) = Path(tmp_path).rglob("*.tsv")
    assert len(outputs.read_text().splitlines()) == 11
    assert json.dumps(record.data)


def test_a_net_of_any_cell_scores_a_piece_as_it_scores_it_alone(compose, task, file):
    """A piece beside longer ones has the nats that it has alone."""
    config = compose("task=music", "data=piano_rolls", f"data.path={file}", "stack.hidden_size=7", "stack.depth=2")
    net = make_net(config, task).eval()
    rows = task.rows["test"]
    together = task.score(net, rows.batch(torch.arange(4)), None)[0]["nll_nats"]
    alone = sum(task.score(net, rows.batch(torch.tensor([piece])), None)[0]["nll_nats"] for piece in range(4))
    assert together == pytest.approx(alone, rel=1e-6)
