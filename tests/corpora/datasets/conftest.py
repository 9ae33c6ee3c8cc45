"""A publisher to download from, small steps to be cut between, and no waiting between tries."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from publisher import Publisher, serving

from ultralight_mir.corpora.datasets import transfer


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with serving() as at_work:
        yield at_work


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "CHUNK", 100)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waits: list[float] = []
    monkeypatch.setattr("pooch.core.time.sleep", waits.append)
    return waits
