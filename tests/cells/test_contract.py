"""What every cell promises, over all of conf/cell/."""

import copy
from collections.abc import Callable
from functools import partial

import pytest
import torch
from processor import needs_bf16
from states import leaves
from torch import Tensor

from bench.cells.cell import Cell
from bench.cells.scan.deferred import deferred
from bench.cells.state import State, map_state, select_rows

MakeCell = Callable[[int, int], Cell]
RandomState = Callable[[Cell, int], State]
JUNK = [7.0, 1e30, float("inf"), float("nan")]


def assert_same(actual: tuple[Tensor, State], expected: tuple[Tensor, State]) -> None:
    for a, b in zip([actual[0], *leaves(actual[1])], [expected[0], *leaves(expected[1])], strict=True):
        torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-9)


def by_steps(cell: Cell, x_BTI: Tensor, state: State) -> tuple[Tensor, list[State]]:
    """Nothing but `step`: (y_BTH, the states before the first step and after each)."""
    outputs, states = [x_BTI.new_zeros(len(x_BTI), 0, cell.hidden_size)], [state]
    for x_BI in x_BTI.unbind(1):
        y_BH, state = cell.step(x_BI, state)
        outputs.append(y_BH.unsqueeze(1))
        states.append(state)
    return torch.cat(outputs, 1), states


def within(lengths_B: Tensor, y_BTH: Tensor, states: list[State]) -> tuple[Tensor, State]:
    """What `by_steps` gave, of each row as far as its length: outputs, then zeros; the state that it had there."""
    padding_BT = torch.arange(y_BTH.size(1)) >= lengths_B[:, None]
    histories = [torch.stack(leaf_T) for leaf_T in zip(*map(leaves, states), strict=True)]
    after = tuple(history_TBH[lengths_B, torch.arange(len(lengths_B))] for history_TBH in histories)
    return y_BTH.masked_fill(padding_BT[..., None], 0.0), after


def test_scan_equals_step_in_outputs_states_and_gradients(cell: Cell, random_state: RandomState, ragged_B: Tensor) -> None:
    """Full rows, and ragged unsorted ones; random errors on all outputs and on the states at the end."""
    rows, steps = len(ragged_B), int(ragged_B.max())
    x_BTI = torch.randn(rows, steps, 3).double().requires_grad_()
    state = map_state(lambda leaf: leaf.requires_grad_(), random_state(cell, rows))
    inputs = [x_BTI, *leaves(state), *cell.parameters()]

    def gradients(scanned: tuple[Tensor, State]) -> tuple[Tensor | None, ...]:
        torch.manual_seed(1)
        outputs = [scanned[0], *leaves(scanned[1])]
        errors = [torch.randn(output.shape, dtype=output.dtype) for output in outputs]
        return torch.autograd.grad(outputs, inputs, errors, allow_unused=True, retain_graph=True)

    stepped = by_steps(cell, x_BTI, state)
    for lengths_B in (None, ragged_B):
        expected = within(torch.full((rows,), steps) if lengths_B is None else lengths_B, *stepped)
        slopes = gradients(expected)
        for scan in (cell.scan, partial(Cell.scan, cell)):
            scanned = scan(x_BTI, state, lengths_B)
            assert_same(scanned, expected)
            for gradient, slope in zip(gradients(scanned), slopes, strict=True):
                torch.testing.assert_close(
                    torch.zeros_like(slope) if gradient is None else gradient, slope, rtol=1e-10, atol=1e-10
                )


