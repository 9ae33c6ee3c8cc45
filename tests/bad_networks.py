"""Networks of a user's own with something wrong in each."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn


class _Net(nn.Module):
    kind = "spectral"

    def __init__(self, bins: int, outputs: int, framewise: bool, hop: int) -> None:
        super().__init__()
        self.last = nn.Linear(bins, outputs)

    def forward(self, x: Tensor) -> Any:
        return self.last(x)


class Raises(_Net):
    def __init__(self, **shape: Any) -> None:
        raise RuntimeError("no such\nthing")


class Empty(_Net):
    def __init__(self, **shape: Any) -> None:
        nn.Module.__init__(self)


class Tuple(_Net):
    def forward(self, x: Tensor) -> Any:
        return self.last(x), x


class Wide(_Net):
    def __init__(self, bins: int, outputs: int, framewise: bool, hop: int) -> None:
        super().__init__(bins, 7, framewise, hop)


class Short(_Net):
    def forward(self, x: Tensor) -> Any:
        return self.last(x)[:, ::2]


class Pooled(_Net):
    def forward(self, x: Tensor) -> Any:
        return self.last(x).mean(dim=1)


class Stumbles(_Net):
    def forward(self, x: Tensor) -> Any:
        return 1 // 0


class Forgetful(nn.Module):
    """What it gives hangs on how often it was called, which no graph can know."""

    kind = "spectral"

    def __init__(self, bins: int, outputs: int, framewise: bool, hop: int) -> None:
        super().__init__()
        self.layer = nn.Linear(bins, outputs)
        self.calls = 0

    def forward(self, x):
        self.calls += 1
        return self.layer(x) + self.calls
