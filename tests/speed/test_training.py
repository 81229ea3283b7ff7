import torch

from bench.speed.training import Row, measure

FEW = ("data.limit=9000", "trainer.batch_size=4", "speed.seconds=0.01")
SMALL = (*FEW, "stack.hidden_size=8", "task.window=20", "speed.rounds=3")


def test_rows_take_turns_and_every_sample_is_kept(compose, monkeypatch):
    from bench.speed import training

    turns = []
    real = training.Row.run
    monkeypatch.setattr(training.Row, "run", lambda row, steps: turns.append(row.config.cell["name"]) or real(row, steps))
    gru, lstm = measure([compose("cell=gru", *SMALL), compose("cell=lstm", *SMALL)])
    assert turns[-6:] == ["gru", "lstm"] * 3
    for speed in (gru, lstm):
        rate, step = speed["train_tokens_per_second"], speed["train_step_seconds"]
        assert len(rate["samples"]) == len(step["samples"]) == 3
        assert all(abs(r * s / 80 - 1) < 0.3 for r, s in zip(rate["samples"], step["samples"], strict=True))
        assert rate["median"] == sorted(rate["samples"])[1]
    assert gru["train_tokens_per_second"]["pass"] == lstm["train_tokens_per_second"]["pass"]


def test_as_many_batches_as_asked_are_read(compose):
    rows = [Row(compose(*SMALL), batches) for batches in (1, 3)]
    assert [len(row.batches) for row in rows] == [1, 3]
    assert [row.run(4)[1] for row in rows] == [4 * 80, 4 * 80]


def test_peak_memory_sees_a_larger_net(compose):
    small, large = (measure([compose("speed.rounds=1", *FEW, f"stack.hidden_size={size}")])[0] for size in (32, 1024))
    if "peak_memory_bytes" in small:
        weights = 4 * 2 * 4 * 1024 * 1024
        assert large["peak_memory_bytes"]["median"] > 3 * weights > small["peak_memory_bytes"]["median"]


def test_threads_are_set_back(compose):
    before = torch.get_num_threads()
    measure([compose("trainer.threads=2", *SMALL)])
    assert torch.get_num_threads() == before
