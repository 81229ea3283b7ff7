"""An encoder-decoder with attention read once more in float64 numpy: one row, one symbol, one source position at a time.

It knows nothing of batches, masks, states that travel, keys made once, or steps taken at once: a source is as long as it is.
Cells are LSTMs; the encoder is bidirectional, and what it hands on is joined by the bridge.
"""

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from encoder_decoders import START, Batch, make_net, rows
from numpy.typing import NDArray

from bench.nets.encoder_decoder import EncoderDecoder
from bench.nets.parts.attention import KINDS

Array = NDArray[np.float64]
Weights = dict[str, Array]
Setting = tuple[EncoderDecoder, Batch, list[list[tuple[Array, Array]]]]
SOURCES, TARGETS = [4, 1, 6, 3], [3, 5, 1, 4]
TOLERANCE = 1e-4  # the net computes in float32


def sigma(a: Array) -> Array:
    return 1 / (1 + np.exp(-a))


def softmax(a: Array) -> Array:
    return np.exp(a) / np.exp(a).sum()


def lstm(p: Weights, cell: str, x: Array, h: Array, c: Array) -> tuple[Array, Array]:
    w, u, b, b_h = (p[f"{cell}.lstm.{name}_l0"] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
    i, f, g, o = np.split(w @ x + b + u @ h + b_h, 4)
    c = sigma(f) * c + sigma(i) * np.tanh(g)
    return sigma(o) * np.tanh(c), c


def one_way(p: Weights, cell: str, inputs: list[Array]) -> tuple[list[Array], Array]:
    """(h of each symbol, the last c)."""
    h = c = np.zeros_like(p[f"{cell}.lstm.weight_hh_l0"][0])
    outputs = []
    for x in inputs:
        h, c = lstm(p, cell, x, h, c)
        outputs.append(h)
    return outputs, c


def score(p: Weights, kind: str, query: Array, memory: Array) -> Array:
    """Luong et al. 2015, section 3.1; Bahdanau et al. 2014, appendix A.1.2."""
    if kind == "dot":
        return query @ memory
    key = p["decoder.attention.key"] @ memory
    if kind == "general":
        return query @ key
    return p["decoder.attention.vector"] @ np.tanh(
        p["decoder.attention.query"] @ query + p["decoder.attention.query_bias"] + key
    )


def read_stepwise(p: Weights, kind: str, feeding: bool, source: list[int], symbols: list[int]) -> Iterator[tuple[Array, Array]]:
    """(log p of every symbol, the attention weights) after each of `symbols` has been read."""
    inputs = [p["source_embedding.weight"][symbol] for symbol in source]
    forwards, c_forward = one_way(p, "encoder.forward_cells.0", inputs)
    backwards, c_backward = one_way(p, "encoder.backward_cells.0", inputs[::-1])
    memories = [np.concatenate(directions) for directions in zip(forwards, backwards[::-1], strict=True)]
    h = np.tanh(p["decoder.bridge.maps.0"] @ np.concatenate([forwards[-1], backwards[-1]]))
    c = p["decoder.bridge.maps.1"] @ np.concatenate([c_forward, c_backward])
    readout = np.zeros_like(p["decoder.combine.bias"])
    for symbol in symbols:
        x = p["target_embedding.weight"][symbol]
        h, c = lstm(p, "decoder.stack.forward_cells.0", np.concatenate([x, readout]) if feeding else x, h, c)
        weights = softmax(np.array([score(p, kind, h, memory) for memory in memories]))
        context = sum(weight * memory for weight, memory in zip(weights, memories, strict=True))
        readout = np.tanh(p["decoder.combine.weight"] @ np.concatenate([h, context]) + p["decoder.combine.bias"])
        yield np.log(softmax(p["output_weight"] @ readout + p["output_bias"])), weights


@pytest.fixture(
    params=[(kind, feeding) for kind in KINDS for feeding in (False, True)],
    ids=lambda pair: f"{pair[0]}-{'fed' if pair[1] else 'unfed'}",
)
def setting(request: pytest.FixtureRequest) -> Setting:
    """A net with random weights, ragged sources and targets, and how each row reads."""
    kind, feeding = request.param
    net, batch = make_net(attention=kind, input_feeding=feeding).eval(), rows(SOURCES, TARGETS)
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    weights = {name: weight.double().numpy() for name, weight in net.state_dict().items()}
    sources = [row[:length] for row, length in zip(batch.source_BS.tolist(), SOURCES, strict=True)]
    symbols = [[START, *row[: length - 1]] for row, length in zip(batch.target_BT.tolist(), TARGETS, strict=True)]
    return net, batch, [list(read_stepwise(weights, kind, feeding, *pair)) for pair in zip(sources, symbols, strict=True)]


@torch.no_grad()
def test_known_targets_have_the_likelihood_and_the_weights_of_a_plain_reading(setting: Setting) -> None:
    net, batch, reading = setting
    weights_BTS = net.attention_weights(batch)
    assert weights_BTS is not None
    expected = 0.0
    for row, steps in enumerate(reading):
        for position, (log_prob_V, weights_S) in enumerate(steps):
            expected -= log_prob_V[batch.target_BT[row, position]]
            np.testing.assert_allclose(weights_BTS[row, position, : SOURCES[row]], weights_S, rtol=TOLERANCE, atol=TOLERANCE)
    assert net.loss(batch, None)[0][0].item() == pytest.approx(expected, rel=TOLERANCE)


@torch.no_grad()
def test_every_step_of_decoding_has_the_probabilities_of_a_plain_reading(setting: Setting) -> None:
    net, batch, reading = setting
    state, token_B = net.start(batch), torch.full((len(SOURCES),), START)
    for position in range(max(TARGETS)):
        log_prob_BV, state = net.step(token_B, state)
        token_B = batch.target_BT[:, position]
        for row in (row for row, length in enumerate(TARGETS) if position < length):
            np.testing.assert_allclose(log_prob_BV[row], reading[row][position][0], rtol=TOLERANCE, atol=TOLERANCE)
