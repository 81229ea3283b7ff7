"""Each cell's equation read once more, from the paper, in float64 numpy: one row, one step, whole matrices by name.

It knows nothing of blocks, products taken out of the loop, or gradients; weights are cut into the paper's matrices here. Nor
does it know stacks: a layer is the equation over the outputs of the one below, and backwards over the row turned round.

A new cell's equation is a new function here, marked `@equation` and named as the cell's file: (weights by name, x, the leaves
of the state) -> (output, the leaves after it). Settings of conf/cell/ that it needs are its keywords. All else follows from
conf/cell/.
"""

import inspect
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import choices
import numpy as np
import pytest
import states
import torch
from numpy.typing import NDArray
from torch import nn

from bench.cells.cell import Cell
from bench.cells.state import State
from bench.nets.parts.dropout import no_dropout
from bench.nets.parts.stack import DIRECTIONS, Stack

Array = NDArray[np.float64]
Equation = Callable[..., tuple[Array, list[Array]]]
LENGTHS = [2, 6, 0, 1, 5]
EQUATIONS: dict[str, Equation] = {}
PHI: dict[str, Callable[[Array], Array]] = {"tanh": np.tanh, "relu": lambda a: np.maximum(0, a)}


def equation(function: Equation) -> Equation:
    EQUATIONS[function.__name__] = function
    return function


def sigma(a: Array) -> Array:
    return 1 / (1 + np.exp(-a))


def layer_norm(v: Array) -> Array:
    return (v - v.mean()) / np.sqrt(((v - v.mean()) ** 2).mean() + 1e-5)


@equation
def elman(p: dict[str, Array], x: Array, state: list[Array], *, nonlinearity: str) -> tuple[Array, list[Array]]:
    sums = p["rnn.weight_ih_l0"] @ x + p["rnn.bias_ih_l0"] + p["rnn.weight_hh_l0"] @ state[0] + p["rnn.bias_hh_l0"]
    h = PHI[nonlinearity](sums)
    return h, [h]


@equation
def lstm(p: dict[str, Array], x: Array, state: list[Array]) -> tuple[Array, list[Array]]:
    """Graves 2013, equations 7 to 11, without the peepholes."""
    (h, c), names = state, ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    blocks = (np.split(p[f"lstm.{name}_l0"], 4) for name in names)
    i, f, g, o = (w @ x + u @ h + b + b_h for w, u, b, b_h in zip(*blocks, strict=True))
    c = sigma(f) * c + sigma(i) * np.tanh(g)
    h = sigma(o) * np.tanh(c)
    return h, [h, c]


@equation
def lstm_peephole(p: dict[str, Array], x: Array, state: list[Array]) -> tuple[Array, list[Array]]:
    """Graves 2013, equations 7 to 11."""
    (h, c), (ci, cf, co) = state, p["peephole"]
    xi, xf, xc, xo = np.split(p["weight_ih"], 4)
    hi, hf, hc, ho = np.split(p["weight_hh"], 4)
    bi, bf, bc, bo = np.split(p["bias"], 4)
    i = sigma(xi @ x + hi @ h + np.diag(ci) @ c + bi)
    f = sigma(xf @ x + hf @ h + np.diag(cf) @ c + bf)
    c = f * c + i * np.tanh(xc @ x + hc @ h + bc)
    o = sigma(xo @ x + ho @ h + np.diag(co) @ c + bo)
    h = o * np.tanh(c)
    return h, [h, c]


@equation
def lstm_coupled(p: dict[str, Array], x: Array, state: list[Array]) -> tuple[Array, list[Array]]:
    """Greff et al. 2015, with z for the candidate, without peepholes."""
    (h, c), blocks = state, (np.split(p[name], 3) for name in ("weight_ih", "weight_hh", "bias"))
    f, o, z = (w @ x + r @ h + b for w, r, b in zip(*blocks, strict=True))
    i = 1 - sigma(f)
    c = np.tanh(z) * i + c * (1 - i)
    h = np.tanh(c) * sigma(o)
    return h, [h, c]


