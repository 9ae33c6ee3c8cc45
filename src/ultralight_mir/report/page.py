"""The report: figures, tables and one self-contained page, rendered from a results folder alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2

from ultralight_mir.files import replacing
from ultralight_mir.records import CASE, DEVICES, MISSING, PIECES
from ultralight_mir.report import claims, figures, sections, tables
from ultralight_mir.report.analysis import Analysis
from ultralight_mir.report.figures.style import DATA, FORMATS, Drawing
from ultralight_mir.report.formats import percent, significant
from ultralight_mir.report.intervals import LEVEL, MIN_GROUPS
from ultralight_mir.report.means import strategies
from ultralight_mir.report.sections import Image, Section
from ultralight_mir.report.statistics import MARGIN, MIN_SEEDS


def render(results: Path, reports: Path, threads: int = 1, own: Iterable[str] = ()) -> None:
    """Write `reports/index.html`, `reports/figures/` and `reports/tables/` from a results folder.

    Args:
        threads: how many figures are drawn at a time.
        own: figures beside the registered ones, as `module:Name`.

    Raises:
        InputError: the results folder is incomplete, damaged or malformed, or a figure cannot be imported.
    """
    analysis = Analysis.read(results)
    drawings, _ = figures.draw(analysis, reports / "figures", threads, own)
    whole = tables.build(analysis)
    for table in whole:
        tables.write(table, reports / "tables")
    images = [_image(drawing, reports / "figures") for drawing in drawings]
    page = _page(analysis, sections.build(analysis, images, whole))
    with replacing(reports / "index.html") as scratch:
        scratch.write_text(page, encoding="utf-8")


def _image(drawing: Drawing, folder: Path) -> Image:
    endings = [DATA] * (drawing.data is not None) + [form for form in FORMATS if form != DATA]
    uri = _uri((folder / f"{drawing.name}.svg").read_text(encoding="utf-8"))
    return Image(drawing.name, drawing.alt, uri, drawing.section, drawing.order, endings)


_UNSEEN = re.compile(r"<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->|<metadata>.*?</metadata>", re.DOTALL)
_QUOTED = str.maketrans({letter: f"%{ord(letter):X}" for letter in "%#&'"})
"""What does not stand for itself in a URI that an attribute in single quotes holds."""


def _uri(svg: str) -> str:
    """A picture as an URI for an attribute in single quotes; as text, as base64 makes it larger by a third."""
    text = re.sub(r"\s+", " ", _UNSEEN.sub("", svg)).replace("> <", "><").strip()
    return f"data:image/svg+xml;charset=utf-8,{text.translate(_QUOTED)}"


def _page(analysis: Analysis, parts: list[Section]) -> str:
    run = analysis.records.run
    pieces = run.get(PIECES, [])
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("ultralight_mir.report"), autoescape=True, trim_blocks=True, lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )  # fmt: skip
    environment.filters["percent"] = percent
    return environment.get_template("report.html.j2").render(
        css=_template("report.css"),
        script=_template("report.js"),
        run=run,
        missing=[ticket for part in pieces or [run] for ticket in part.get(MISSING, [])],
        config=json.dumps(run.get("config") or [p.get("config", {}) for p in pieces], indent=2, ensure_ascii=False),
        overall=claims.overall(analysis),
        facts=_facts(analysis),
        sections=parts,
        networks=_networks(analysis),
        margin=f"{MARGIN:.0f}",
        level=f"{LEVEL:.0f}",
        min_groups=MIN_GROUPS,
        min_seeds=MIN_SEEDS,
    )


def _template(name: str) -> str:
    return (files("ultralight_mir.report") / "templates" / name).read_text(encoding="utf-8")


def _facts(analysis: Analysis) -> dict[str, str]:
    """What was run, on what machine, when: a line each."""
    means, run = analysis.means, analysis.records.run
    machine = run.get("machine", {})
    rungs = sorted(means.loc[means["strategy"] != "dense", "removed_target"].unique())
    seeds = int(means["seeds"].max())
    facts = {
        "Experiment": str(run.get("experiment", "")),
        "Date": str(run.get("date", "")).replace("T", " ").removesuffix("+00:00")
        + " UTC" * str(run.get("date")).endswith("+00:00"),
        "Tasks": ", ".join(means["task"].unique()),
        "Strategies": ", ".join(strategies(means)),
        "Removed": ", ".join(percent(rung, 1).replace(".0", "") for rung in rungs),
        "Seeds": f"{seeds}",
        "Networks trained": f"{_trained(analysis):,}",
        "Trained on": ", ".join(f"{device} ({count:,})" for device, count in run.get(DEVICES, {}).items()),
        "CPU": " · ".join(_known(machine, cpu="{}", cores="{} cores", memory_gib="{} GiB memory")),
        "System": " · ".join(_known(machine, system="{}", python="Python {}")),
        "Versions": ", ".join(f"{name} {version}" for name, version in run.get("versions", {}).items()),
        "Commit": str(run.get("commit", "")),
        "Pieces": "; ".join(_piece(piece) for piece in run.get(PIECES, [])),
    }
    return {name: text for name, text in facts.items() if text}


def _piece(piece: dict[str, Any]) -> str:
    """What was run apart, and joined."""
    cpu = _known(piece.get("machine", {}), cpu="{}", cores="{} cores")
    commit = [f"commit {piece['commit']}"] if piece.get("commit") else []
    return " · ".join([str(piece.get("experiment", "")), str(piece.get("date", ""))[:10], *cpu, *commit])


def _trained(analysis: Analysis) -> int:
    """Every ticket, as often as its corpus has folds."""
    own = analysis.tickets.drop_duplicates([*CASE, "seed", "strategy", "removed_target"])
    return int(sum(sections.folds(analysis.records, row["corpus"], row["task"]) for _, row in own.iterrows()))


def _known(machine: dict[str, Any], **forms: str) -> list[str]:
    return [form.format(machine[key]) for key, form in forms.items() if machine.get(key) not in (None, "")]


def _networks(analysis: Analysis) -> list[dict[str, str]]:
    """Every network of the run, then the others that there are: note, tasks and size."""
    means, notes = analysis.means, analysis.records.run.get("networks", {})
    dense = means[means["own"] & (means["strategy"] == "dense")]
    names = list(dict.fromkeys(means["network"]))
    rows = []
    for name in [*names, *(other for other in notes if other not in names)]:
        own = dense[dense["network"] == name]
        tasks = [f"{row['task']} ({significant(row['parameters'])} parameters)" for _, row in own.iterrows()]
        use = ", ".join(tasks) or ("in this run" if name in names else "–")
        rows.append({"name": name, "note": notes.get(name, ""), "tasks": use})
    return rows
