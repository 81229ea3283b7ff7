"""A device that is not there: what a computation would ask of a GPU is seen on a machine without one.

Tensors on the device have a shape, a type and a place, and no numbers. So operations are not computed there; what lies on the
host is. Inside `pretended()` it is noticed where

- tensors of both places meet in one operation (torch refuses it there as on a GPU);
- the host waits: it reads a number, a list or a mask of the device, or copies without `non_blocking`.

Torch keeps the registration of such devices for itself (`torch.utils.backend_registration`); constraints.txt pins torch. A
branch on `is_cuda` is not entered, so code asks for `device.type`. It can be registered once a process.
"""

import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode, unset_fake_temporarily
from torch.fx.experimental.symbolic_shapes import ShapeEnv
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map
from torch.utils.backend_registration import _setup_privateuseone_for_python_backend

NAME = "gpu"
CODE = ("/bench/", "/tasks/")


class _Backend(ModuleType):
    """What torch asks of the module of a device."""

    def is_available(self) -> bool:
        return True

    def is_initialized(self) -> bool:
        return True

    def _is_in_bad_fork(self) -> bool:
        return False

    def current_device(self) -> int:
        return 0

    def device_count(self) -> int:
        return 1

    def manual_seed_all(self, seed: int) -> None:
        pass

    def get_amp_supported_dtype(self) -> list[torch.dtype]:
        return [torch.bfloat16]

    def get_rng_state(self, device: Any = None) -> Tensor:
        return torch.empty(0, dtype=torch.uint8)


def _register() -> None:
    if torch._C._get_privateuse1_backend_name() != NAME:
        _setup_privateuseone_for_python_backend(NAME, backend_module=_Backend(NAME))
        torch._C._set_only_lift_cpu_tensors(True)


class Waits(TorchDispatchMode):
    """Counts where the host waits, by kind and line of the suite. Its stand-ins: no and 1; after some rounds yes and 0."""

    def __init__(self, fake: FakeTensorMode, rounds: int) -> None:
        super().__init__()
        self.fake, self.rounds = fake, rounds
        self.seen: Counter[str] = Counter()

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        name = function.name()
        tensors = [value for value in tree_leaves((args, kwargs)) if isinstance(value, Tensor)]
        target = kwargs.get("device")
        there = any(tensor.device.type == NAME for tensor in tensors)
        if not there and (target is None or torch.device(target).type != NAME):
            with unset_fake_temporarily():
                return function(*args, **kwargs)
        if name in ("aten::_to_copy", "aten::copy_"):
            return self._copied(function, args, kwargs)
        if name == "aten::_local_scalar_dense":
            self._note("a number")
            return self._stand_in(args[0].dtype)
        if name in ("aten::equal", "aten::is_nonzero"):
            self._note("a number")
            return self._stand_in(torch.bool)
        if name == "aten::bincount":
            self._note("a number")
            return torch.zeros(kwargs.get("minlength", args[-1]), dtype=torch.long, device=NAME)
        if name == "aten::nonzero":
            self._note("places of a mask")
            return torch.zeros(args[0].numel(), args[0].dim(), dtype=torch.long, device=NAME)
        if name.startswith(("aten::index.Tensor", "aten::index_put")):
            return self._indexed(function, args, kwargs)
        args, kwargs = tree_map(self._on_host_as_fake, (args, kwargs))
        return function(*args, **kwargs)

    def _copied(self, function: Any, args: Any, kwargs: Any) -> Any:
        source = args[1] if function.name() == "aten::copy_" else args[0]
        target = args[0].device if function.name() == "aten::copy_" else torch.device(kwargs.get("device") or source.device)
        waits = not (kwargs.get("non_blocking") or (len(args) > 2 and args[2]))
        if source.device.type == target.type:
            return function(*args, **kwargs)
        if source.device.type == NAME:
            self._note("a tensor" if waits else "a tensor before it is there")
            dtype = kwargs.get("dtype") or source.dtype
            with unset_fake_temporarily():
                made = torch.full(tuple(source.shape), self._stand_in(source.dtype), dtype=dtype)
                return args[0].copy_(made) if function.name() == "aten::copy_" else made
        if waits and source.dim():
            self._note("a copy that blocks")
        if function.name() == "aten::copy_":
            return args[0]
        return torch.empty(tuple(source.shape), dtype=kwargs.get("dtype") or source.dtype, device=NAME)

    def _indexed(self, function: Any, args: Any, kwargs: Any) -> Any:
        index = list(args[1])
        booleans = [part for part in index if part is not None and part.dtype in (torch.bool, torch.uint8)]
        if any(part is not None and part.device.type != NAME for part in index):
            self._note("an index that lies on the host")
            index = [None if part is None else torch.empty(tuple(part.shape), dtype=part.dtype, device=NAME) for part in index]
        if not booleans:
            rest = tree_map(self._on_host_as_fake, (args[2:], kwargs))
            return function(args[0], index, *rest[0], **rest[1])
        if function.name().startswith("aten::index_put"):
            if args[2].dim():
                self._note("a boolean index")
            return args[0]
        self._note("a boolean index")
        (mask,) = booleans
        return args[0].new_empty((mask.numel(), *args[0].shape[mask.dim() :]))

    def _on_host_as_fake(self, value: Any) -> Any:
        """A number of the host may stand beside tensors of the device; whatever is larger meets torch's own refusal."""
        if isinstance(value, Tensor) and not isinstance(value, FakeTensor):
            return self.fake.from_tensor(value)
        return value

    def _stand_in(self, dtype: torch.dtype) -> float:
        over = sum(self.seen.values()) > self.rounds
        return 0.5 if dtype.is_floating_point else over if dtype == torch.bool else int(not over)

    def _note(self, kind: str) -> None:
        frames = [frame for frame in traceback.extract_stack() if any(part in frame.filename for part in CODE)]
        line = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "torch"
        self.seen[f"{kind} in {line}"] += 1


