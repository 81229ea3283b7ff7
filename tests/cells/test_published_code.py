"""Cells beside code that others have published, where it is installed: the same outputs and memories, up to float32.

    pip install --no-deps fla-core==0.6.0 xlstm==2.0.6 recurrentgemma==1.0.1 mambapy==1.2.0 einops

Most of these packages cannot be imported without a GPU's compiler, so single files of them are loaded by their path.
"""

import importlib.util
import sys
from collections.abc import Callable, Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import choices
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from bench.cells.matrix_memory import EPSILON, MatrixMemory
from bench.cells.scan.matrix_memory import Read

B, T, I, H = 3, 37, 5, 8  # noqa: E741
Judged = tuple[Tensor, Tensor | None]


@pytest.fixture(autouse=True)
def one_thread_and_seed() -> Iterator[None]:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    before = set(sys.modules)
    with torch.no_grad():
        yield
    for name in set(sys.modules) - before:
        if name.partition(".")[0] in ("fla", "xlstm", "recurrentgemma"):
            del sys.modules[name]


def file(name: str, path: str) -> ModuleType:
    """One file of an installed package, without what its package imports. Skips where there is none."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        pytest.skip(f"{name} is not installed")
    for needed in ("einops",) if name == "fla" else ():
        pytest.importorskip(needed)
    whole = f"{name}.{path.removesuffix('.py').replace('/', '.')}"
    for parent in (whole.rsplit(".", count)[0] for count in range(1, whole.count(".") + 1)):
        stub = ModuleType(parent)
        stub.__path__ = [str(Path(spec.origin).parent.joinpath(*parent.split(".")[1:]))]
        sys.modules.setdefault(parent, stub)
    loaded: ModuleSpec | None = importlib.util.spec_from_file_location(whole, Path(spec.origin).parent / path)
    assert loaded is not None and loaded.loader is not None
    module = importlib.util.module_from_spec(loaded)
    sys.modules[whole] = module
    loaded.loader.exec_module(module)
    return module


def random_cell(name: str, **changes: Any) -> Any:
    cell = choices.maker(name, **changes)(I, H)
    for parameter in cell.parameters():
        torch.nn.init.normal_(parameter, std=0.4)
    return cell


def heads_first(*parts: Tensor) -> list[Tensor]:
    return [part.transpose(1, 2) for part in parts]


def gla(read: Read) -> Judged:
    assert read.log_decay is not None
    unscaled = read.query * read.query.size(-1) ** 0.5
    judge = file("fla", "ops/gla/naive.py").naive_recurrent_gla
    return judge(unscaled, read.key, read.value, read.log_decay, output_final_state=True)  # type: ignore[no-any-return]


def retention(read: Read) -> Judged:
    unscaled = read.query * read.query.size(-1) ** 0.5
    judge = file("fla", "ops/retention/naive.py").naive_retention
    return judge(*heads_first(unscaled, read.key, read.value)).transpose(1, 2), None


def delta_rule(read: Read) -> Judged:
    assert read.rate is not None
    unscaled = read.query * read.query.size(-1) ** 0.5
    judge = file("fla", "ops/delta_rule/naive.py").delta_rule_recurrence
    o_BATD, memory = judge(*heads_first(unscaled, read.key, read.value, read.rate.squeeze(-1)))
    return o_BATD.transpose(1, 2), memory


def gated_delta_rule(read: Read) -> Judged:
    assert read.rate is not None and read.log_decay is not None
    judge = file("fla", "ops/gated_delta_rule/naive.py").naive_recurrent_gated_delta_rule
    rates = read.rate.squeeze(-1), read.log_decay.squeeze(-1)
    return judge(*read[:3], *rates, scale=1.0, output_final_state=True)  # type: ignore[no-any-return]


def state_space_dual(read: Read) -> Judged:
    assert read.log_decay is not None and read.skip is not None
    judge = file("fla", "ops/simple_gla/naive.py").naive_chunk_simple_gla
    parts = (part.contiguous() for part in (*read[:3], read.log_decay.squeeze(-1)))
    o_BTAD, memory = judge(*parts, scale=1.0, output_final_state=True, chunk_size=16)
    return o_BTAD + read.skip, memory


def rwkv(read: Read) -> Judged:
    assert read.log_decay is not None
    judge = file("fla", "ops/rwkv6/recurrent_naive.py").naive_recurrent_rwkv6
    parts = heads_first(*read[:3], read.log_decay)
    o_BATD, memory = judge(*parts, read.bonus, scale=1.0, output_final_state=True)
    return o_BATD.transpose(1, 2), memory


@pytest.mark.parametrize(
    ("name", "changes", "judge"),
    [
        ("gla", {}, gla),
        ("hgrn2", {}, gla),
        ("retnet", {}, retention),
        ("deltanet", {}, delta_rule),
        ("deltanet", {"negative_eigenvalues": True}, delta_rule),
        ("gated_deltanet", {}, gated_delta_rule),
        ("mamba2", {}, state_space_dual),
        ("rwkv6", {}, rwkv),
    ],
)
def test_a_memory_that_is_a_matrix_is_that_of_flash_linear_attention(
    name: str, changes: dict[str, Any], judge: Callable[[Read], Judged]
) -> None:
    cell, x_BTI = random_cell(name, **changes), torch.randn(B, T, I)
    assert isinstance(cell, MatrixMemory) and cell.scale is not None
    o_BTAD, memory = judge(cell.read(x_BTI, torch.float32))
    y_BTH, after = cell.scan(x_BTI, cell.init_state(B, x_BTI))
    expected_BTH = F.rms_norm(o_BTAD, (cell.values,), cell.scale, EPSILON).flatten(-2)
    torch.testing.assert_close(y_BTH, expected_BTH, rtol=1e-5, atol=1e-5)
    if memory is not None:
        torch.testing.assert_close(after, memory, rtol=1e-5, atol=1e-5)


def test_linear_attention_is_that_of_flash_linear_attention() -> None:
    cell, x_BTI = random_cell("linear_attention"), torch.randn(B, T, I)
    read = cell.read(x_BTI, torch.float32)
    judge = file("fla", "ops/linear_attn/naive.py").naive_recurrent_linear_attn
    o_BTAD, _ = judge(read.query, read.key, read.value[..., :-1], scale=1.0, normalize=True)
    torch.testing.assert_close(cell.scan(x_BTI, cell.init_state(B, x_BTI))[0], o_BTAD.flatten(-2), rtol=1e-5, atol=1e-5)


def test_mlstm_is_that_of_xlstm() -> None:
    """But for the 1e-6 that `xlstm` adds to the normaliser."""
    cell, x_BTI = random_cell("mlstm"), torch.randn(B, T, I)
    read, i_BTA, _, gate_BTH = cell._gates(x_BTI, torch.float32)
    f_BTA = cell.parts(x_BTI, torch.float32)[-1] + cell.bias_f
    q, k, v = heads_first(read.query, read.key * read.key.size(-1) ** 0.5, read.value[..., :-1])
    gates = (gate.unsqueeze(-1) for gate in heads_first(i_BTA, f_BTA))
    h_BATD = file("xlstm", "blocks/mlstm/backends.py").parallel_stabilized_simple(q, k, v, *gates, eps=0.0)
    expected_BTH = gate_BTH * h_BATD.transpose(1, 2).flatten(-2)
    torch.testing.assert_close(cell.scan(x_BTI, cell.init_state(B, x_BTI))[0], expected_BTH, rtol=1e-4, atol=1e-5)


@torch.enable_grad()
def test_slstm_is_that_of_xlstm_with_its_gradient() -> None:
    cell, x_BTI = random_cell("slstm").double(), torch.randn(B, T, I, dtype=torch.float64, requires_grad=True)
    judge = file("xlstm", "blocks/slstm/src/vanilla/slstm.py").slstm_forward_pointwise
    recurrent_GH = torch.cat([torch.block_diag(*gate_AWW) for gate_AWW in cell.weight_hh])  # type: ignore[no-untyped-call]
    states, outputs = torch.zeros(4, B, H, dtype=torch.float64), []
    for x_BI in x_BTI.unbind(1):
        states, _ = judge(x_BI @ cell.weight_ih.T, states[0] @ recurrent_GH.T, cell.bias, states, {})
        outputs.append(states[0])
    expected_BTH, (y_BTH, _) = torch.stack(outputs, 1), cell.scan(x_BTI, cell.init_state(B, x_BTI))
    torch.testing.assert_close(y_BTH, expected_BTH, rtol=1e-12, atol=1e-12)
    error_BTH = torch.randn_like(y_BTH)
    ours, theirs = (torch.autograd.grad((y * error_BTH).sum(), x_BTI)[0] for y in (y_BTH, expected_BTH))
    torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-12)


def test_rg_lru_is_that_of_recurrentgemma() -> None:
    """From its second position on: at the first it takes another root."""
    if importlib.util.find_spec("recurrentgemma") is None:
        pytest.skip("recurrentgemma is not installed")
    typing = ModuleType("recurrentgemma.torch.array_typing")
    typing.typed = lambda function: function  # type: ignore[attr-defined]
    typing.__getattr__ = lambda name: object  # type: ignore[method-assign]
    sys.modules["recurrentgemma.torch.array_typing"] = typing
    cell, x_BTI = random_cell("rg_lru"), torch.randn(B, T, I)
    judge = file("recurrentgemma", "torch/layers.py").RGLRU(H, cell.heads)
    judge.a_param.copy_(cell.decay)
    for gate, weight, bias in zip(
        (judge.a_gate, judge.input_gate), cell.weight_gates.chunk(2, 2), cell.bias_gates.chunk(2, 1), strict=True
    ):
        gate.w.copy_(weight)
        gate.b.copy_(bias)
    position_BT = torch.arange(1, T + 1).expand(B, T)
    expected_BTH, _ = judge(x_BTI @ cell.weight_ih.T, position_BT, torch.zeros(B, H))
    torch.testing.assert_close(cell.scan(x_BTI, cell.init_state(B, x_BTI))[0], expected_BTH, rtol=1e-5, atol=1e-5)


def test_mamba_is_that_of_mambapy() -> None:
    judges = pytest.importorskip("mambapy.mamba")
    cell, x_BTI = random_cell("mamba"), torch.randn(B, T, I)
    sizes = {"d_model": H // 2, "expand_factor": 2, "d_state": cell.states, "dt_rank": 1}
    judge = judges.MambaBlock(judges.MambaConfig(n_layers=1, **sizes))
    for theirs, ours in (
        (judge.x_proj.weight, cell.weight_dbc),
        (judge.dt_proj.weight, cell.weight_step),
        (judge.dt_proj.bias, cell.bias),
        (judge.A_log, cell.log_rates),
        (judge.D, cell.skip),
    ):
        theirs.copy_(ours)
    expected_BTH = judge.ssm(x_BTI @ cell.weight_ih.T, None)
    torch.testing.assert_close(cell.scan(x_BTI, cell.init_state(B, x_BTI))[0], expected_BTH, rtol=1e-5, atol=1e-5)