@equation
def layernorm_lstm(p: dict[str, Array], x: Array, state: list[Array]) -> tuple[Array, list[Array]]:
    """Ba et al. 2016, equations 20 to 22."""
    h, c = state
    sums = p["scale_hh"] * layer_norm(p["weight_hh"] @ h) + p["scale_ih"] * layer_norm(p["weight_ih"] @ x) + p["bias"]
    i, f, o, g = np.split(sums, 4)
    c = sigma(f) * c + sigma(i) * np.tanh(g)
    h = sigma(o) * np.tanh(p["scale_c"] * layer_norm(c) + p["bias_c"])
    return h, [h, c]


@equation
def gru(p: dict[str, Array], x: Array, state: list[Array]) -> tuple[Array, list[Array]]:
    """Cho et al. 2014, equations 5 to 8, with biases."""
    (h,), (wr, wz, w), (br, bz, b) = state, np.split(p["weight_ih"], 3), np.split(p["bias"], 3)
    ur, uz = np.split(p["weight_rz"], 2)
    r, z = sigma(wr @ x + ur @ h + br), sigma(wz @ x + uz @ h + bz)
    candidate = np.tanh(w @ x + p["weight_n"] @ (r * h) + b)
    h = z * h + (1 - z) * candidate
    return h, [h]


@equation
def gru_reset_after(p: dict[str, Array], x: Array, state: list[Array]) -> tuple[Array, list[Array]]:
    """torch.nn.GRU's documentation: the reset gate has the product, its bias inside."""
    (h,), names = state, ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    (wr, wz, w), (ur, uz, u), (br, bz, b), (cr, cz, c) = (np.split(p[f"gru.{name}_l0"], 3) for name in names)
    r, z = sigma(wr @ x + br + ur @ h + cr), sigma(wz @ x + bz + uz @ h + cz)
    candidate = np.tanh(w @ x + b + r * (u @ h + c))
    h = (1 - z) * candidate + z * h
    return h, [h]


@equation
def mgu(p: dict[str, Array], x: Array, state: list[Array]) -> tuple[Array, list[Array]]:
    (h,), (wf, wn), (bf, bn) = state, np.split(p["weight_ih"], 2), np.split(p["bias"], 2)
    f = sigma(wf @ x + p["weight_f"] @ h + bf)
    candidate = np.tanh(wn @ x + p["weight_n"] @ (f * h) + bn)
    h = (1 - f) * h + f * candidate
    return h, [h]


@equation
def indrnn(p: dict[str, Array], x: Array, state: list[Array], *, recurrent_max: float) -> tuple[Array, list[Array]]:
    u = np.clip(p["recurrent"], -recurrent_max, recurrent_max)
    h = np.maximum(0, p["weight_ih"] @ x + u * state[0] + p["bias"])
    return h, [h]


@equation
def mingru(p: dict[str, Array], x: Array, state: list[Array]) -> tuple[Array, list[Array]]:
    z, candidate = np.split(p["weight_ih"] @ x + p["bias"], 2)
    h = (1 - sigma(z)) * state[0] + sigma(z) * candidate
    return h, [h]


@equation
def minlstm(p: dict[str, Array], x: Array, state: list[Array]) -> tuple[Array, list[Array]]:
    f, i, candidate = np.split(p["weight_ih"] @ x + p["bias"], 3)
    total = sigma(f) + sigma(i)
    h = sigma(f) / total * state[0] + sigma(i) / total * candidate
    return h, [h]


@equation
def feedforward(p: dict[str, Array], x: Array, state: list[Array], *, nonlinearity: str) -> tuple[Array, list[Array]]:
    h = PHI[nonlinearity](p["weight_ih"] @ x + p["bias"])
    return h, [h]


