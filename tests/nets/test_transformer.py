"""The Transformer over pairs: its probabilities by loops over single numbers, one symbol at a time, rows alone, refusals."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from encoder_decoders import END, SOURCES, START, TARGETS, Batch, rows

from bench.build import call
from bench.cells.rotation import turned
from bench.decoding.beam import Beam
from bench.decoding.bounds import Bounds
from bench.decoding.greedy import Greedy
from bench.nets.transformer import Transformer

SETTINGS: dict[str, Any] = {
    "depth": 2,
    "hidden_size": 12,
    "heads": 3,
    "mlp": 2.0,
    "dropout": 0.0,
    "tied": False,
    "label_smoothing": 0.0,
}


def make_net(*, features: int | None = None, **changes: Any) -> Transformer:
    torch.manual_seed(0)
    read = {"source_vocabulary": SOURCES} if features is None else {"source_features": features}
    sizes = {**read, "target_vocabulary": TARGETS, "start": START, "end": END}
    net: Transformer = call(Transformer, {"make_stack": None, "make_decoder": None, "sizes": sizes, **SETTINGS, **changes})
    for name, parameter in net.named_parameters():
        if name.endswith("scale") or name.endswith("bias"):
            torch.nn.init.uniform_(parameter, 0.5, 1.5)
    return net.double().eval()


def rms(x: np.ndarray, scale: np.ndarray) -> np.ndarray:
    return scale * x / np.sqrt(np.mean(x * x) + 1e-5)


def turn(vector: np.ndarray, position: int) -> np.ndarray:
    """Pairs of units as complex numbers, which are turned."""
    half = len(vector) // 2
    turned = (vector[:half] + 1j * vector[half:]) * np.exp(1j * position * 10000.0 ** (-np.arange(half) / half))
    return np.concatenate([turned.real, turned.imag])


def attended(
    p: dict[str, np.ndarray], prefix: str, asking: list[Any], read: list[Any], *, heads: int, own: bool, causal: bool
) -> Any:
    """Head by head, query by query."""
    width = len(asking[0])
    size = width // heads
    key_map, value_map = np.split(p[f"{prefix}.weight_memory"], 2)
    outputs = []
    for t, x in enumerate(asking):
        parts = []
        for head in range(heads):
            own_rows = slice(head * size, (head + 1) * size)
            query = (p[f"{prefix}.weight_query"] @ x)[own_rows]
            seen = read[: t + 1] if causal else read
            keys = [(key_map @ m)[own_rows] for m in seen]
            if own:
                query, keys = turn(query, t), [turn(key, s) for s, key in enumerate(keys)]
            scores = np.array([query @ key / math.sqrt(size) for key in keys])
            weights = np.exp(scores - scores.max())
            weights /= weights.sum()
            parts.append(sum(weight * (value_map @ m)[own_rows] for weight, m in zip(weights, seen, strict=True)))
        outputs.append(p[f"{prefix}.weight_out"] @ np.concatenate(parts))
    return outputs


def added_perceptron(p: dict[str, np.ndarray], prefix: str, x: np.ndarray) -> np.ndarray:
    inner = p[f"{prefix}.weight_in"] @ rms(x, p[f"{prefix}.norm.scale"])
    gelu = np.array([v * 0.5 * (1 + math.erf(v / math.sqrt(2))) for v in inner])
    return x + p[f"{prefix}.weight_out"] @ gelu


def log_probability(net: Transformer, source: list[int], target: list[int], *, heads: int, depth: int) -> float:
    """log p(target | source) by numpy, from the equations of Vaswani et al. 2017 with normalisation first."""
    p = {name: value.detach().numpy() for name, value in net.state_dict().items()}
    stream = [p["source_embedding.weight"][symbol] for symbol in source]
    for layer in range(depth):
        at = f"encoder.{layer}"
        normed = [rms(x, p[f"{at}.attention.norm.scale"]) for x in stream]
        read = attended(p, f"{at}.attention.heads", normed, normed, heads=heads, own=True, causal=False)
        stream = [added_perceptron(p, f"{at}.perceptron", x + y) for x, y in zip(stream, read, strict=True)]
    memory = [rms(x, p["memory_norm.scale"]) for x in stream]
    tied = "output_weight" not in p
    scale = math.sqrt(len(stream[0])) if tied else 1.0
    written = [p["target_embedding.weight"][symbol] * scale for symbol in [START, *target[:-1]]]
    for layer in range(depth):
        at = f"decoder.{layer}"
        normed = [rms(x, p[f"{at}.attention.norm.scale"]) for x in written]
        own = attended(p, f"{at}.attention.heads", normed, normed, heads=heads, own=True, causal=True)
        written = [x + y for x, y in zip(written, own, strict=True)]
        asking = [rms(x, p[f"{at}.source_norm.scale"]) for x in written]
        read = attended(p, f"{at}.source_heads", asking, memory, heads=heads, own=False, causal=False)
        written = [added_perceptron(p, f"{at}.perceptron", x + y) for x, y in zip(written, read, strict=True)]
    layer_weight = p["target_embedding.weight"] if tied else p["output_weight"]
    total = 0.0
    for x, symbol in zip(written, target, strict=True):
        logits = layer_weight @ rms(x, p["last_norm.scale"]) + p["output_bias"]
        total += logits[symbol] - np.log(np.exp(logits - logits.max()).sum()) - logits.max()
    return total


@pytest.mark.parametrize("tied", [False, True])
def test_the_likelihood_is_that_of_the_equations(tied: bool) -> None:
    net, batch = make_net(tied=tied), rows()
    expected = sum(
        log_probability(net, source[:length], target[:written], heads=3, depth=2)
        for source, length, target, written in zip(
            batch.source_BS.tolist(),
            batch.source_lengths_B.tolist(),
            batch.target_BT.tolist(),
            batch.target_lengths_B.tolist(),
            strict=True,
        )
    )
    (nll, count), _ = net.loss(batch, None)
    assert count == batch.target_lengths_B.sum()
    assert -nll.item() == pytest.approx(expected, rel=1e-6)


def single(batch: Batch, row: int) -> Batch:
    source, target = int(batch.source_lengths_B[row]), int(batch.target_lengths_B[row])
    return Batch(
        batch.source_BS[row : row + 1, :source],
        batch.source_lengths_B[row : row + 1],
        batch.target_BT[row : row + 1, :target],
        batch.target_lengths_B[row : row + 1],
    )


def test_rows_are_alone_whatever_stands_in_the_padding() -> None:
    net, batch = make_net(), rows()
    apart = sum(float(net.loss(single(batch, row), None)[0][0]) for row in range(4))
    assert float(net.loss(batch, None)[0][0]) == pytest.approx(apart, rel=1e-9)
    beyond_BS = torch.arange(batch.source_BS.size(1)) >= batch.source_lengths_B[:, None]
    other = replace(batch, source_BS=batch.source_BS.masked_fill(beyond_BS, 5))
    assert float(net.loss(other, None)[0][0]) == pytest.approx(apart, rel=1e-9)


def test_what_is_written_symbol_by_symbol_has_the_probability_that_is_trained() -> None:
    net, batch = make_net(), rows([4, 1, 6], [5, 5, 5])
    state, token_N = net.start(batch), torch.full((3,), START)
    total = torch.zeros(3, dtype=torch.float64)
    for true_N in batch.target_BT.unbind(1):
        log_prob_NV, state = net.step(token_N, state)
        total += log_prob_NV.gather(1, true_N[:, None]).squeeze(1)
        token_N = true_N
    apart = [-float(net.loss(single(batch, row), None)[0][0]) for row in range(3)]
    assert total.tolist() == pytest.approx(apart, rel=1e-5)


def beam_of(width: int) -> Beam:
    return Beam(width=width, length_penalty=0.0, norm="power", n_best=1, min_length=0)


def test_a_beam_of_one_is_greedy_and_a_hypothesis_has_the_probability_of_the_net() -> None:
    net, batch = make_net(), rows([4, 1, 6, 3])
    first_B = torch.full((4,), START)

    def written(strategy: Any) -> Any:
        bounds = Bounds(length=torch.full((4,), 6), eos=END, forbidden=[START], generator=torch.Generator())
        return strategy.generate(net.step, net.start(batch), first_B, bounds)

    greedy, narrow, wide = written(Greedy()), written(beam_of(1)), written(beam_of(4))
    assert [row[0].tokens for row in narrow] == [row[0].tokens for row in greedy]
    for row, hypotheses in enumerate(wide):
        best = hypotheses[0]
        assert best.log_prob >= greedy[row][0].log_prob - 1e-9
        target = torch.tensor([[*best.tokens, END]])
        length = int(batch.source_lengths_B[row])
        alone = Batch(
            batch.source_BS[row : row + 1, :length],
            batch.source_lengths_B[row : row + 1],
            target,
            torch.tensor([target.size(1)]),
        )
        assert best.log_prob == pytest.approx(-float(net.loss(alone, None)[0][0]), rel=1e-5)


def test_attention_weights_are_shares_of_the_places_of_the_source() -> None:
    net, batch = make_net(), rows()
    weights_BTS = net.attention_weights(batch)
    assert weights_BTS.shape == (4, 5, 6)
    torch.testing.assert_close(weights_BTS.sum(2), torch.ones(4, 5))
    beyond_BS = torch.arange(6) >= batch.source_lengths_B[:, None]
    assert not weights_BTS.transpose(1, 2)[beyond_BS].any()


def test_frames_enter_through_a_map_and_every_parameter_learns() -> None:
    net, batch = make_net(features=5).train(), rows()
    batch = replace(batch, source_BS=torch.randn(4, 6, 5, dtype=torch.float64))
    net.loss(batch, None)[0][0].backward()
    assert all(parameter.grad is not None and parameter.grad.any() for parameter in net.parameters())


def test_positions_are_counted_exactly_in_bfloat16() -> None:
    part = torch.randn(1, 1, 600, 8)
    exact, rough = turned(part, 0), turned(part.bfloat16(), 0)
    assert rough.dtype == torch.bfloat16
    torch.testing.assert_close(rough.float(), exact, atol=0.05, rtol=0.05)


def test_label_smoothing_is_for_training_alone() -> None:
    plain, smooth, batch = make_net(), make_net(label_smoothing=0.2), rows()
    assert float(plain.loss(batch, None)[0][0]) == float(smooth.loss(batch, None)[0][0])
    assert float(plain.train().loss(batch, None)[0][0]) != float(smooth.train().loss(batch, None)[0][0])


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"heads": 5}, r"^hidden_size=12 is refused with net\.heads=5: give a multiple of it"),
        ({"mlp": 0.0}, r"^net\.mlp=0\.0 is refused: give how many times wider"),
        ({"depth": 0}, r"^stack\.depth=0 is refused"),
        ({"label_smoothing": 1.5}, r"^net\.label_smoothing=1\.5 is refused"),
    ],
)
def test_settings_out_of_range_are_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        make_net(**changes)
