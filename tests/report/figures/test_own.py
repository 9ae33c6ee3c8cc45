"""A figure that is registered, or named as module:Name, is on the page and among the files; nothing else is touched."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_results import Grid, write_results
from typer.testing import CliRunner

from ultralight_mir.cli import app
from ultralight_mir.errors import InputError
from ultralight_mir.report import figures, page

GRID = Grid(tasks=("onset",), strategies=("trim",), removed=(0.5,))
MODULE = """
from ultralight_mir.report.figures.style import Drawing, panels


def draw(analysis):
    figure, (panel,) = panels(1, 1, "Seeds")
    panel.plot(analysis.means["removed"], analysis.means["score"])
    yield Drawing("own_{figure}", "Own words on {figure}.", figure, section="{section}", order=15)


def none(analysis):
    return []


def twice(analysis):
    yield from draw(analysis)
    yield from draw(analysis)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    write_results(tmp_path / "results", GRID)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.startswith("figures_of"):
            del sys.modules[name]


def _module(folder: Path, figure: str, section: str = "overview") -> str:
    name = f"figures_of_{figure}"
    (folder / f"{name}.py").write_text(MODULE.replace("{figure}", figure).replace("{section}", section))
    return name


def _page(folder: Path) -> str:
    return (folder / "reports" / "index.html").read_text(encoding="utf-8")


def _files(folder: Path, name: str) -> set[str]:
    return {path.suffix for path in (folder / "reports" / "figures").glob(f"{name}.*")}


def test_a_registered_figure_appears(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(figures.FIGURES, "own_seeds", f"{_module(folder, 'seeds')}:draw")
    assert "own_seeds" in figures.names(["onset"]), "the workflow waits for it"
    page.render(folder / "results", folder / "reports")
    assert _files(folder, "own_seeds") == {".svg", ".pdf", ".png"}
    text = _page(folder)
    assert 'alt="Own words on seeds."' in text and 'href="figures/own_seeds.pdf"' in text
    order = re.findall(r'href="figures/(\w+)\.svg"', text)
    assert order.index("score_vs_removed") < order.index("own_seeds") < order.index("score_vs_cost"), "its `order`"


def test_one_of_somebody_s_own_appears_in_a_section_of_its_own(folder: Path) -> None:
    own = f"{_module(folder, 'noise', 'seed_noise')}:draw"
    page.render(folder / "results", folder / "reports", own=[own])
    assert _files(folder, "own_noise") == {".svg", ".pdf", ".png"}
    text = _page(folder)
    section = text.partition('<section id="seed_noise">')[2].partition("</section>")[0]
    assert "<h2>Seed noise</h2>" in section and 'alt="Own words on noise."' in section
    assert '<a href="#seed_noise">Seed noise</a>' in text


def test_the_command_line_takes_one(folder: Path) -> None:
    own = f"{_module(folder, 'cli')}:draw"
    run = CliRunner().invoke(app, ["report", "results", "reports", "--figure", own], catch_exceptions=False)
    assert run.exit_code == 0
    assert "Own words on cli." in _page(folder)


def test_one_may_draw_nothing(folder: Path) -> None:
    page.render(folder / "results", folder / "reports", own=[f"{_module(folder, 'none')}:none"])
    assert "own_none" not in _page(folder)


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ("no_such_module:draw", "figure 'no_such_module:draw': cannot be imported"),
        ("figures_of_bad:no_such", "figure 'figures_of_bad:no_such': module figures_of_bad"),
        ("sunburst", "figure 'sunburst': unknown, expected one of score_vs_removed"),
        ("figures_of_bad:twice", "figure 'figures_of_bad:twice': draws 'own_bad', which another one draws already"),
    ],
)
def test_what_cannot_be_drawn_is_one_line_and_no_page(folder: Path, own: str, message: str) -> None:
    _module(folder, "bad")
    with pytest.raises(InputError) as caught:
        page.render(folder / "results", folder / "reports", own=[own])
    assert message in str(caught.value) and "\n" not in str(caught.value)
    assert not (folder / "reports" / "index.html").exists()
