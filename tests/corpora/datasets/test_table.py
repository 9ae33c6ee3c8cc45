import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ultralight_mir.cli import app
from ultralight_mir.corpora.datasets import DATASETS, get_dataset
from ultralight_mir.corpora.datasets.opening import open_dataset
from ultralight_mir.corpora.datasets.table import render, size
from ultralight_mir.tasks import TASKS

PARTS = {"NC": r"non-?commercial", "SA": r"share-? ?alike", "BY": r"attribution"}


def test_the_command_prints_it() -> None:
    found = CliRunner().invoke(app, ["datasets"])
    assert found.exit_code == 0 and found.stdout == render()


def test_every_row_has_every_cell() -> None:
    rows = [line.strip("|").split("|") for line in render().splitlines()]
    assert len(rows) == 2 + len(DATASETS)
    assert all(len(row) == 7 and all(cell.strip() for cell in row) for row in rows)


@pytest.mark.parametrize("name", DATASETS)
def test_the_registry_and_the_data_set_agree(name: str) -> None:
    about = get_dataset(name)
    assert about.name == name and about.tasks and set(about.tasks) <= set(TASKS)
    assert "\n" not in about.citation + about.split + about.by_hand


@pytest.mark.parametrize("name", DATASETS)
def test_licences_are_those_of_the_loaders(name: str, tmp_path: Path) -> None:
    stated = open_dataset(get_dataset(name), tmp_path)._license_info.lower()
    ours = get_dataset(name).licence
    if "couldn't find" in stated:
        assert ours == "not stated"
    elif "mit " in stated:
        assert ours == "MIT"
    elif "zero/1.0" in stated:
        assert ours.startswith("CC0")
    else:
        assert {part for part in PARTS if part in ours} == {
            part for part, word in PARTS.items() if re.search(word, stated)
        }
        assert re.findall(r"\d\.\d", ours) == sorted(set(re.findall(r"\d\.\d", stated)))


@pytest.mark.parametrize("name", DATASETS)
def test_citations_are_those_of_the_loaders(name: str) -> None:
    bibtex = import_module(get_dataset(name).loader).BIBTEX
    cited = get_dataset(name).citation
    assert re.search(r"year *= *[{\"]?(\d{4})", bibtex, re.IGNORECASE)[1] in cited
    authors = re.search(r"author *= *\{(.*?)\}[,\n]", bibtex, re.IGNORECASE | re.DOTALL)[1]
    assert cited.split(" et al")[0].split(",")[0].split(" & ")[0].split()[0] in authors


@pytest.mark.parametrize(
    ("count", "text"), [(0, "not stated"), (999, "999 B"), (1_000, "1 kB"), (4_760_000_000, "4.76 GB")]
)
def test_sizes_are_in_the_unit_they_fill(count: int, text: str) -> None:
    assert size(count) == text


def test_describing_the_data_sets_imports_no_loader() -> None:
    code = (
        "import sys, ultralight_mir.corpora.mirdata\n"
        "from ultralight_mir.corpora.datasets.table import render\n"
        "render()\n"
        "sys.exit('mirdata' in sys.modules or 'torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