@equation
def window(p: dict[str, Array], x: Array, state: list[Array], *, tau: int) -> tuple[Array, list[Array]]:
    """W_0 reads x_t, W_1 the input before it, and so on; in the weight and in the state the oldest stands first."""
    inputs = [*np.split(state[0], tau - 1), x]
    sums = sum(w @ x for w, x in zip(np.split(p["weight_ih"], tau, axis=1), inputs, strict=True))
    return np.tanh(sums + p["bias"]), [np.concatenate(inputs[1:])]


def softplus(a: Array) -> Array:
    return np.log1p(np.exp(-np.abs(a))) + np.maximum(a, 0)


def as_complex(parts: Array) -> NDArray[np.complex128]:
    return parts[..., 0] + 1j * parts[..., 1]


def as_parts(h: NDArray[np.complex128]) -> Array:
    return np.stack([h.real, h.imag], -1)


@equation
def rg_lru(p: dict[str, Array], x: Array, state: list[Array], *, heads: int) -> tuple[Array, list[Array]]:
    """De et al. 2024, equations 1 to 4, a block of the gates at a time."""
    u = p["weight_ih"] @ x
    r, i = [], []
    for part, weight, bias in zip(np.split(u, heads), p["weight_gates"], p["bias_gates"], strict=True):
        r_part, i_part = np.split(sigma(part @ weight + bias), 2)
        r.append(r_part)
        i.append(i_part)
    a = np.exp(-softplus(p["decay"])) ** (8 * np.concatenate(r))
    h = a * state[0] + np.sqrt(1 - a**2) * np.concatenate(i) * u
    return h, [h]


@equation
def lru(p: dict[str, Array], x: Array, state: list[Array]) -> tuple[Array, list[Array]]:
    """Orvieto et al. 2023, equations 1, 4 and 7."""
    eigenvalues = np.exp(-np.exp(p["nu"]) + 1j * np.exp(p["theta"]))
    b_real, b_imaginary, d = np.split(p["weight_ih"], 3)
    c_real, c_imaginary = np.split(p["weight_out"], 2, axis=1)
    h = np.diag(eigenvalues) @ as_complex(state[0]) + np.diag(np.exp(p["gamma"])) @ ((b_real + 1j * b_imaginary) @ x)
    return ((c_real - 1j * c_imaginary) @ h).real + d @ x, [as_parts(h)]


@equation
def s4d(p: dict[str, Array], x: Array, state: list[Array]) -> tuple[Array, list[Array]]:
    """Gu et al. 2022: each unit a system of its own, zero-order hold, one of each pair of conjugates."""
    u, memory = p["weight_ih"] @ x, as_complex(state[0])
    a, c, step = -np.exp(p["log_damping"]) + 1j * p["frequency"], as_complex(p["weight_read"]), np.exp(p["log_step"])[:, 0]
    y = np.zeros_like(u)
    for unit, value in enumerate(u):
        discrete = np.diag(np.exp(step[unit] * a[unit]))
        written = np.linalg.inv(np.diag(a[unit])) @ (discrete - np.eye(len(discrete))) @ np.ones(len(discrete))
        memory[unit] = discrete @ memory[unit] + written * value
        y[unit] = (c[unit] @ memory[unit] + np.conj(c[unit]) @ np.conj(memory[unit])).real + p["skip"][unit] * value
    return y, [as_parts(memory)]


@equation
def mamba(p: dict[str, Array], x: Array, state: list[Array], *, states: int) -> tuple[Array, list[Array]]:
    """Gu and Dao 2023, algorithm 2, a unit at a time."""
    u = p["weight_ih"] @ x
    rank, b, c = np.split(p["weight_dbc"] @ u, [-2 * states, -states])
    delta, memory = softplus(p["weight_step"] @ rank + p["bias"]), state[0].copy()
    for unit, rates in enumerate(np.exp(p["log_rates"])):
        memory[unit] = np.exp(-delta[unit] * rates) * memory[unit] + delta[unit] * b * u[unit]
    return memory @ c + p["skip"] * u, [memory]


