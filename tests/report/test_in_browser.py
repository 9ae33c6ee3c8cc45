"""The page in a browser: whole at any width, without a network, by keyboard, on paper; its tables sort and filter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from browser import Browser, find, started
from fake_results import Grid, write_results

from ultralight_mir.report import page
from ultralight_mir.report.figures import style
from ultralight_mir.report.formats import significant

EXECUTABLE = find()
pytestmark = pytest.mark.skipif(EXECUTABLE is None, reason="no Chromium: none of its names is on the PATH")
GRID = Grid(
    tasks=("onset", "drums"),
    real=("recordings",),
    strategies=("trim", "mask", "random"),
    removed=(0.5, 0.9, 0.999),
    systems=("one",),
)
MISSING = "–"
TICKETS = "#tickets table"
WIDE = """[...document.querySelectorAll('body *')].filter(element => {
  const scrolls = element.closest('.table, .drawing, pre');
  return (!scrolls || scrolls === element) && element.getBoundingClientRect().right > innerWidth + 0.5;
}).map(element => element.outerHTML.slice(0, 120))"""
OPEN = "document.querySelectorAll('details').forEach(details => details.open = true)"
COLUMN = """[...document.querySelectorAll('#tickets tbody tr')].filter(row => !row.hidden)
  .map(row => row.cells[HEADS.findIndex(head => head.startsWith(NAME))].textContent.trim())"""
HEADS = "[...document.querySelectorAll('#tickets th')].map(head => head.textContent.trim())"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    write_results(folder / "results", GRID)
    with pytest.MonkeyPatch.context() as patch:  # other forms take time, and are not looked at
        patch.setattr(style, "FORMATS", {form: style.FORMATS[form] for form in ("svg", "csv")})
        page.render(folder / "results", folder)
    return folder


@pytest.fixture(scope="module")
def tab(report: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    assert EXECUTABLE is not None
    with started(EXECUTABLE, tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture
def opened(tab: Browser, report: Path) -> Browser:
    tab.window(1280)
    tab.goto(report / "index.html")
    return tab


def column(tab: Browser, name: str) -> list[str]:
    """The cells of the tickets' table that are shown, from the top down, whose heading starts with `name`."""
    found: list[str] = tab.run(COLUMN.replace("HEADS", HEADS).replace("NAME", repr(name)))
    return found


def press_heading(tab: Browser, name: str) -> str | None:
    """Press a heading; what its column then says of its order."""
    head = f"[...document.querySelectorAll('#tickets th')].find(head => head.textContent.startsWith({name!r}))"
    found: str | None = tab.run(f"(head => (head.firstChild.click(), head.getAttribute('aria-sort')))({head})")
    return found


def choose(tab: Browser, field: str, value: str) -> str:
    """Fill in a field of the filter; the count of rows that it then tells."""
    form = "document.querySelector('#tickets form')"
    tab.run(f"{form}.elements.namedItem({field!r}).value = {value!r}")
    found: str = tab.run(f"{form}.dispatchEvent(new Event('input')), {form}.querySelector('output').value")
    return found


def value(text: str) -> float:
    """The number that a cell of the page starts with."""
    match = re.match(r"([+−]?)([\d,.]+)\s*([kMG]?)", text)
    assert match, text
    size = float(match[2].replace(",", "")) * {"": 1, "k": 1e3, "M": 1e6, "G": 1e9}[match[3]]
    return -size if match[1] == "−" else size


@pytest.mark.parametrize("width", [390, 1280])
def test_it_is_whole_and_quiet_and_fits_the_window(tab: Browser, report: Path, width: int) -> None:
    tab.window(width)
    tab.goto(report / "index.html")
    tab.run(OPEN)
    assert tab.run("document.documentElement.scrollWidth") == width
    assert tab.run(WIDE) == []
    assert tab.run("[...document.images].every(image => image.complete && image.naturalWidth > 0)")
    assert tab.run("document.images.length") >= 6
    assert tab.complaints() == []
    asked = [url for url in tab.requests() if not url.startswith("data:")]
    assert asked == [(report / "index.html").as_uri()], "nothing is loaded but the page"


@pytest.mark.parametrize("name", ["parameters", "difference", "MACs", "removed", "score", "CPU time"])
def test_a_column_of_numbers_is_sorted_as_numbers_with_missing_ones_last(opened: Browser, name: str) -> None:
    before = column(opened, name)
    assert press_heading(opened, name) == "ascending"
    rising = column(opened, name)
    assert press_heading(opened, name) == "descending"
    falling = column(opened, name)
    assert sorted(rising) == sorted(falling) == sorted(before) and len(before) == 40
    absent = sum(cell == MISSING for cell in before)
    assert absent == (4 if name == "difference" else 0), "dense is not compared with itself"
    for cells, sign in ((rising, 1), (falling, -1)):
        numbers = [sign * value(cell) for cell in cells[: len(cells) - absent]]
        assert numbers == sorted(numbers) and len(set(numbers)) > 2
        assert set(cells[len(cells) - absent :]) <= {MISSING}
    assert press_heading(opened, name) is None
    assert column(opened, name) == before, "the third press is the order of the results"


def test_the_order_is_that_of_the_full_numbers(opened: Browser, report: Path) -> None:
    press_heading(opened, "parameters")
    full = pd.read_csv(report / "tables" / "tickets.csv")
    sizes = column(opened, "parameters")
    assert sizes == [significant(size) for size in sorted(full["parameters"])]
    assert len({size.partition("\u202f")[2] for size in sizes}) > 1, "of thousands and of millions, or of ones"
    press_heading(opened, "strategy")
    assert column(opened, "strategy") == sorted(full["strategy"])
    assert opened.run("document.querySelectorAll('#tickets [aria-sort]').length") == 1


