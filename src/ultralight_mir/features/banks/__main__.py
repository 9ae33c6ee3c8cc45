"""Writes the filter banks of all registered features: `python -m ultralight_mir.features.banks`."""

from __future__ import annotations

import inspect

import numpy as np

from ultralight_mir.features import FEATURES, get_feature
from ultralight_mir.features.banks import place


def main() -> None:
    """Compute every bank anew, whether a file of it is there or not."""
    for name in FEATURES:
        feature = get_feature(name)
        if feature.bank is not None:
            compute = inspect.unwrap(feature.bank)
            path = place(compute, feature.numbers)
            np.savez_compressed(path, **compute(**feature.numbers))
            print(f"{path.name}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
