"""The room stands alone: it imports nothing of the package outside itself, no circles, and no torch for its names."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ultralight_mir import trimming

PACKAGE = "ultralight_mir"
ROOM = "ultralight_mir.trimming"
FOLDER = Path(trimming.__file__).parent
FILES = sorted(FOLDER.rglob("*.py"))


def module_name(path: Path) -> str:
    parts = path.relative_to(FOLDER).with_suffix("").parts
    return ".".join([ROOM, *(part for part in parts if part != "__init__")])


MODULES = {module_name(path): path for path in FILES}


def imports(tree: ast.AST) -> Iterator[str]:
    """Every module that a file imports, inside of functions too; `from package import module` is the module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports are not looked into here"
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                yield name if name in MODULES else str(node.module)


GRAPH = {name: set(imports(ast.parse(path.read_text(encoding="utf-8")))) for name, path in MODULES.items()}


@pytest.mark.parametrize("name", GRAPH)
def test_no_file_imports_the_package_outside_its_room(name: str) -> None:
    ours = {other for other in GRAPH[name] if other.split(".")[0] == PACKAGE}
    assert {other for other in ours if not f"{other}.".startswith(f"{ROOM}.")} == set()


def test_no_two_files_import_each_other_in_a_circle() -> None:
    rest = {name: {other for other in others if other in GRAPH} for name, others in GRAPH.items()}
    while leaves := [name for name, others in rest.items() if not others & set(rest)]:
        for name in leaves:
            del rest[name]
    assert rest == {}, f"in a circle, or above one: {sorted(rest)}"


@pytest.mark.parametrize(
    "code",
    [
        "from ultralight_mir.trimming.options import Ranking; Ranking(scope='local')",
        "from ultralight_mir.trimming import CRITERIA, Ranking, TrimError, is_control, is_criterion, check_criterion; "
        "assert all(map(is_criterion, CRITERIA)); check_criterion('taylor'); is_criterion('no'); "
        "is_control('random')",
    ],
)
def test_options_and_names_of_criteria_need_no_torch(code: str) -> None:
    check = "import sys; heavy = {'torch', 'numpy'} & set(sys.modules); assert not heavy, heavy"
    subprocess.run([sys.executable, "-c", f"{code}; {check}"], check=True)


def test_every_public_name_is_there_and_stands_in_the_table_for_type_checkers_too() -> None:
    for name in trimming.__all__:
        assert getattr(trimming, name) is not None
    assert set(trimming.__all__) == set(trimming._PLACES) <= set(dir(trimming))
    tree = ast.parse((FOLDER / "__init__.py").read_text(encoding="utf-8"))
    branch = next(node for node in tree.body if isinstance(node, ast.If))
    lines = [node for node in branch.body if isinstance(node, ast.ImportFrom)]
    typed = {alias.name: node.module for node in lines for alias in node.names}
    assert typed == {name: f"{ROOM}.{module}" for name, module in trimming._PLACES.items()}
    with pytest.raises(AttributeError, match="no attribute 'prune'"):
        trimming.prune  # noqa: B018
