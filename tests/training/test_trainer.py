import json
from types import SimpleNamespace

import choices
import pytest
import torch
from processor import needs_bf16

from bench.config.factory import make_net, make_task
from bench.metrics.metric import Metric
from bench.task import evaluate
from bench.training.checkpoint import Checkpoint
from bench.training.learner import Diverged, Learner
from bench.training.trainer import Recorder, train

SMALL = ("stack.hidden_size=16", "data.limit=4000", "trainer.batch_size=4", "task.window=20", "trainer.log_every_steps=5")


def fit(config, room, logged=None):
    torch.manual_seed(config.seed)
    task = make_task(config)
    learner = Learner(task, make_net(config, task), config.optimiser)
    checkpoint = Checkpoint(room)
    log = (lambda values, step: logged.append((step, values))) if logged is not None else (lambda values, step: None)
    summary = train(learner, config.trainer, seed=config.seed, checkpoint=checkpoint, log=log, callbacks=[])
    checkpoint.finish(summary)
    return learner, summary, checkpoint


@pytest.mark.parametrize("cell", choices.names("cell"))
def test_every_cell_trains_saves_and_loads(compose, tmp_path, cell):
    config = compose(f"cell={cell}", "stack.depth=2", "stack.dropout=0.1", "trainer.epochs=2", *SMALL)
    learner, summary, checkpoint = fit(config, tmp_path)
    assert summary["curve"]["loss"][-1] < summary["curve"]["loss"][0]
    assert checkpoint.trained()["steps"] == summary["steps"] == 100
    assert summary["tokens"] == 2 * 3999
    fresh = make_net(config, learner.task)
    checkpoint.load_best(fresh)
    scored = evaluate(learner.task, fresh, learner.task.monitor_loader(), learner.task.monitor)["nats_per_char"].value
    assert scored == pytest.approx(min(summary["curve"]["validation"]), rel=1e-5)


def test_the_same_seed_gives_the_same_weights(compose, tmp_path):
    config = compose("trainer.epochs=1", "stack.dropout=0.2", "stack.depth=2", *SMALL)
    first, second = (fit(config, tmp_path / str(i))[0].net.state_dict() for i in range(2))
    assert all(first[name].equal(second[name]) for name in first)
    config.seed = 1
    assert not all(fit(config, tmp_path / "2")[0].net.state_dict()[name].equal(first[name]) for name in first)


def test_the_best_checkpoint_is_kept_not_the_last(compose, tmp_path):
    config = compose("trainer.epochs=4", "optimiser.lr=0.5", "optimiser.clip=null", *SMALL)
    _, summary, checkpoint = fit(config, tmp_path)
    best = min(summary["curve"]["validation"])
    assert summary["curve"]["validation"][-1] != best
    about = json.loads((checkpoint.folder / "about.json").read_text())
    assert about["nats_per_char"] == best
    assert about["step"] == summary["best_step"]
    assert about["vocabulary"]["characters"]


def test_of_equal_checkpoints_the_last_is_kept_and_patience_counts_them(compose, tmp_path):
    still = ("optimiser.lr=1e-30", "optimiser.name=sgd", "optimiser.momentum=0", *SMALL)  # no weight moves
    _, summary, checkpoint = fit(compose("trainer.epochs=3", *still), tmp_path / "all")
    assert len(set(summary["curve"]["validation"])) == 1
    assert json.loads((checkpoint.folder / "about.json").read_text())["step"] == summary["best_step"] == summary["steps"]
    _, summary, _ = fit(compose("trainer.epochs=9", "trainer.patience=2", *still), tmp_path / "patient")
    assert len(summary["curve"]["validation"]) == 3


@pytest.mark.parametrize(
    ("values", "better", "counted"),
    [
        ([0.0, 0.0, 0.0, 0.0], "higher", 0),  # a BLEU of 0 says nothing yet
        ([100.0, 100.0, 100.0], "lower", 0),  # an error rate at which all is wrong neither
        ([5.0, 5.0, 5.0], "higher", 2),
        ([3.0, 0.0, 0.0], "higher", 2),  # it has been better
        ([104.0, 100.0, 100.0, 104.0], "lower", 1),
        ([100.0, 100.0], "higher", 1),
    ],
)
def test_ties_at_the_worst_of_a_scale_use_up_no_patience(tmp_path, values, better, counted):
    recorder = Recorder(SimpleNamespace(save_best=lambda *_: None), lambda *_: None, every=1, patience=9)
    task = SimpleNamespace(primary="metric", better=better, vocabulary=dict)
    for step, value in enumerate(values, 1):
        learner = SimpleNamespace(task=task, tokens=0, net=None, metrics={"metric": Metric(value, "%", better, 1)})
        recorder.on_validation_end(SimpleNamespace(global_step=step, is_global_zero=True, num_training_batches=1), learner)
    assert recorder.worse == counted


def test_patience_ends_the_training(compose, tmp_path):
    config = compose("trainer.epochs=50", "trainer.patience=2", "optimiser.lr=0.5", "optimiser.clip=null", *SMALL)
    _, summary, _ = fit(config, tmp_path)
    values = summary["curve"]["validation"]
    assert len(values) < 50
    assert values.index(min(values)) == len(values) - 3


