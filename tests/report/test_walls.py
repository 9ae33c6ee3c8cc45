"""The report is made from the gathered tables alone: it needs no torch, no audio, no corpus and no task."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from pathlib import Path

from fake_results import Grid, write_results

from ultralight_mir import report

HEAVY = ("torch", "torchaudio", "safetensors", "librosa", "soundfile", "mir_eval", "sklearn", "mirdata")
HEAVY += ("scipy.signal", "scipy.stats")  # of scipy, Student's distribution alone is wanted, which is in scipy.special
ROOMS = ("audio", "corpora", "features", "tasks", "networks", "ticket", "training", "inference")
ROOMS += ("evaluation", "results", "cost", "entry", "experiment", "predictor", "clips", "annotations")
SETTINGS = ("criteria", "options", "errors")
"""Of trimming, what names a strategy's settings; none of it computes anything."""
PLAN = """
from ultralight_mir.report import figures
print(*figures.names(["onset", "drums"]))
"""
DRAW = """
from ultralight_mir.report import page
page.render(Path("results"), Path("reports"))
"""
IMPORTED = """
print(*sorted(sys.modules), sep="\\n")
"""


def _run(code: str, folder: Path) -> list[str]:
    """What code prints that a process of its own runs."""
    command = [sys.executable, "-c", "import sys\nfrom pathlib import Path\n" + code]
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    assert run.returncode == 0, run.stderr
    return run.stdout.splitlines()


def _modules() -> list[str]:
    return [module.name for module in pkgutil.walk_packages(report.__path__, f"{report.__name__}.")]


def test_every_module_and_a_whole_page_need_the_tables_only(tmp_path: Path) -> None:
    write_results(
        tmp_path / "results", Grid(tasks=("onset",), real=("recordings",), strategies=("trim",), removed=(0.5,))
    )
    modules = _modules()
    assert len(modules) > 15 and "ultralight_mir.report.figures.widths" in modules
    imported = set(_run(f"import {', '.join(modules)}" + DRAW + IMPORTED, tmp_path))
    assert (tmp_path / "reports" / "index.html").stat().st_size > 50_000
    assert {"ultralight_mir.report.page", "matplotlib", "pandas"} <= imported
    assert not imported & {*HEAVY, *(f"ultralight_mir.{room}" for room in ROOMS)}
    trimming = {name.rpartition(".")[2] for name in imported if name.startswith("ultralight_mir.trimming.")}
    assert trimming <= set(SETTINGS)


def test_planning_knows_the_figures_without_drawing_anything(tmp_path: Path) -> None:
    names, *imported = _run(PLAN + IMPORTED, tmp_path)
    assert names.split() == [
        "score_vs_removed", "score_vs_removed_onset", "score_vs_removed_drums",
        "score_vs_cost", "score_vs_cost_onset", "score_vs_cost_drums", "widths_onset", "widths_drums",
    ]  # fmt: skip
    assert not set(imported) & {"matplotlib", "pandas", "numpy", "jinja2", *HEAVY}
