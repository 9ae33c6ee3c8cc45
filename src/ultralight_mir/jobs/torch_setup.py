"""How a job sets torch up: its device, its threads, and what need not be imported. Nothing else names a device."""

from __future__ import annotations

import ctypes
import importlib
import os
import sys
from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import Any

import torch

from ultralight_mir.errors import InputError
from ultralight_mir.jobs import machine

COMPILER = "torch._dynamo"
Function = Callable[..., Any]


CPU = torch.device(machine.DEVICE)


def prepare(threads: int, device: str = CPU.type) -> torch.device:
    """Set torch's threads for this process, and spare a job that compiles nothing the import of torch's compiler.

    Denormal numbers count as zero: they slow silent inputs down. On a GPU the same job gives the same bits every time.

    Returns:
        The device to work on.

    Raises:
        InputError: there is no such device.
    """
    place = find_device(device)  # first: where there is none, nothing of this process is changed
    _keep_memory()
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    if COMPILER not in sys.modules:
        stand_in = ModuleType(COMPILER)
        stand_in.disable = _as_it_is  # type: ignore[attr-defined]
        stand_in.graph_break = lambda: None  # type: ignore[attr-defined]
        sys.modules[COMPILER] = torch._dynamo = stand_in
        torch.compile = _with_the_compiler(torch.compile)
    if place.type == "cuda":
        _repeat_bits()
    return place


def bring_compiler() -> None:
    """Have torch's real compiler there, for what traces networks: `prepare` may have put a stand-in in its place."""
    present = sys.modules.get(COMPILER)
    if present is not None and not hasattr(present, "__path__"):
        del sys.modules[COMPILER], torch._dynamo
        importlib.import_module(COMPILER)
        torch.compile = getattr(torch.compile, "__wrapped__", torch.compile)


def find_device(name: str) -> torch.device:
    """The device of that name, as torch writes them ("cpu", "cuda", "cuda:1", "mps"), or `machine.AUTO`.

    Raises:
        InputError: there is none.
    """
    if name == machine.AUTO:
        name = "cuda" if torch.cuda.is_available() else CPU.type
    try:
        device = torch.device(name)
        torch.zeros(1, device=device).item()  # a GPU too old for this torch fails where it computes
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        why = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(
            f"device '{name}': cannot be used ({why}), expected cpu, auto, or cuda where there is a GPU"
        ) from error
    return device


def name_of(device: torch.device) -> str:
    """What results say of where something was computed: "cpu" of any CPU, and of a GPU its model."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type


def computes_in_bfloat16(device: torch.device) -> bool:
    """Whether a device has bfloat16 arithmetic (elsewhere autocast would be slower than float32)."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return device == CPU and machine.computes_in_bfloat16()


def _repeat_bits() -> None:
    """Have this process compute on a GPU what it computed there before, bit for bit; to be called before it computes.

    What has no such algorithm (in a network of one's own) warns. TF32 is off: float32 means float32, as on a CPU.
    """
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True, warn_only=True)
    setattr(torch.utils.deterministic, "fill_uninitialized_memory", False)  # noqa: B010 (mypy knows it not): a launch a tensor
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False


def _keep_memory() -> None:
    """Have the C library keep freed memory (glibc; elsewhere nothing happens).

    By default it hands every large activation back to the system, which then clears the same pages at every step.
    """
    trim_threshold, mmap_threshold = -1, -3
    adjust = getattr(ctypes.CDLL(None), "mallopt", None)
    if adjust is not None:
        adjust(mmap_threshold, 1 << 30)
        adjust(trim_threshold, (1 << 31) - 1)


def _as_it_is(function: Function, *_: object, **__: object) -> Function:
    """Takes the place of `torch._dynamo.disable`: nothing is compiled, so nothing need be exempted.

    Optimizers and dispatch modes import the compiler (1.2 s, as long as torch itself) only to exempt themselves.
    """
    return function


def _with_the_compiler(compile_: Function) -> Function:
    """`torch.compile`, should a network use it: the real compiler comes back first."""

    @wraps(compile_)
    def compile_after_import(*arguments: Any, **options: Any) -> Any:
        bring_compiler()
        return compile_(*arguments, **options)

    return compile_after_import