@equation
def slstm(p: dict[str, Array], x: Array, state: list[Array], *, forget: str) -> tuple[Array, list[Array]]:
    """Beck et al. 2024, equations 8 to 17, a unit at a time."""
    h, c, n, m = (part.copy() for part in state)
    heads = p["weight_hh"].shape[1]
    recurrent = [r @ part for gate in p["weight_hh"] for r, part in zip(gate, np.split(h, heads), strict=True)]
    sums = np.split(p["weight_ih"] @ x + p["bias"] + np.concatenate(recurrent), 4)
    for unit, (i, f, z, o) in enumerate(zip(*sums, strict=True)):
        log_f = f if forget == "exponential" else np.log(sigma(f))
        larger = max(log_f + m[unit], i) if n[unit] else i
        i_scaled, f_scaled = np.exp(i - larger), np.exp(log_f + m[unit] - larger)
        c[unit] = f_scaled * c[unit] + i_scaled * np.tanh(z)
        n[unit] = f_scaled * n[unit] + i_scaled
        h[unit], m[unit] = sigma(o) * c[unit] / n[unit], larger
    return h, [h, c, n, m]


def rms_of_heads(found: list[Array], scale: Array) -> Array:
    return np.concatenate([scale * o / np.sqrt((o**2).mean() + 1e-5) for o in found])


def unit_length(a: Array) -> Array:
    a = a * sigma(a)
    unit: Array = a / np.sqrt((a**2).sum() + 1e-6)
    return unit


def by_head(p: dict[str, Array], x: Array, memory: Array, further: Sequence[int] = ()) -> tuple[Any, list[Array]]:
    """(query, key, value and memory of each head; what else the input weights say), cut from their products."""
    heads, keys = memory.shape[:2]
    values = len(p["weight_ih"]) - 2 * heads * keys - sum(further)
    q, k, v, *others = np.split(p["weight_ih"] @ x, np.cumsum([heads * keys, heads * keys, values, *further])[:-1])
    return zip(*(np.split(part, heads) for part in (q, k, v)), memory, strict=True), others


@equation
def linear_attention(p: dict[str, Array], x: Array, state: list[Array]) -> tuple[Array, list[Array]]:
    """Katharopoulos et al. 2020, equations 16 to 20, a head at a time."""
    found, memories = [], []
    for q, k, v, memory in by_head(p, x, state[0])[0]:
        q, k = (np.where(a > 0, a + 1, np.exp(np.minimum(a, 0))) for a in (q, k))
        s, z = memory[:, :-1] + np.outer(k, v), memory[:, -1] + k
        found.append(s.T @ q / (z @ q + 1e-6))
        memories.append(np.column_stack([s, z]))
    return np.concatenate(found), [np.stack(memories)]


@equation
def retnet(p: dict[str, Array], x: Array, state: list[Array]) -> tuple[Array, list[Array]]:
    """Sun et al. 2023, equations 5 to 8, without the turning of queries and keys."""
    found, memories = [], []
    for head, (q, k, v, memory) in enumerate(by_head(p, x, state[0])[0]):
        memories.append((1 - 2.0 ** (-5 - head)) * memory + np.outer(k, v) / np.sqrt(len(k)))
        found.append(memories[-1].T @ q)
    return rms_of_heads(found, p["scale"]), [np.stack(memories)]


@equation
def gla(p: dict[str, Array], x: Array, state: list[Array], *, temperature: float) -> tuple[Array, list[Array]]:
    """Yang et al. 2023, equation 3."""
    decay = sigma(p["decay_out"] @ p["decay_in"] @ x + p["decay_bias"]) ** (1 / temperature)
    found, memories = [], []
    for (q, k, v, memory), a in zip(by_head(p, x, state[0])[0], np.split(decay, len(state[0])), strict=True):
        memories.append(np.diag(a) @ memory + np.outer(k, v))
        found.append(memories[-1].T @ q / np.sqrt(len(q)))
    return rms_of_heads(found, p["scale"]), [np.stack(memories)]


