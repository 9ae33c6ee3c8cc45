"""The figures of the reference experiment, drawn for the site, each with its data."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import md
import reference

from ultralight_mir.report import figures
from ultralight_mir.report.figures.style import DATA, Drawing


def draw(folder: Path) -> str:
    """Draw every figure and write its numbers into `folder`; the page that shows them, which stands beside it."""
    drawings, _ = figures.draw(reference.analysis(), folder, forms=["svg", DATA])
    tasks = list(dict.fromkeys(str(row["task"]) for row in reference.verdicts()))
    order = {name: place for place, name in enumerate(["overview", *tasks])}
    drawings.sort(key=lambda drawing: (order.get(drawing.section, len(order)), drawing.section))
    parts = ["# Gallery\n\nEvery figure of the reference experiment, drawn from its committed tables, and its numbers."]
    for section, own in groupby(drawings, key=lambda drawing: drawing.section):
        parts.append(f"## {section.capitalize()}")
        parts += [_shown(folder.name, drawing) for drawing in own]
    return "\n\n".join(parts) + "\n"


def _shown(folder: str, drawing: Drawing) -> str:
    image = f":::{{image}} {folder}/{drawing.name}.svg\n:alt: {md.cell(drawing.alt)}\n:width: 100%\n:::"
    data = f"{drawing.name}.{DATA}"
    return image if drawing.data is None else f"{image}\n\nData: {{download}}`{data} <{folder}/{data}>`"
