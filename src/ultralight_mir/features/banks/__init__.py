"""Filter banks: computed by librosa once, kept here as files, and only read when features are computed.

To import librosa takes seconds and 200 MiB, and a bank is some kB. So neither who listens to a song nor a job that
computes features imports it, but for filters of settings that no file is kept for. `python -m
ultralight_mir.features.banks` writes the files of all registered features.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Bank = dict[str, NDArray[Any]]
"""Arrays of a bank by their names."""


def kept(compute: Callable[..., Bank]) -> Callable[..., Bank]:
    """A function of numbers that makes a bank, as one that reads the file of it, where one is kept."""

    @lru_cache(maxsize=8)
    @wraps(compute)
    def bank(**numbers: float) -> Bank:
        path = place(compute, numbers)
        if not path.is_file():
            return compute(**numbers)
        with np.load(path, allow_pickle=False) as arrays:
            return dict(arrays)

    return bank


def place(compute: Callable[..., Bank], numbers: Mapping[str, float]) -> Path:
    """Where the bank is kept that a function makes of these numbers."""
    told = "-".join(f"{name}={number}" for name, number in sorted(numbers.items()))
    return Path(__file__).parent / f"{compute.__name__}-{told}.npz"
