"""The page: whole, self-contained, accessible, honest about smoke runs, and right for partial grids."""

from __future__ import annotations

from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pandas as pd
import pytest
from fake_results import Grid, write_results

from ultralight_mir.report import page
from ultralight_mir.report.figures import style

VOID = {"meta", "img", "br", "link", "input", "hr"}


class Page(HTMLParser):
    """Collects what the tests ask for, and fails on tags that do not match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] not in (["style"], ["script"]):
            self.text.append(data)

    def values(self, tag: str, attribute: str) -> list[str]:
        values = (attributes.get(attribute) for name, attributes in self.attributes if name == tag)
        return [value for value in values if value]


@pytest.fixture(autouse=True)
def only_svg(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page needs no other form of pictures, and they take time; tests/figures has them all."""
    monkeypatch.setattr(style, "FORMATS", {form: style.FORMATS[form] for form in ("svg", "csv")})


def render(folder: Path, grid: Grid) -> Page:
    write_results(folder / "results", grid)
    page.render(folder / "results", folder / "reports")
    return Page((folder / "reports" / "index.html").read_text(encoding="utf-8"))


GRIDS = {
    "one rung": Grid(tasks=("drums",), strategies=("trim",), removed=(0.9,)),
    "dense only": Grid(tasks=("onset",), strategies=()),
    "controls only": Grid(tasks=("onset",), strategies=("random",), removed=(0.5,)),
    "own strategy": Grid(tasks=("chord",), strategies=("<b>my & own</b>",), removed=(0.3, 0.999)),
    "networks and seeds": Grid(tasks=("drums",), networks=("spectral_cnn", "mine:Net"), removed=(0.5,), seeds=2),
    "recordings": Grid(
        tasks=("singing",), real=("recordings", "others"), strategies=("trim", "random"), removed=(0.5,)
    ),
    "systems": Grid(
        tasks=("onset",),
        real=("recordings",),
        strategies=("trim",),
        systems=("one",),
        exports=("onnx",),
        removed=(0.9,),
    ),
    "folds": Grid(tasks=("drums", "pitch"), strategies=("trim",), removed=(0.9,), folds=7),
    "no times": Grid(tasks=("pitch",), strategies=("mask",), removed=(0.5,), times=False),
}


@pytest.mark.parametrize("name", GRIDS)
def test_partial_grids(tmp_path: Path, name: str) -> None:
    page = render(tmp_path, GRIDS[name])
    assert page.tags["h1"] == 1
    assert page.tags["img"] == len(page.values("img", "alt")) >= 2
    assert page.tags["table"] == page.tags["caption"] >= 3
    identifiers = [value for tag in page.tags for value in page.values(tag, "id")]
    assert len(set(identifiers)) == len(identifiers)
    assert "nan" not in " ".join(page.text).lower().replace("explanation", "").split()


def test_the_page_needs_nothing_but_itself(tmp_path: Path) -> None:
    page = render(tmp_path, Grid(tasks=("drums",), strategies=("trim", "random"), removed=(0.9,)))
    assert all(source.startswith("data:image/svg+xml;") for source in page.values("img", "src"))
    assert page.tags["script"] == 1 and page.tags["link"] == 0 and page.values("script", "src") == []
    links = page.values("a", "href")
    anchors = {f"#{value}" for value in [*page.values("section", "id"), *page.values("main", "id")]}
    assert {link for link in links if link.startswith("#")} <= anchors
    for link in links:
        if link.startswith("tables/") or link.endswith((".svg", ".csv")):
            assert (tmp_path / "reports" / link).exists()
        assert "//" not in link
    data = [link for link in links if link.startswith("figures/") and link.endswith(".csv")]
    assert len(data) == page.tags["img"], "every figure's numbers are one click away"
    _check_pictures(page, tmp_path / "reports")


def _check_pictures(page: Page, folder: Path) -> None:
    """That the page holds each picture as it was drawn, and no byte more than its file."""
    names = [link for link in page.values("a", "href") if link.startswith("figures/") and link.endswith(".svg")]
    for name, source in zip(names, page.values("img", "src"), strict=True):
        picture, text = folder / name, source.partition(",")[2]
        assert len(source) < picture.stat().st_size and not set(text) & set("#&'\n")
        outside = ElementTree.fromstring(picture.read_text(encoding="utf-8"))
        outside.remove(next(element for element in outside if element.tag.endswith("metadata")))
        assert _drawn(ElementTree.fromstring(unquote(text))) == _drawn(outside)


def _drawn(picture: Element) -> list[tuple[str, dict[str, str]]]:
    return [(part.tag, {key: " ".join(value.split()) for key, value in part.attrib.items()}) for part in picture.iter()]


def test_text_from_the_results_is_escaped(tmp_path: Path) -> None:
    page = render(tmp_path, GRIDS["own strategy"])
    assert page.tags["b"] == 0
    assert any("<b>my & own</b>" in text for text in page.text)


@pytest.mark.parametrize("smoke", [True, False])
def test_a_smoke_run_says_so(tmp_path: Path, smoke: bool) -> None:
    page = render(tmp_path, Grid(tasks=("drums",), strategies=("trim",), removed=(0.9,), smoke=smoke))
    assert ("Smoke run." in page.text) is smoke


def test_it_says_what_was_run_and_where(tmp_path: Path) -> None:
    text = " ".join(render(tmp_path, GRIDS["recordings"]).text)
    for said in ("Some CPU · 2 cores", "torch 2.13.0", "2026-11-23 05:30:00 UTC", "0123456789abcdef", "stand-in"):
        assert said in text
    assert "singing on recordings: lip_trill×3; spoken×2" in text
    assert "timbre_cnn" in text


def test_a_training_corpus_of_recordings_is_called_what_it_is(tmp_path: Path) -> None:
    page = render(tmp_path, GRIDS["folds"])
    text = " ".join(page.text).partition("Configuration")[0]
    assert text.count("tested on 60 clips of synthetic in 7 folds by group, 1 seed. Every clip is tested once") == 2
    assert "embedded" not in text and "synthesised" not in text and "stand-in" not in text
    assert "#recordings" not in page.values("a", "href")
    trained = page.text.index("Networks trained")
    assert page.text[trained + 1] == f"{2 * 2 * 7}", "every fold trains networks of its own"


@pytest.mark.parametrize("constant", [0.1, 0.9])
def test_it_says_where_nothing_follows_about_trimming(tmp_path: Path, constant: float) -> None:
    grid = Grid(tasks=("singing",), real=("recordings",), strategies=("trim",), removed=(0.5,), constant=constant)
    text = " ".join(render(tmp_path, grid).text)
    for test in ("synthetic", "recordings"):
        assert (f"Singing on {test}: the dense timbre_cnn scores" in text) is (constant > 0.5)
    assert ("The smallest trim ticket" in text or "No trim ticket" in text) is (constant < 0.5)
    verdicts = pd.read_csv(tmp_path / "reports" / "tables" / "scores_singing.csv")["verdict"].dropna()
    assert (set(verdicts) == {"nothing follows"}) is (constant > 0.5)


def test_the_same_results_give_the_same_page(tmp_path: Path) -> None:
    render(tmp_path, GRIDS["one rung"])
    first = (tmp_path / "reports" / "index.html").read_bytes()
    page.render(tmp_path / "results", tmp_path / "reports")
    assert (tmp_path / "reports" / "index.html").read_bytes() == first