def test_tickets_are_filtered_by_task_strategy_and_text(opened: Browser) -> None:
    assert opened.run("document.querySelector('#tickets output').value") == "40 rows"
    assert choose(opened, "task", "drums") == "20 of 40 rows"
    assert set(column(opened, "task")) == {"drums"}
    assert choose(opened, "strategy", "trim") == "6 of 40 rows"
    assert choose(opened, "text", "RECORDINGS  ") == "3 of 40 rows"
    removed = column(opened, "removed")
    assert "\u202f" in removed[1]
    assert choose(opened, "text", f"recordings {removed[1]}".replace("\u202f", " ")) == "1 of 40 rows"
    assert column(opened, "tested on") == ["recordings"] and column(opened, "removed") == removed[1:2]
    assert choose(opened, "text", "no such words") == "0 of 40 rows"
    assert choose(opened, "text", "") == "6 of 40 rows"
    press_heading(opened, "removed")
    assert len(column(opened, "removed")) == 6, "sorting shows nothing that is filtered out"
    clear = "document.querySelector('#tickets [type=reset]').click()"
    opened.run(f"new Promise(done => {{ {clear}; setTimeout(done, 50); }})")
    assert len(column(opened, "removed")) == 40
    opened.run("document.querySelector('#onset a[data-task]').click()")
    assert set(column(opened, "task")) == {"onset"} and len(column(opened, "task")) == 20


def test_a_group_is_named_in_its_first_row_whatever_is_shown(opened: Browser) -> None:
    shown = "[...document.querySelectorAll('#tickets tbody tr')].filter(row => !row.hidden)"
    names = f"{shown}.map(row => [row.cells[0].textContent, row.cells[0].classList.contains('again')])"
    for change in (lambda: choose(opened, "text", "0"), lambda: press_heading(opened, "score")):
        change()
        rows = opened.run(names)
        assert rows[0][1] is False and len(rows) > 10
        assert all(again is (name == above[0]) for above, (name, again) in pairwise(rows))


def test_the_keyboard_reaches_everything_and_shows_where_it_is(opened: Browser) -> None:
    opened.press("Tab")
    assert opened.run("document.activeElement.textContent") == "Skip to the verdicts"
    assert opened.run("document.activeElement.getBoundingClientRect().top") >= 0, "it is seen once it has the focus"
    opened.press("Enter")
    assert opened.run("document.activeElement.tagName") == "MAIN"
    rings = "(style => style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2)"
    kinds = set()
    for _ in range(30):
        opened.press("Tab")
        kinds.add(opened.run("document.activeElement.className || document.activeElement.tagName"))
        assert opened.run(f"{rings}(getComputedStyle(document.activeElement))")
    assert {"table", "sort", "A"} <= kinds
    opened.run("document.querySelector('#tickets .sort').focus()")
    opened.press("Enter")
    assert opened.run("document.querySelector('#tickets th').getAttribute('aria-sort')") == "ascending"


def test_what_scrolls_is_named_and_within_reach_at_any_width(tab: Browser, report: Path) -> None:
    tab.window(390)
    tab.goto(report / "index.html")
    tab.run(OPEN)
    boxes: list[Any] = tab.run("""[...document.querySelectorAll('body *')]
      .filter(box => box.scrollWidth > box.clientWidth && getComputedStyle(box).overflowX === 'auto')
      .map(box => [box.tabIndex, box.getAttribute('role'), box.getAttribute('aria-label')])""")
    assert len(boxes) > 8
    assert all(place == 0 and role in ("region", "group") and label for place, role, label in boxes)


def test_assistive_technology_is_told_all(opened: Browser) -> None:
    opened.run(OPEN)
    levels = opened.run("[...document.querySelectorAll('h1, h2, h3, h4')].map(head => Number(head.tagName[1]))")
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(below - above <= 1 for above, below in pairwise(levels))
    opened.ask("Accessibility.enable")
    nodes = [node for node in opened.ask("Accessibility.getFullAXTree")["nodes"] if not node["ignored"]]
    roles = [node["role"]["value"] for node in nodes]
    assert roles.count("main") == roles.count("banner") == roles.count("navigation") == 1
    told = ("link", "button", "combobox", "searchbox", "image", "region", "form", "table", "heading")
    assert set(told) <= set(roles)
    for node in nodes:
        assert node["role"]["value"] not in told or node["name"]["value"].strip(), node


def test_without_scripts_nothing_is_missing(tab: Browser, report: Path) -> None:
    tab.ask("Emulation.setScriptExecutionDisabled", value=True)
    try:
        tab.goto(report / "index.html")
        assert tab.run("document.querySelectorAll('form, button').length") == 0
        assert len(column(tab, "strategy")) == 40
    finally:
        tab.ask("Emulation.setScriptExecutionDisabled", value=False)


def test_on_paper_everything_is_open_and_nothing_is_to_be_pressed(opened: Browser) -> None:
    opened.ask("Emulation.setEmulatedMedia", media="print")
    try:
        opened.window(1017)  # a landscape A4 page between its margins, which wide tables have
        assert opened.run(f"{TALL}.every(box => box.getBoundingClientRect().height > 40)")
        assert opened.run("[...document.querySelectorAll('nav, form, .skip')].every(it => it.offsetHeight === 0)")
        assert opened.run(WIDE) == []
        cut = "box => box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1"
        assert opened.run(f"[...document.querySelectorAll('.table')].filter({cut}).length") == 0
    finally:
        opened.ask("Emulation.setEmulatedMedia", media="")


TALL = "[...document.querySelectorAll('details:not(.raw) .table')]"