def _list_of(tensor: Tensor, plain: Any = Tensor.tolist) -> Any:
    return plain(tensor.cpu())


def _without_kernel(layer: nn.GRU, x_BTI: Tensor, state_1BH: Tensor) -> tuple[Tensor, Tensor]:
    """Torch knows no shape of its fused GRU on such a device; what depends on what is kept."""
    of_input_HI, of_state_HH = layer.weight_ih_l0[: layer.hidden_size], layer.weight_hh_l0[: layer.hidden_size]
    y_BTH = x_BTI @ of_input_HI.t() + state_1BH.transpose(0, 1) @ of_state_HH.t()
    return y_BTH, y_BTH[:, -1].unsqueeze(0)


class _Chance:
    """No generator can be made for it."""

    def __init__(self, device: Any = None) -> None:
        self.device = device

    def manual_seed(self, seed: int) -> "_Chance":
        return self


@contextmanager
def pretended(rounds: int = 1) -> Iterator[Waits]:
    """Inside, tensors may be on the device `gpu`. A loop that asks the device whether it has ended goes round so often."""
    _register()
    fake = FakeTensorMode(allow_non_fake_inputs=True, shape_env=ShapeEnv())
    with (
        fake,
        Waits(fake, rounds) as waits,
        patch.object(Tensor, "tolist", _list_of),
        patch.object(FakeTensor, "tolist", _list_of),
        patch.object(nn.GRU, "forward", _without_kernel),
        patch.object(torch, "Generator", _Chance),
    ):
        yield waits


def moved(module: nn.Module) -> nn.Module:
    """The module with parameters and buffers of the device."""
    for part in module.modules():
        for name, weight in list(part._parameters.items()):
            if weight is not None:
                part._parameters[name] = nn.Parameter(_there(weight), requires_grad=weight.requires_grad)
        for name, buffer in list(part._buffers.items()):
            if buffer is not None:
                part._buffers[name] = _there(buffer)
    return module


def _there(tensor: Tensor) -> Tensor:
    return torch.empty(tensor.shape, dtype=tensor.dtype, device=NAME)
