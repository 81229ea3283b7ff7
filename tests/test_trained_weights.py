"""Whole trainings against PyTorch's own layers: the weights that the suite saved, in nets that know nothing of it."""

import json
import math

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from bench.jobs.job import prepare
from bench.jobs.run import run

LAYERS = {
    "lstm": (nn.LSTM, {}),
    "gru_reset_after": (nn.GRU, {}),
    "elman": (nn.RNN, {"nonlinearity": "tanh"}),
    "elman_relu": (nn.RNN, {"nonlinearity": "relu"}),
}
"""The cells that PyTorch has too."""
HIDDEN, DEPTH = 12, 2


def scored_outside(text, characters, weights, layer):
    """Nats a character of each held-out part, each character predicted from all before it in its part, the first from the last
    of training; in float64, without anything of the suite's."""
    train, validation, test = (
        text[: int(len(text) * 0.9)],
        text[int(len(text) * 0.9) : int(len(text) * 0.95)],
        text[int(len(text) * 0.95) :],
    )
    assert set(characters) == set(train)
    number = {character: index + 1 for index, character in enumerate(characters)}
    make, settings = layer
    stack = make(HIDDEN, HIDDEN, num_layers=DEPTH, batch_first=True, **settings).double()
    used = {"embedding.weight", "output_weight", "output_bias"}
    for layer_index in range(DEPTH):
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            (key,) = [key for key in weights if f"forward_cells.{layer_index}." in key and key.endswith(f"{name}_l0")]
            getattr(stack, f"{name}_l{layer_index}").data = weights[key].double()
            used.add(key)
    assert set(weights) == used
    scores = {}
    for part, content in (("validation", validation), ("test", test)):
        numbers = torch.tensor([number.get(character, 0) for character in train[-1] + content])
        with torch.no_grad():
            outputs, _ = stack(weights["embedding.weight"].double()[numbers[None, :-1]])
            logits = outputs[0] @ weights["output_weight"].double().T + weights["output_bias"].double()
        log_p = torch.log_softmax(logits, 1)
        scores[part] = -math.fsum(log_p[position, number] for position, number in enumerate(numbers[1:].tolist())) / len(
            content
        )
    return scores


@pytest.mark.parametrize("cell", LAYERS)
def test_saved_weights_score_the_same_in_pytorchs_own_layer(compose, tmp_path, cell):
    text = "".join(f"{n} times {n % 7} is {n * (n % 7)}, said the {'fox' if n % 3 else 'owl'}.\n" for n in range(120)) + "ß?"
    (tmp_path / "text.txt").write_text(text, encoding="utf-8")
    words = [
        f"cell={cell}",
        "data=text",
        f"data.path={tmp_path / 'text.txt'}",
        f"stack.hidden_size={HIDDEN}",
        f"stack.depth={DEPTH}",
    ]
    words += ["trainer.batch_size=4", "trainer.epochs=2", "task.window=20", "evaluation.sample_length=5", "speed.rounds=0"]
    job = prepare(compose(*words, f"paths.results={tmp_path / 'runs'}", f"paths.cache={tmp_path / 'cache'}"))
    record = run(job, "")
    (folder,) = (tmp_path / "cache" / "checkpoints").iterdir()
    characters = json.loads((folder / "about.json").read_text())["vocabulary"]["characters"]
    outside = scored_outside(text, characters, load_file(folder / "best.safetensors"), LAYERS[cell])
    recorded = {split: metrics["nats_per_char"]["value"] for split, metrics in record.metrics.items()}
    assert recorded == pytest.approx(outside, abs=1e-6)
    assert recorded["test"] < math.log(len(characters))  # trained, not only drawn
