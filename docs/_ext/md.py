"""Markdown made of what the code knows: tables, and docstrings as they are written (they are Markdown already)."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Sequence

from ultralight_mir.report.formats import Table

SECTIONS = ("Args", "Raises", "Returns", "Attributes", "Yields")
_HEAD = re.compile(rf"^({'|'.join(SECTIONS)}):\s*$")
_ENTRY = re.compile(r"^(\w[\w, .…<>|]*): (.*)")


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A pipe table; ends with a line end."""
    lines = [list(head), ["---"] * len(head), *([cell(text) for text in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def cell(text: object) -> str:
    """Text that stays within one cell."""
    return str(text).replace("|", "\\|").replace("\n", " ")


def code(text: object) -> str:
    """Text as code; nothing of nothing."""
    return f"`{text}`" if str(text) else ""


def codes(names: Iterable[object]) -> str:
    """Several, with commas."""
    return ", ".join(code(name) for name in names)


def folded(summary: str, text: str) -> str:
    """Text that shows on a click."""
    return f"::::{{dropdown}} {summary}\n{text.strip()}\n::::\n"


def of_table(built: Table) -> str:
    """A table of the report: its caption above it, small."""
    head, rows = list(built.shown.columns), built.shown.itertuples(index=False, name=None)
    lines = [head, [":--" if place < built.left else "--:" for place in range(len(head))]]
    lines += [[cell(text) for text in row] for row in rows]
    pipes = "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)
    return f"{built.caption}\n\n{pipes}"


def docstring(thing: object) -> str:
    """The docstring of a module, class or function as Markdown; "" if it has none of its own."""
    return from_docstring(inspect.cleandoc(getattr(thing, "__doc__", None) or ""))


def first_sentence(text: str) -> str:
    """The first line of a docstring."""
    return text.partition("\n\n")[0].replace("\n", " ").strip()


def from_docstring(text: str) -> str:
    """Sections (Args, Raises, …) become lists, and examples become fenced code."""
    blocks, lines = [], text.splitlines()
    while lines:
        head = _HEAD.match(lines[0])
        if head:
            body, lines = _indented(lines[1:])
            blocks += ["", f"*{head[1]}*", "", *_entries(body), ""]
        elif lines[0].startswith(">>>"):
            body, lines = _example(lines)
            blocks += ["", "```python", *body, "```", ""]
        else:
            blocks.append(lines.pop(0))
    return "\n".join(blocks).strip()


def _indented(lines: list[str]) -> tuple[list[str], list[str]]:
    """The lines of a section, without their indent, and the rest."""
    count = next((i for i, line in enumerate(lines) if line.strip() and not line.startswith(" ")), len(lines))
    return inspect.cleandoc("\n" + "\n".join(lines[:count])).splitlines(), lines[count:]


def _example(lines: list[str]) -> tuple[list[str], list[str]]:
    """The lines of an example, to the next empty one, and the rest."""
    count = next((i for i, line in enumerate(lines) if not line.strip()), len(lines))
    return lines[:count], lines[count:]


def _entries(lines: Sequence[str]) -> list[str]:
    """`name: what it is`, with indented lines that follow, as list items; other lines as they stand."""
    items: list[str] = []
    for line in lines:
        entry = _ENTRY.match(line)
        items.append(
            f"- {codes(entry[1].split(', '))}: {entry[2]}" if entry else f"  {line.strip()}" if items else line
        )
    return items
