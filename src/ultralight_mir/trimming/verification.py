"""The oracle, run on the network at hand: trimmed must equal silenced.

The probe sees which shapes and values depend on what, but not what a number written into a forward pass means: a
`view` into a fixed number of heads still runs after a head is gone, and mixes up what is left. So before units are
handed out, every one is removed once, with many others, and the result is compared; what fails is kept whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ultralight_mir.trimming.calling import call, convert, tensors_of
from ultralight_mir.trimming.copying import copy_network
from ultralight_mir.trimming.errors import TrimError
from ultralight_mir.trimming.kept import kept_after
from ultralight_mir.trimming.surgery import silence, trim
from ultralight_mir.trimming.unit import Group, Unit, groups_of

TOLERANCE = {torch.float64: 1e-8, torch.float32: 1e-3}
NOISE = 0.05


def failing_groups(network: nn.Module, units: Sequence[Unit], example: Any) -> dict[Group, str]:
    """The groups of units whose removal changes what the network computes otherwise than silencing does, and how."""
    twin, inputs = _jittered(network, example)
    failures: dict[Group, str] = {}
    for draw in _draws(network, units):
        candidates = {group: some for group, some in draw.items() if group not in failures}
        if _difference(twin, _all(candidates), inputs) is None:
            continue
        passes: list[Unit] = []
        for group, some in candidates.items():
            reason = _difference(twin, [*passes, *some], inputs)
            if reason is None:
                passes += some
            else:
                failures[group] = reason
    return failures


def _draws(network: nn.Module, units: Sequence[Unit]) -> list[dict[Group, list[Unit]]]:
    """Sets of units to remove, by group: first each group in two halves, so that every unit is removed once; then such
    numbers of units that any two groups of one size lose different numbers at least once."""
    random = np.random.default_rng(0)
    numbers: dict[int, int] = defaultdict(int)
    draws: list[dict[Group, list[Unit]]] = [{}, {}]
    for group, members in groups_of(units).items():
        some = [units[index] for index in members]
        size, number = len(some), numbers[len(some)]
        numbers[size] += 1
        order = [some[index] for index in random.permutation(size)]
        half = size // 2 if size > 1 else int(not _empties(network, [*_all(draws[0]), *some]))
        draws[0][group], draws[1][group] = order[:half], order[half:] if size > 1 else []
        digits = [number % size]
        while size > 1 and (number := number // size):
            digits.append(number % size)
        for place, digit in enumerate(digits, start=2):
            draws += [{}] * (place == len(draws))
            draws[place] = {**draws[place], group: order[:digit]}
    return draws


def _all(draw: dict[Group, list[Unit]]) -> list[Unit]:
    return [unit for some in draw.values() for unit in some]


def _empties(network: nn.Module, units: Sequence[Unit]) -> bool:
    """Whether some layer would be left with nothing."""
    try:
        kept_after(network, units)
    except TrimError:
        return True
    return False


def _jittered(network: nn.Module, example: Any) -> tuple[nn.Module, Any]:
    """A copy with a little noise on every weight, so that none is zero by chance, in double precision if it runs so."""
    inputs = convert(example, lambda tensor: tensor[:2] if tensor.dim() else tensor)
    generator = torch.Generator().manual_seed(0)
    twin = copy_network(network).eval()
    with torch.no_grad():
        for parameter in twin.parameters():
            noise = torch.randn(parameter.shape, generator=generator, dtype=torch.float32)
            parameter.add_(noise.to(parameter), alpha=NOISE)
    double = copy_network(twin).double()
    wide = convert(inputs, lambda tensor: tensor.double() if tensor.is_floating_point() else tensor)
    try:
        _outputs(double, wide)
    except TrimError:
        try:
            _outputs(twin, inputs)
        except TrimError as error:
            raise TrimError(f"network: its {error}") from error
        return twin, inputs
    return double, wide


def _difference(network: nn.Module, units: Sequence[Unit], inputs: Any) -> str | None:
    """What goes wrong when these units are trimmed, or None."""
    reference = _outputs(silence(network, units), inputs)
    try:
        result = _outputs(trim(network, units), inputs)
    except TrimError as error:
        return f"trimmed, its {error}"
    for one, two in zip(reference, result, strict=False):
        if one.shape != two.shape:
            return f"trimmed, it gives shape {tuple(two.shape)} instead of {tuple(one.shape)}"
        scale = float(one.abs().max()) if one.numel() else 0.0
        error_size = float((one - two).abs().max()) if one.numel() else 0.0
        if not error_size <= TOLERANCE.get(one.dtype, 1e-3) * max(scale, 1e-6):
            return f"trimmed, it computes something else than silenced (difference {error_size:.2g} of {scale:.2g})"
    return None if len(reference) == len(result) else "trimmed, it gives another number of outputs"


@torch.no_grad()
def _outputs(network: nn.Module, inputs: Any) -> list[Tensor]:
    try:
        return [
            tensor.to(tensor if tensor.is_floating_point() else torch.double)
            for tensor in tensors_of(call(network, inputs))
        ]
    except Exception as error:
        first_line = (str(error).splitlines() or [type(error).__name__])[0]
        raise TrimError(f"forward pass on the example fails: {first_line}") from error
