"""The table of data sets, as Markdown: what the command `datasets` prints."""

from __future__ import annotations

from ultralight_mir.corpora.datasets import DATASETS, get_dataset
from ultralight_mir.corpora.datasets.base import DataSet

HEADER = ("data set", "tasks", "licence", "cite", "download", "split", "by hand")
UNITS = (("GB", 10**9), ("MB", 10**6), ("kB", 10**3))


def render() -> str:
    """One row a data set; ends with a line end."""
    rows = [HEADER, ("---",) * len(HEADER), *(_cells(get_dataset(name)) for name in DATASETS)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _cells(about: DataSet) -> tuple[str, ...]:
    return (
        f"{about.title} (`{about.name}`)",
        ", ".join(about.tasks),
        about.licence,
        about.citation,
        size(about.bytes),
        about.split,
        about.by_hand or "–",
    )


def size(count: int) -> str:
    """A number of bytes in the largest decimal unit that it fills; 0 is "not stated"."""
    for unit, scale in UNITS:
        if count >= scale:
            return f"{count / scale:.3g} {unit}"
    return f"{count} B" if count else "not stated"
