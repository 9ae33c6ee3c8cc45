"""Places in one stretch of memory for tensors that do not all live at the same time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Span(NamedTuple):
    """What a tensor needs: bytes, from its first use to its last one (both within it)."""

    size: int
    first: int
    last: int


def placed(spans: Mapping[str, Span]) -> tuple[dict[str, int], int]:
    """Where each tensor begins, so that none lies on another that lives at the same time; and bytes in all.

    The largest come first, each as low as it fits.

    >>> placed({"a": Span(8, 0, 1), "b": Span(16, 1, 2), "c": Span(8, 2, 3)})
    ({'b': 0, 'a': 16, 'c': 16}, 24)
    """
    offsets: dict[str, int] = {}
    for name in sorted(spans, key=lambda name: (-spans[name].size, spans[name].first, name)):
        mine, place = spans[name], 0
        for other in sorted(offsets, key=lambda other: offsets[other]):
            its = spans[other]
            apart = its.last < mine.first or mine.last < its.first
            if not apart and place + mine.size > offsets[other]:
                place = max(place, offsets[other] + its.size)
        offsets[name] = place
    return offsets, max((offsets[name] + spans[name].size for name in spans), default=0)