@equation
def hgrn2(p: dict[str, Array], x: Array, state: list[Array], *, lower_bound: float) -> tuple[Array, list[Array]]:
    """Qin et al. 2024, equations 5 and 6."""
    found, memories = [], []
    for q, f, v, memory in by_head(p, x, state[0])[0]:
        kept = lower_bound + (1 - lower_bound) * sigma(f)
        memories.append(np.diag(kept) @ memory + np.outer(1 - kept, v))
        found.append(memories[-1].T @ (q * sigma(q)))
    return rms_of_heads(found, p["scale"]), [np.stack(memories)]


@equation
def rwkv6(p: dict[str, Array], x: Array, state: list[Array]) -> tuple[Array, list[Array]]:
    """Peng et al. 2024, equations 16 to 19."""
    decay = np.exp(-np.exp(p["decay"] + p["decay_out"] @ np.tanh(p["decay_in"] @ x)))
    found, memories = [], []
    for (r, k, v, memory), a, u in zip(by_head(p, x, state[0])[0], np.split(decay, len(state[0])), p["bonus"], strict=True):
        found.append((memory + np.diag(u) @ np.outer(k, v)).T @ r)
        memories.append(np.diag(a) @ memory + np.outer(k, v))
    return rms_of_heads(found, p["scale"]), [np.stack(memories)]


@equation
def deltanet(p: dict[str, Array], x: Array, state: list[Array], *, negative_eigenvalues: bool) -> tuple[Array, list[Array]]:
    """Yang et al. 2024, equation 3; Grazzi et al. 2024, table 2."""
    heads, (rates,) = by_head(p, x, state[0], [len(state[0])])
    found, memories = [], []
    for (q, k, v, memory), b in zip(heads, sigma(rates) * (2 if negative_eigenvalues else 1), strict=True):
        q, k = unit_length(q), unit_length(k)
        memories.append((np.eye(len(k)) - b * np.outer(k, k)) @ memory + b * np.outer(k, v))
        found.append(memories[-1].T @ q)
    return rms_of_heads(found, p["scale"]), [np.stack(memories)]


@equation
def gated_deltanet(
    p: dict[str, Array], x: Array, state: list[Array], *, negative_eigenvalues: bool
) -> tuple[Array, list[Array]]:
    """Yang et al. 2024 (arXiv:2412.06464), equation 10."""
    heads, (rates, steps) = by_head(p, x, state[0], [len(state[0])] * 2)
    decay = np.exp(-np.exp(p["decay.log_rate"]) * softplus(steps + p["decay.bias"]))
    found, memories = [], []
    for (q, k, v, memory), b, a in zip(heads, sigma(rates) * (2 if negative_eigenvalues else 1), decay, strict=True):
        q, k = unit_length(q), unit_length(k)
        memories.append(a * (np.eye(len(k)) - b * np.outer(k, k)) @ memory + b * np.outer(k, v))
        found.append(memories[-1].T @ q)
    return rms_of_heads(found, p["scale"]), [np.stack(memories)]


@equation
def mamba2(p: dict[str, Array], x: Array, state: list[Array], *, states: int) -> tuple[Array, list[Array]]:
    """Dao and Gu 2024, section 7.1: a scalar decay a head, keys and queries that heads share."""
    heads = len(state[0])
    c, b, u, steps = np.split(p["weight_ih"] @ x, [states, 2 * states, -heads])
    d = softplus(steps + p["decay.bias"])
    found, memories = [], []
    for head, (part, memory) in enumerate(zip(np.split(u, heads), state[0], strict=True)):
        memories.append(np.exp(-np.exp(p["decay.log_rate"][head]) * d[head]) * memory + np.outer(b, d[head] * part))
        found.append(memories[-1].T @ c + p["skip"][head] * part)
    return rms_of_heads(found, p["scale"]), [np.stack(memories)]


