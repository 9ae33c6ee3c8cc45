"""The figures of the reference experiment, drawn for the site, each with its data."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import md
import reference

from ultralight_mir.report import figures, tables
from ultralight_mir.report.figures.style import Drawing
from ultralight_mir.report.tables import write

DATA = {"score_vs_removed": "scores", "score_vs_cost": "scores", "strategies": "controls", "time": "times"}
"""Figure, without its task → the table that holds its numbers; "systems" has one of its own name."""


def draw(folder: Path) -> str:
    """Draw every figure and write every table into `folder`; the page that shows them, which stands beside it."""
    drawings, _ = figures.draw(reference.analysis(), folder, forms=["svg"])
    written = {table.name: write(table, folder)[0].name for table in tables.build(reference.analysis())}
    drawings.sort(key=lambda drawing: drawing.section)
    tasks = {str(row["task"]) for row in reference.verdicts()}
    order = {name: place for place, name in enumerate(["overview", *sorted(tasks)])}
    drawings.sort(key=lambda drawing: order.get(drawing.section, len(order)))
    parts = ["# Gallery\n\nEvery figure of the reference experiment, drawn from its committed tables."]
    for section, own in groupby(drawings, key=lambda drawing: drawing.section):
        parts.append(f"## {section.capitalize()}")
        parts += [_shown(folder.name, drawing, written) for drawing in own]
    return "\n\n".join(parts) + "\n"


def _shown(folder: str, drawing: Drawing, written: dict[str, str]) -> str:
    kind = drawing.name.removesuffix(f"_{drawing.section}")
    table = DATA.get(kind, kind)
    file = written.get(f"{table}_{drawing.section}") or written.get(table)
    data = f"\n\nData: {{download}}`{file} <{folder}/{file}>`" if file else ""
    return f":::{{image}} {folder}/{drawing.name}.svg\n:alt: {md.cell(drawing.alt)}\n:width: 100%\n:::{data}"