@torch.no_grad()
def test_a_long_scan_in_float32_is_its_steps(make_cell: MakeCell) -> None:
    """As configured, over 1024 steps: to a millionth of the length of all outputs and states. Where a cell divides by what may
    be small, the steps themselves are further than that from the same steps in float64, and the scan may be twice as far."""
    cell, lengths_B = make_cell(8, 8), torch.tensor([1024, 1, 700, 0, 65])
    x_BTI = torch.randn(5, 1024, 8)
    state = cell.init_state(5, x_BTI)

    def run(scan: Callable[..., tuple[Tensor, State]], x_BTI: Tensor, state: State) -> list[Tensor]:
        y_BTH, after = scan(x_BTI, state, lengths_B)
        return [y_BTH, *leaves(after)]

    def apart(some: list[Tensor], others: list[Tensor]) -> list[float]:
        return [float((a - b).norm() / b.norm().clamp(min=1e-30)) for a, b in zip(some, others, strict=True)]

    stepped, at_once = run(partial(Cell.scan, cell), x_BTI, state), run(cell.scan, x_BTI, state)
    if max(apart(at_once, stepped)) > 1e-6:
        exact = run(partial(Cell.scan, cell.double()), x_BTI.double(), map_state(Tensor.double, state))
        for own, of_steps in zip(apart(at_once, exact), apart(stepped, exact), strict=True):
            assert own <= max(1e-6, 2 * of_steps)


def test_ragged_scan_equals_step_row_by_row(cell: Cell, random_state: RandomState, lengths_B: Tensor) -> None:
    """Covers the state after the last valid step, the empty row, zeros in the padding, and independence of rows."""
    x_BTI, state = torch.randn(5, 6, 3).double(), random_state(cell, 5)
    for scan in (cell.scan, partial(Cell.scan, cell)):
        y_BTH, after = scan(x_BTI, state, lengths_B)
        for row, length in enumerate(lengths_B.tolist()):
            index_1 = torch.tensor([row])
            y_1TH, states = by_steps(cell, x_BTI[index_1, :length], select_rows(state, index_1))
            assert_same((y_BTH[index_1, :length], select_rows(after, index_1)), (y_1TH, states[-1]))
            assert not y_BTH[row, length:].any()


@pytest.mark.parametrize("junk", JUNK)
def test_padding_changes_nothing_forward_or_backward(
    cell: Cell, random_state: RandomState, lengths_B: Tensor, junk: float
) -> None:
    padding_BT = torch.arange(6) >= lengths_B[:, None]
    state = map_state(lambda leaf: leaf.requires_grad_(), random_state(cell, 5))
    weight_BTH = torch.randn(5, 6, 4).double()

    def run(filling: float) -> list[Tensor]:
        torch.manual_seed(1)
        x_BTI = torch.randn(5, 6, 3).double().masked_fill(padding_BT[..., None], filling).requires_grad_()
        y_BTH, after = cell.scan(x_BTI, state, lengths_B)
        total = (y_BTH * weight_BTH).sum() + sum(leaf.square().sum() for leaf in leaves(after))
        gradients = torch.autograd.grad(total, [x_BTI, *leaves(state), *cell.parameters()])
        assert not gradients[0][padding_BT].any()
        return [y_BTH, *leaves(after), *gradients]

    for clean, dirty in zip(run(0.0), run(junk), strict=True):
        assert torch.equal(clean, dirty)


def test_no_gradient_comes_back_through_padded_outputs(cell: Cell, random_state: RandomState) -> None:
    """A loss that is nan in the padding (0 * inf, say) must not reach the weights."""
    lengths_B = torch.tensor([2, 0, 4])
    x_BTI = torch.randn(3, 4, 3).double()
    y_BTH, _ = cell.scan(x_BTI, random_state(cell, 3), lengths_B)
    incoming = torch.ones_like(y_BTH).masked_fill((torch.arange(4) >= lengths_B[:, None])[..., None], float("nan"))
    gradients = torch.autograd.grad(y_BTH, list(cell.parameters()), incoming)
    assert all(gradient.isfinite().all() for gradient in gradients)