@equation
def mlstm(p: dict[str, Array], x: Array, state: list[Array]) -> tuple[Array, list[Array]]:
    """Beck et al. 2024, equations 19 to 27: the memory is taken out of its scale, and put into the new one."""
    memory, m = state
    heads = len(memory)
    read, (o, i, f) = by_head(p, x, memory, [heads * memory.shape[1], heads, heads])
    i, f = i + p["bias_i"], f + p["bias_f"]
    larger, found, memories = np.maximum(np.log(sigma(f)) + m, i), [], []
    for head, (q, k, v, scaled) in enumerate(read):
        k, c, n = k / np.sqrt(len(k)), np.exp(m[head]) * scaled[:, :-1], np.exp(m[head]) * scaled[:, -1]
        c, n = sigma(f[head]) * c + np.exp(i[head]) * np.outer(k, v), sigma(f[head]) * n + np.exp(i[head]) * k
        found.append(c.T @ q / max(abs(n @ q), 1))
        memories.append(np.column_stack([c, n]) / np.exp(larger[head]))
    return sigma(o + p["bias_o"]) * np.concatenate(found), [np.stack(memories), larger]


@equation
def window_attention(p: dict[str, Array], x: Array, state: list[Array], *, heads: int) -> tuple[Array, list[Array]]:
    """Vaswani et al. 2017, section 3.2, a head at a time; pairs of units of a key are turned as complex numbers."""
    (keys, values, count), (q, k, v) = state, np.split(p["weight_ih"] @ x, 3)
    keys, values = np.concatenate([keys, [k]]), np.concatenate([values, [v]])
    present, found = int(count[0]) + 1, []
    for one, of_key, of_value in zip(*(np.split(part, heads, -1) for part in (q, keys, values)), strict=True):
        half = len(one) // 2
        rates = 10000.0 ** (-np.arange(half) / max(half, 1))
        scores = []
        for distance, key in enumerate(of_key[::-1][:present]):
            back = (key[:half] + 1j * key[half : 2 * half]) * np.exp(-1j * distance * rates)
            turned = np.concatenate([back.real, back.imag, key[2 * half :]])
            scores.append(one @ turned / np.sqrt(len(one)))
        weights = np.exp(scores) / np.exp(scores).sum()
        found.append(weights @ of_value[::-1][:present])
    return p["weight_out"] @ np.concatenate(found), [keys[1:], values[1:], np.minimum(count + 1, len(keys) - 1)]


@equation
def sru(p: dict[str, Array], x: Array, state: list[Array]) -> tuple[Array, list[Array]]:
    """Lei et al. 2018, equations 1 to 4, the highway through a projection."""
    (c,), (w, wf, wr, wh) = state, np.split(p["weight_ih"], 4)
    (vf, vr), (bf, br) = p["vectors"], p["bias"]
    f, r = sigma(wf @ x + vf * c + bf), sigma(wr @ x + vr * c + br)
    c = f * c + (1 - f) * (w @ x)
    return r * c + (1 - r) * (wh @ x), [c]


def file_of(cell: str) -> str:
    """bench/cells/FILE.py, where the class of conf/cell/CELL.yaml lies."""
    target: str = choices.node("cell", cell)["_target_"]
    return target.split(".")[-2]


def cases() -> list[Any]:
    """(make_cell, equation) of every cell and variant that has one."""
    parameters = []
    for name, (made_by, chosen) in choices.cells().items():
        function = EQUATIONS.get(file_of(name.partition("-")[0]))
        if function is not None:
            settings = {key: chosen[key] for key in inspect.signature(function).parameters if key in chosen}
            parameters.append(pytest.param(partial(made_by, **chosen), partial(function, **settings), id=name))
    return parameters