def test_clipping_bounds_the_step_and_the_norm_is_logged(compose, tmp_path):
    logged = []
    sgd = ("optimiser.name=sgd", "optimiser.momentum=0", "optimiser.lr=1", "optimiser.clip=0.01")
    config = compose("trainer.max_steps=1", *sgd, *SMALL[:-1], "trainer.log_every_steps=1")
    task = make_task(config)
    torch.manual_seed(0)
    before = make_net(config, task).state_dict()
    learner, _, _ = fit(config, tmp_path, logged)
    moved = torch.cat([(learner.net.state_dict()[name] - before[name]).flatten() for name in before]).norm().item()
    assert moved == pytest.approx(0.01, rel=1e-3)
    norm = next(values["train/gradient_norm"] for _, values in logged if "train/gradient_norm" in values)
    assert norm > 0.01


def test_the_schedule_warms_up_and_falls_to_zero(compose, tmp_path):
    logged = []
    rate = ("optimiser.schedule=cosine", "optimiser.warmup_steps=10", "optimiser.lr=1e-3")
    config = compose("trainer.epochs=1", *rate, *SMALL[:-1], "trainer.log_every_steps=1")
    fit(config, tmp_path, logged)
    rates = [values["train/lr"] for _, values in logged if "train/lr" in values]
    assert max(rates) == pytest.approx(1e-3, rel=1e-6)
    assert rates.index(max(rates)) in (9, 10)
    assert rates[0] < 3e-4
    assert rates[-1] < 1e-5


@pytest.mark.parametrize(
    ("schedule", "shares"),
    [
        (("halving", "optimiser.held=2"), [1, 1, 0.5, 0.25]),
        (("inverse", "optimiser.decay=0.5"), [1, 1 / 1.5, 1 / 2, 1 / 2.5]),
    ],
)
def test_a_schedule_that_goes_by_epochs_changes_where_they_begin(compose, tmp_path, schedule, shares):
    logged = []
    words = (f"optimiser.schedule={schedule[0]}", schedule[1], "optimiser.lr=1e-3", "trainer.epochs=4")
    _, summary, _ = fit(compose(*words, *SMALL[:-1], "trainer.log_every_steps=1"), tmp_path, logged)
    rates = [values["train/lr"] for _, values in logged if "train/lr" in values]
    steps = summary["steps"] // 4
    for epoch, share in enumerate(shares):
        # what is logged after a step is the rate of the next one
        ours = rates[max(epoch * steps - 1, 0) : (epoch + 1) * steps - 1]
        assert ours == pytest.approx([1e-3 * share] * len(ours))


def test_halving_goes_by_the_budget_where_steps_end_it(compose):
    from bench.training.optimiser import make_optimiser, make_schedule

    settings = compose(
        "optimiser.schedule=halving", "optimiser.periods=3", "optimiser.warmup_steps=2", "optimiser.lr=1"
    ).optimiser
    optimiser = make_optimiser(settings, [torch.nn.Parameter(torch.zeros(1))])
    schedule, rates = make_schedule(settings, optimiser, 8), []
    for _ in range(8):
        rates.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        schedule.step()
    assert rates == pytest.approx([1 / 3, 2 / 3, 1, 1, 0.5, 0.5, 0.25, 0.25])


def test_a_loss_that_is_no_number_ends_the_job_and_keeps_the_best_weights(compose, tmp_path):
    config = compose("trainer.epochs=3", *SMALL)
    torch.manual_seed(0)
    task = make_task(config)
    learner = Learner(task, make_net(config, task), config.optimiser)

    real, calls = learner.net.loss, []

    def loss(batch, state):
        calls.append(1)
        (nll, count), state = real(batch, state)
        return ((nll * float("nan") if len(calls) > 90 else nll), count), state

    learner.net.loss = loss
    checkpoint = Checkpoint(tmp_path)
    with pytest.raises(Diverged, match="became nan"):
        train(learner, config.trainer, seed=0, checkpoint=checkpoint, log=lambda values, step: None, callbacks=[])
    assert checkpoint.weights.is_file()
    assert checkpoint.trained() is None


@needs_bf16
def test_bf16_trains_close_to_float32(compose, tmp_path):
    summaries = [
        fit(compose("trainer.epochs=1", f"trainer.precision={p}", *SMALL), tmp_path / p)[1] for p in ("float32", "bf16")
    ]
    exact, rounded = (summary["curve"]["loss"][-1] for summary in summaries)
    assert exact == pytest.approx(rounded, rel=0.05)
    assert exact != rounded


def test_evaluation_memory_does_not_grow_with_the_text(compose):
    """The largest tensor that scoring makes is a window's, however long the text."""
    from bench.data.text.lanes import Lanes

    task = make_task(compose())
    sizes = [
        max(batch.inputs_BT.numel() for batch in Lanes(torch.zeros(n, dtype=torch.long), lanes=1, window=1024, context=0))
        for n in (5_000, 50_000)
    ]
    assert sizes[0] == sizes[1] == 1024
    assert max(batch.inputs_BT.numel() for batch in task.score_loader("validation")) == 1024
