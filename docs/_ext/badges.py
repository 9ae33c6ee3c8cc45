"""Badges of what stands in `pyproject.toml`: `python docs/_ext/badges.py` writes them, a test holds them to it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "badges"
HEIGHT, LETTER, ROOM = 20, 6.5, 12
"""Pixels: of a badge, of a letter as a mean, and around a text."""


def main() -> None:
    """Write every badge."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in badges().items():
        (FOLDER / f"{name}.svg").write_text(text, encoding="utf-8")


def badges() -> dict[str, str]:
    """Name → SVG of every badge."""
    return {name: svg(name, value) for name, value in facts().items()}


def facts() -> dict[str, str]:
    """What the badges say: of this project's metadata alone, so that nobody's server need be asked."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {
        "python": _range(project["requires-python"]),
        "snakemake": _required(project, "snakemake"),
        "licence": project["license"],
    }


def svg(label: str, value: str) -> str:
    """A badge: a label on grey, its value on blue, white on both (contrast of 7 to 1 and more)."""
    left, right = (round(len(text) * LETTER + ROOM) for text in (label, value))
    texts = "".join(
        f'<text x="{middle:g}" y="14" textLength="{width - ROOM}" lengthAdjust="spacingAndGlyphs">{escape(text)}</text>'
        for text, middle, width in ((label, left / 2, left), (value, left + right / 2, right))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="{HEIGHT}" role="img" '
        f'aria-label="{escape(label)}: {escape(value)}">'
        f'<rect width="{left + right}" height="{HEIGHT}" rx="3" fill="#444"/>'
        f'<path d="M{left} 0h{right - 3}a3 3 0 0 1 3 3v{HEIGHT - 6}a3 3 0 0 1 -3 3h-{right - 3}z" fill="#0b4f8a"/>'
        f'<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">{texts}</g>'
        "</svg>\n"
    )


def _required(project: Mapping[str, Any], package: str) -> str:
    (found,) = (need for need in project["dependencies"] if need.startswith(f"{package}>"))
    return _range(found.removeprefix(package))


def _range(specifier: str) -> str:
    return specifier.replace(">=", "≥ ").replace(",<", ", < ")


if __name__ == "__main__":
    main()
