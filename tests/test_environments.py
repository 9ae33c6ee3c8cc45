"""The ways to an environment (make, conda, container) lead to the same Python and the same packages."""

from __future__ import annotations

import re
import runpy
import tomllib
from pathlib import Path
from typing import Any

import yaml
from checkout import ROOT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ENVS = ROOT / "envs"
SCRIPT = "envs/environment.post-deploy.sh"
CONDA = yaml.safe_load((ENVS / "environment.yaml").read_text())
CONTAINER = (ENVS / "Containerfile").read_text()


def _project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def _requirements(path: Path) -> list[Requirement]:
    """The requirements of a file, a line each; what is included from other files is not followed."""
    lines = (line.partition("#")[0].strip() for line in path.read_text().splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith("-")]


def _pins() -> dict[str, Version]:
    """Every package of constraints.txt and of what is installed without dependencies → its version."""
    pins: dict[str, Version] = {}
    for requirement in (*_requirements(ENVS / "constraints.txt"), *_requirements(ENVS / "no-deps.txt")):
        name, (exact,) = canonicalize_name(requirement.name), requirement.specifier
        assert exact.operator == "==", f"{requirement}: expected one version"
        assert name not in pins, f"{name} stands twice"
        pins[name] = Version(exact.version)
    return pins


def test_conda_and_container_have_the_same_python_which_the_project_allows() -> None:
    (conda,) = (line.partition("=")[2] for line in CONDA["dependencies"] if line.startswith("python="))
    (container,) = re.findall(r"^FROM \S*/python:([\d.]+)-slim$", CONTAINER, re.M)
    assert conda == container
    assert Requirement(f"python{_project()['project']['requires-python']}").specifier.contains(conda)


def test_all_of_them_install_by_the_same_script() -> None:
    assert {line.partition("=")[0] for line in CONDA["dependencies"]} == {"python", "pip"}, "the script brings the rest"
    assert (ENVS / "environment.yaml").with_suffix(".post-deploy.sh") == (ROOT / SCRIPT), "Snakemake finds it so"
    assert re.findall(r"^RUN bash (.+)$", CONTAINER, re.M) == [SCRIPT]
    assert f"bash {SCRIPT}" in (ROOT / "Makefile").read_text()
    installs = re.findall(r"^install (.+)$", (ROOT / SCRIPT).read_text(), re.M)
    unpinned = [line for line in installs if "constraints.txt" not in line and "no-deps.txt" not in line]
    assert unpinned == ['"pip>=25.1" # the first that knows dependency groups']


def test_every_requirement_is_pinned_to_a_version_that_it_allows() -> None:
    project = _project()
    asked = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    for extra in project["project"]["optional-dependencies"].values():
        asked += extra
    pins = _pins()
    for requirement in map(Requirement, asked):
        pin = pins.get(canonicalize_name(requirement.name))
        assert pin is not None, f"{requirement} is not in constraints.txt"
        assert requirement.specifier.contains(pin), f"{requirement}, but {pin} in constraints.txt"


def test_the_container_copies_what_its_script_needs() -> None:
    ignored = (ROOT / ".dockerignore", ROOT / ".containerignore", ENVS / "Containerfile.dockerignore")
    assert "COPY . .\n" in CONTAINER and not any(path.exists() for path in ignored)
    assert CONTAINER.index("COPY . .") < CONTAINER.index(f"RUN bash {SCRIPT}")


def test_badges_say_what_the_project_s_metadata_says() -> None:
    made = runpy.run_path(str(ROOT / "docs" / "_ext" / "badges.py"))["badges"]()
    assert {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "badges").iterdir()} == made
    for name in made:
        assert f"docs/badges/{name}.svg" in (ROOT / "README.md").read_text(encoding="utf-8")
