"""The Sphinx extension: writes what is generated before sources are read. Without Sphinx: `write_all`."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import api_pages
import compared_criteria
import gallery
import md
import pictures
import published
import reference
import registry_pages
import task_pages

if TYPE_CHECKING:
    from sphinx.application import Sphinx

DOCS = Path(__file__).parents[1]
GENERATED, TASKS, API = DOCS / "generated", DOCS / "tasks", DOCS / "api"
GALLERY, STAMP = DOCS / "gallery.md", GENERATED / "made_from"


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("builder-inited", lambda _: write_all())
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def write_all() -> None:
    """Write all pages, fragments and pictures, unless they are there and nothing they are made of has changed."""
    state = _state()
    there = all(path.exists() for path in (STAMP, TASKS, API, GALLERY))
    if there and STAMP.read_text(encoding="utf-8") == state:
        return
    for folder in (GENERATED, TASKS, API):
        shutil.rmtree(folder, ignore_errors=True)  # a page of what is no longer there would stay
        folder.mkdir()
    GALLERY.write_text(gallery.draw(GENERATED), encoding="utf-8")
    pictures.draw(GENERATED)
    for folder, pages in ((GENERATED, _fragments()), (TASKS, task_pages.pages()), (API, api_pages.pages())):
        for name, text in pages.items():
            (folder / f"{name}.md").write_text(text, encoding="utf-8")
    STAMP.write_text(state, encoding="utf-8")


def _fragments() -> dict[str, str]:
    """What hand-written pages include."""
    named = {"sentence": reference.sentence(), "compared": reference.compared(), "meaning": reference.meant()}
    named |= registry_pages.pages() | {"criteria_compared": compared_criteria.table()}
    for name in ("verdicts", "counts", "matters", "trainings", "absolute", "elsewhere", "systems", "exports"):
        table = reference.built().get(name)
        named[name] = md.of_table(table) if table else "The reference experiment has none yet."
    return named


def _state() -> str:
    """A digest of the tables and of all code."""
    digest = hashlib.sha256((reference.folder() / "run.json").read_bytes())
    for table in (published.FILE, compared_criteria.FILE):
        digest.update(table.read_bytes())
    for folder in (DOCS / "_ext", DOCS.parent / "src", DOCS.parent / "experiments"):
        for path in sorted((*folder.rglob("*.py"), *folder.rglob("*.yaml"), *folder.rglob("card.json"))):
            digest.update(path.read_bytes())
    return digest.hexdigest()
