"""The figures of the reference experiment, drawn for the site, each with its data."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import md
import reference

from ultralight_mir.report import figures
from ultralight_mir.report.figures.style import Drawing
from ultralight_mir.report.tables import write

DATA = {"score_vs_removed": "scores", "score_vs_cost": "scores", "strategies": "scores", "time": "times"}
DATA |= {"synthetic_vs_real": "test_corpora"}
"""Figure, without its task → the table that holds its numbers; the others have one of their own name."""
RAW = "widths"
"""A table of the results that the report shows as a figure only."""


def draw(folder: Path) -> str:
    """Draw every figure and write every table into `folder`; the page that shows them, which stands beside it."""
    drawings, _ = figures.draw(reference.analysis(), folder, forms=["svg"])
    written = {table.name: write(table, folder)[0].name for table in reference.built().values()}
    written[RAW] = f"{RAW}.csv"
    reference.analysis().records.widths.to_csv(folder / written[RAW], index=False)
    tasks = list(dict.fromkeys(str(row["task"]) for row in reference.verdicts()))
    order = {name: place for place, name in enumerate(["overview", *tasks])}
    drawings.sort(key=lambda drawing: (order.get(drawing.section, len(order)), drawing.section))
    parts = ["# Gallery\n\nEvery figure of the reference experiment, drawn from its committed tables."]
    for section, own in groupby(drawings, key=lambda drawing: drawing.section):
        parts.append(f"## {section.capitalize()}")
        parts += [_shown(folder.name, drawing, _data(drawing, tasks, written)) for drawing in own]
    return "\n\n".join(parts) + "\n"


def _data(drawing: Drawing, tasks: list[str], written: dict[str, str]) -> list[str]:
    """The files that hold the numbers of a figure: of one task, or of each."""
    kind = drawing.name.removesuffix(f"_{drawing.section}")
    table = DATA.get(kind, kind)
    asked = tasks if drawing.section == "overview" else [drawing.section]
    files = [written[f"{table}_{task}"] for task in asked if f"{table}_{task}" in written]
    return files or [written[table]] * (table in written)


def _shown(folder: str, drawing: Drawing, files: list[str]) -> str:
    links = ", ".join(f"{{download}}`{file} <{folder}/{file}>`" for file in files)
    image = f":::{{image}} {folder}/{drawing.name}.svg\n:alt: {md.cell(drawing.alt)}\n:width: 100%\n:::"
    return f"{image}\n\nData: {links}" if links else image
