"""Weights on disk: a state dict as safetensors, no pickle; its header can be looked at without reading the weights."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save
from torch import Tensor, nn

from ultralight_mir.errors import InputError
from ultralight_mir.files import replacing

State = dict[str, Tensor]
Header = dict[str, tuple[tuple[int, ...], str]]
"""Tensor's name → shape and data type, as safetensors writes it ("F32")."""
TYPES = {torch.float32: "F32", torch.int64: "I64", torch.float64: "F64", torch.float16: "F16", torch.bfloat16: "BF16"}
TYPES |= {torch.int32: "I32", torch.uint8: "U8", torch.bool: "BOOL", torch.int8: "I8", torch.int16: "I16"}


def count_parameters(network: nn.Module) -> int:
    """How many parameters a network has."""
    return sum(parameter.numel() for parameter in network.parameters())


def write_state(path: Path, state: Mapping[str, Tensor]) -> None:
    """Write a state dict, atomically."""
    with replacing(path) as scratch:
        scratch.write_bytes(save({name: tensor.detach().cpu().contiguous().clone() for name, tensor in state.items()}))


def read_header(path: Path) -> Header:
    """What a file of weights says of itself; the weights are not read.

    Raises:
        InputError: the file is missing, truncated or not safetensors.
    """
    try:
        with safe_open(path, "pt") as weights:
            slices = {name: weights.get_slice(name) for name in weights.keys()}  # noqa: SIM118 (no mapping)
            return {name: (tuple(part.get_shape()), part.get_dtype()) for name, part in slices.items()}
    except (SafetensorError, OSError) as error:
        raise _unreadable(path, error) from error


def read_state(path: Path) -> State:
    """Read a state dict.

    Raises:
        InputError: the file is missing, truncated or not safetensors, or a weight is not a finite number.
    """
    try:
        state: State = load_file(path)
    except (SafetensorError, OSError) as error:
        raise _unreadable(path, error) from error
    for name, tensor in state.items():
        if tensor.is_floating_point() and not bool(tensor.isfinite().all()):
            raise InputError(f"{path}: {name} holds values that are not finite numbers")
    return state


def header_of(network: nn.Module) -> Header:
    """The header that a file of this network's weights has."""
    return {name: (tuple(t.shape), TYPES.get(t.dtype, str(t.dtype))) for name, t in network.state_dict().items()}


def snapshot(network: nn.Module) -> State:
    """A copy of all weights and statistics, on the device that they are on."""
    return {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}


def _unreadable(path: Path, error: Exception) -> InputError:
    if not path.is_file():
        return InputError(f"{path}: no such file")
    return InputError(f"{path}: truncated or not a safetensors file ({error})")