def test_a_carried_state_continues_the_sequence(cell: Cell, random_state: RandomState) -> None:
    x_BTI, state = torch.randn(2, 6, 3).double(), random_state(cell, 2)
    at_once = cell.scan(x_BTI, state, None)
    first, middle = cell.scan(x_BTI[:, :2], state, None)
    second, after = cell.scan(x_BTI[:, 2:], middle, torch.tensor([4, 4]))
    assert_same((torch.cat([first, second], 1), after), at_once)


@pytest.mark.parametrize("lengths", [None, [2, 4, 0]])
def test_gradients_by_finite_differences(cell: Cell, random_state: RandomState, lengths: list[int] | None) -> None:
    lengths_B = None if lengths is None else torch.tensor(lengths)
    x_BTI = torch.randn(3, 4, 3).double().requires_grad_()
    state = map_state(lambda leaf: leaf.requires_grad_(), random_state(cell, 3))

    def outputs(x_BTI: Tensor, *_: Tensor) -> tuple[Tensor, ...]:
        y_BTH, after = cell.scan(x_BTI, state, lengths_B)
        return y_BTH, *leaves(after)

    assert torch.autograd.gradcheck(outputs, (x_BTI, *leaves(state), *cell.parameters()))


@pytest.mark.parametrize("lengths", [None, [32, 20, 0, 7]])
def test_a_hand_written_backward_keeps_no_more_than_autograd_would(make_cell: MakeCell, lengths: list[int] | None) -> None:
    """Up to the initial state, which has a row in the buffer of states."""
    cell, x_BTI, lengths_B = make_cell(8, 8), torch.randn(4, 32, 8), None if lengths is None else torch.tensor(lengths)
    weights = {parameter.untyped_storage().data_ptr() for parameter in cell.parameters()}

    def kept_bytes(scan: Callable[..., tuple[Tensor, State]]) -> tuple[str, int]:
        saved: dict[int, Tensor] = {}

        def keep(tensor: Tensor) -> Tensor:
            return saved.setdefault(tensor.untyped_storage().data_ptr(), tensor)

        with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            y_BTH, _ = scan(x_BTI, cell.init_state(4, x_BTI), lengths_B)
        bytes_ = sum(tensor.untyped_storage().nbytes() for address, tensor in saved.items() if address not in weights)
        return str(y_BTH.grad_fn), bytes_

    node, ours = kept_bytes(cell.scan)
    if "_ScanBackward" not in node:
        pytest.skip("torch's own backward")
    _, steps = kept_bytes(lambda *arguments: Cell.scan(cell, *arguments))
    assert ours <= 1.05 * steps


def test_steps_inside_a_deferred_block_are_the_same_steps(cell: Cell, random_state: RandomState) -> None:
    """As a decoder that feeds its output back runs them; a weight must be the same object at every step."""
    x_BTI, state = torch.randn(3, 5, 3).double(), random_state(cell, 3)
    plain = Cell.scan(cell, x_BTI, state, None)
    with deferred("cpu"):
        inside = Cell.scan(cell, x_BTI, state, None)
    assert_same(inside, plain)
    expected = torch.autograd.grad(plain[0].sin().sum(), list(cell.parameters()))
    for gradient, expected_gradient in zip(
        torch.autograd.grad(inside[0].sin().sum(), list(cell.parameters())), expected, strict=True
    ):
        torch.testing.assert_close(gradient, expected_gradient, rtol=1e-9, atol=1e-9)


def test_rows_reordered_before_equal_rows_reordered_after(cell: Cell, random_state: RandomState) -> None:
    index_N = torch.tensor([2, 0, 0])
    x_BI, state = torch.randn(3, 3).double(), random_state(cell, 3)
    y_BH, after = cell.step(x_BI, state)
    assert_same(cell.step(x_BI[index_N], select_rows(state, index_N)), (y_BH[index_N], select_rows(after, index_N)))


def test_the_seed_decides_the_weights(make_cell: MakeCell) -> None:
    def weights(seed: int) -> Tensor:
        torch.manual_seed(seed)
        return torch.cat([parameter.flatten() for parameter in make_cell(3, 4).parameters()])

    assert torch.equal(weights(0), weights(0))
    assert not torch.equal(weights(0), weights(1))