over_all_cells = pytest.mark.parametrize(("make", "equation"), cases())


@pytest.mark.parametrize("cell", choices.names("cell"))
def test_every_cell_has_its_equation_here(cell: str) -> None:
    file = file_of(cell)
    if file not in EQUATIONS:
        pytest.fail(
            f"cell={cell} (bench/cells/{file}.py) has no equation to be judged by: write it from the paper as a function "
            f"{file}, marked @equation, in tests/cells/test_equations.py.",
            pytrace=False,
        )


def arrays(state: State) -> list[Array]:
    return [state.numpy()] if isinstance(state, torch.Tensor) else [array for part in state for array in arrays(part)]


def random_weights_and_state(cell: Cell, batch_size: int) -> State:
    for parameter in cell.parameters():
        nn.init.normal_(parameter, std=0.5)  # a product of inputs, layer upon layer, soon has too many digits
    return states.random_state(cell, batch_size)


def by_equation(equation: Equation, cell: Cell, x_LI: Array, state: list[Array]) -> tuple[Array, list[Array]]:
    """One row: (y_LH, the state after it)."""
    weights = {name: parameter.numpy() for name, parameter in cell.named_parameters()}
    y_LH = np.zeros((len(x_LI), cell.hidden_size))
    for t, x in enumerate(x_LI):
        y_LH[t], state = equation(weights, x, state)
    return y_LH, state


def assert_same(ours: list[Array], expected: list[Array]) -> None:
    for actual, reference in zip(ours, expected, strict=True):
        np.testing.assert_allclose(actual, reference, rtol=1e-12, atol=1e-12)  # a memory without bounds may be large


@over_all_cells
@torch.no_grad()
def test_scan_and_step_equal_the_equation_on_ragged_rows(make: Callable[[int, int], Cell], equation: Equation) -> None:
    torch.manual_seed(0)
    cell, x_BTI = make(3, 4).double(), torch.randn(5, 6, 3).double()
    state = random_weights_and_state(cell, 5)
    for scan in (cell.scan, partial(Cell.scan, cell)):
        y_BTH, after = scan(x_BTI, state, torch.tensor(LENGTHS))
        for row, length in enumerate(LENGTHS):
            y_LH, last = by_equation(equation, cell, x_BTI[row, :length].numpy(), [array[row] for array in arrays(state)])
            assert_same([y_BTH[row, :length].numpy(), *(array[row] for array in arrays(after))], [y_LH, *last])


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("depth", [1, 2, 3])
@over_all_cells
@torch.no_grad()
def test_a_stack_is_the_equation_over_layers_and_directions(
    make: Callable[[int, int], Cell], equation: Equation, depth: int, direction: str
) -> None:
    torch.manual_seed(0)
    stack = Stack(make, input_size=3, hidden_size=4, depth=depth, direction=direction, dropout=no_dropout())
    stack, x_BTI = stack.double(), torch.randn(5, 6, 3).double()
    state = random_weights_and_state(stack, 5)
    y_BTH, after = stack.scan(x_BTI, state, torch.tensor(LENGTHS))
    for row, length in enumerate(LENGTHS):
        inputs_LI, last = x_BTI[row, :length].numpy(), []
        for layer, before in enumerate(state):
            cells = [stack.forward_cells[layer], *stack.backward_cells[layer : layer + 1]]
            outputs = []
            for cell, cell_state, order in zip(cells, before if stack.bidirectional else (before,), (1, -1), strict=False):
                cell_arrays = [array[row] for array in arrays(cell_state)]
                y_LH, after_cell = by_equation(equation, cell, inputs_LI[::order], cell_arrays)
                outputs.append(y_LH[::order])
                last += after_cell
            inputs_LI = np.concatenate(outputs, 1)
        assert_same([y_BTH[row, :length].numpy(), *(array[row] for array in arrays(after))], [inputs_LI, *last])