def test_initial_state_has_the_dtype_and_the_rows_asked_for(make_cell: MakeCell) -> None:
    state = make_cell(3, 4).init_state(5, torch.ones(1, dtype=torch.float64))
    assert all(leaf.shape[0] == 5 and leaf.dtype == torch.float64 and not leaf.any() for leaf in leaves(state))


@needs_bf16
def test_autocast_stays_near_float32_and_keeps_the_dtype_of_the_state(make_cell: MakeCell) -> None:
    cell, x_BTI, lengths_B = make_cell(8, 16), torch.randn(3, 5, 8), torch.tensor([5, 0, 3])
    state = cell.init_state(3, x_BTI)
    with torch.autocast("cpu", torch.bfloat16):
        runs = [cell.scan(x_BTI, state, None), cell.scan(x_BTI, state, lengths_B), Cell.scan(cell, x_BTI, state, None)]
        cell.scan(x_BTI, runs[1][1], None)[0].float().sum().backward()
        _, stepped = cell.step(x_BTI[:, 0], runs[0][1])
    exact = cell.scan(x_BTI, state, None), cell.scan(x_BTI, state, lengths_B), cell.scan(x_BTI, state, None)
    for (rough, after), (fine, _) in zip(runs, exact, strict=True):
        torch.testing.assert_close(rough.float(), fine, rtol=0.05, atol=0.05)
        assert {leaf.dtype for leaf in leaves(after)} == {torch.float32}
    assert {leaf.dtype for leaf in leaves(stepped)} == {torch.float32}


@needs_bf16
@pytest.mark.parametrize("lengths", [None, [5, 0, 3]])
def test_gradients_under_autocast_stay_near_those_in_float32(make_cell: MakeCell, lengths: list[int] | None) -> None:
    """Within 3 % of their length; bfloat16 has 8 bits, so that one rounding is up to 0.4 %."""
    cell, x_BTI = make_cell(8, 16), torch.randn(3, 5, 8).requires_grad_()
    lengths_B, error_BTH = None if lengths is None else torch.tensor(lengths), torch.randn(3, 5, 16)
    inputs = [x_BTI, *cell.parameters()]

    def gradients(enabled: bool) -> list[Tensor]:
        with torch.autocast("cpu", torch.bfloat16, enabled=enabled):
            y_BTH, _ = cell.scan(x_BTI, cell.init_state(3, x_BTI), lengths_B)
        return list(torch.autograd.grad((y_BTH.float() * error_BTH).sum(), inputs))

    for rough, fine in zip(gradients(True), gradients(False), strict=True):
        assert rough.dtype == torch.float32
        assert (rough - fine).norm() <= 0.03 * fine.norm()


def test_copies_are_equal_and_apart(cell: Cell, random_state: RandomState) -> None:
    x_BTI, state = torch.randn(2, 3, 3).double(), random_state(cell, 2)
    twin = copy.deepcopy(cell)
    assert_same(twin.scan(x_BTI, state, None), cell.scan(x_BTI, state, None))
    with torch.no_grad():
        for parameter in twin.parameters():
            parameter.zero_()
    assert not torch.equal(twin.scan(x_BTI, state, None)[0], cell.scan(x_BTI, state, None)[0])


def test_builds_without_storage(make_cell: MakeCell) -> None:
    with torch.device("meta"):
        assert {parameter.device.type for parameter in make_cell(3, 4).parameters()} == {"meta"}


@pytest.mark.parametrize(("sizes", "named"), [((0, 4), "input_size=0"), ((3, -1), "hidden_size=-1")])
def test_sizes_below_one_are_refused(make_cell: MakeCell, sizes: tuple[int, int], named: str) -> None:
    with pytest.raises(ValueError, match=f"^{named} is refused: give an integer of at least 1.$"):
        make_cell(*sizes)
