"""README and the site: pages cover what is registered, its links lead somewhere, its commands exist, and it builds."""

from __future__ import annotations

import importlib
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest
import typer
import yaml
from checkout import ROOT
from fake_results import Grid, write_results

from ultralight_mir.cli import app
from ultralight_mir.corpora.datasets import DATASETS
from ultralight_mir.features import get_feature
from ultralight_mir.paths import DENSE
from ultralight_mir.strategy import StrategySettings, complete
from ultralight_mir.tasks import TASKS, get_task
from ultralight_mir.tickets import names as tickets
from ultralight_mir.tickets import path as ticket_path
from ultralight_mir.tickets.cards import read_card
from ultralight_mir.trimming.criteria import CRITERIA

DOCS = ROOT / "docs"
WRITTEN = [
    ROOT / "README.md",
    *sorted((*(p for p in DOCS.glob("*.md") if p.name != "gallery.md"), *DOCS.glob("howto/*.md"))),
]
GENERATED = (
    *(
        "api_pages",
        "compared_criteria",
        "gallery",
        "md",
        "pictures",
        "published",
        "reference",
        "registry_pages",
        "site_pages",
    ),
    "task_pages",
)
RUN = ("onset", "drums")
"""The tasks of the made-up reference experiment."""


def _blocks(kind: str) -> list[tuple[str, str]]:
    """Page and text of the fenced blocks of a kind."""
    found = [(p, re.findall(rf"^```{kind}\n(.*?)^```", p.read_text(encoding="utf-8"), re.M | re.S)) for p in WRITTEN]
    return [(path.relative_to(ROOT).as_posix(), text) for path, texts in found for text in texts]


def _commands() -> list[tuple[str, str]]:
    lines = [(page, line) for page, text in _blocks("sh") for line in text.replace("\\\n", " ").splitlines()]
    return [(page, line) for page, line in lines if line.strip()]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reference")
    write_results(folder, Grid(tasks=RUN, seeds=3, removed=(0.5, 0.9, 0.95), systems=("spectral_flux",)))
    return folder


@pytest.fixture(scope="module")
def modules(results: Path) -> Iterator[dict[str, ModuleType]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ULTRALIGHT_MIR_REFERENCE", str(results))
        patch.syspath_prepend(DOCS / "_ext")
        yield {name: importlib.import_module(name) for name in GENERATED}
        for name in GENERATED:
            sys.modules.pop(name, None)


def test_every_task_has_a_page_that_tells_what_the_code_knows(modules: dict[str, ModuleType]) -> None:
    pages = modules["task_pages"].pages()
    assert set(pages) == {"index", *TASKS}
    for name in TASKS:
        task, page = get_task(name), pages[name]
        assert task.limits in page and task.scorer in page
        assert all(f"| `{metric.name}` |" in page for metric in task.metrics)
        assert all(f"`{get_feature(feature).name}`" in page for feature in task.features.values())
        assert ("Not run yet" in page) == (name not in RUN)
        assert modules["published"].section(name) in page
        cards = [read_card(ticket_path(*ticket)) for ticket in tickets() if ticket[0] == name]
        assert all(f"{card.parameters:,} parameters" in page for card in cards)
    assert "spectral_flux" in pages["onset"] and "Beside systems." in pages["onset"]


def test_every_task_has_results_of_others_with_where_they_were_read(modules: dict[str, ModuleType]) -> None:
    for name in TASKS:
        rows = [row for row in modules["published"].read() if row.task == name]
        assert len(rows) >= 2 and len({row.address for row in rows}) >= (1 if name in ("onset", "chord") else 2)
        section = modules["published"].section(name)
        assert all(f"({row.address})" in section and f"| {row.percent} % |" in section for row in rows)
        assert all(section.count(f". {row.comparable}") == 1 for row in rows)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("percent", "value", "columns"),
        ("onset,CNN", "onsets,CNN", "line 2: task 'onsets'"),
        (",84,", ",0.84,", "line 2: percent '0.84'"),
        (",84,", ",184,", "line 2: percent '184'"),
        ("https://", "www.", "line 2: address 'www."),
        ("GuitarSet", "", "line 2: data empty"),
        (",GuitarSet", "", "line 2: 8 cells"),
        ("onset,SF-HA,", "onset,CNN of madmom,", "line 3: stands there twice"),
    ],
)
def test_a_wrong_line_of_published_results_is_named(
    modules: dict[str, ModuleType], tmp_path: Path, old: str, new: str, said: str
) -> None:
    text = modules["published"].FILE.read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "published.csv").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ValueError, match=re.escape(said)):
        modules["published"].read(tmp_path / "published.csv")


def test_strategies_criteria_and_data_sets_are_all_there(modules: dict[str, ModuleType]) -> None:
    pages = modules["registry_pages"].pages()
    assert all(f"| `{key}` |" in pages["strategy_settings"] for key in StrategySettings.model_fields)
    assert all(f"`{name}`" in pages["criteria"] and f"### `{name}`" in pages["criteria_in_full"] for name in CRITERIA)
    assert all(f"`{name}`" in pages["datasets"] for name in DATASETS)
    assert "|  |\n" not in pages["strategy_settings"], "a key that nothing is said of"


def test_every_criterion_is_compared_with_a_random_choice(modules: dict[str, ModuleType]) -> None:
    compared = modules["compared_criteria"]
    rows = {line.split(" | ")[0].strip("| `"): line for line in compared.table().splitlines()[2:]}
    assert set(rows) == {*CRITERIA, DENSE}
    assert rows["random"].split(" | ")[1:5] == ["–"] * 4
    found = compared.scores()
    pairs = found[(found["strategy"] != DENSE) & (found["removed_target"] == found["removed_target"].max())]
    assert not set(pairs.groupby("criterion").size()) - {pairs["seed"].nunique() * pairs["task"].nunique()}
    gain = pairs.groupby("criterion")["gain"].mean()["batchnorm"]
    assert float(rows["batchnorm"].split(" | ")[3].split(" ")[0].replace("−", "-")) == pytest.approx(gain, abs=0.051)


@pytest.mark.parametrize(
    ("drop", "said"), [("random", "without a random one of their size"), (None, "stands there twice")]
)
def test_a_wrong_table_of_criteria_is_refused(
    modules: dict[str, ModuleType], tmp_path: Path, drop: str | None, said: str
) -> None:
    table = pd.read_csv(modules["compared_criteria"].FILE)
    table = pd.concat([table, table]) if drop is None else table[~table["strategy"].str.startswith(drop)]
    table.to_csv(tmp_path / "criteria.csv", index=False)
    with pytest.raises(ValueError, match=said):
        modules["compared_criteria"].scores(tmp_path / "criteria.csv")


def test_the_sentence_counts_the_tasks_of_the_tables(modules: dict[str, ModuleType]) -> None:
    assert f"Of the {len(RUN)} tasks" in modules["reference"].sentence()
    assert modules["reference"].compared().endswith(f" on {', '.join(RUN)}.")


def test_every_public_module_has_a_page(modules: dict[str, ModuleType]) -> None:
    api = modules["api_pages"]
    pages = api.pages()
    assert len(pages) == len(api.PUBLIC) + 1
    for page in (page for name, page in pages.items() if name not in ("index", "networks")):
        assert "{py:" in page
    assert ">>> " in pages["trimming"], "the examples are shown"


def test_every_relative_link_leads_somewhere(modules: dict[str, ModuleType]) -> None:
    generated = {f"tasks/{name}.md" for name in ("index", *TASKS)} | {"gallery.md", "api/index.md"}
    generated |= {f"api/{name.removeprefix('ultralight_mir.')}.md" for name in modules["api_pages"].PUBLIC}
    for page in (*WRITTEN, ROOT / "CONTRIBUTING.md"):
        for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if "://" in link or link.startswith("generated/"):
                continue
            target = (page.parent / link).resolve()
            assert target.exists() or target.relative_to(DOCS).as_posix() in generated, f"{page}: {link}"


@pytest.mark.parametrize(("page", "line"), _commands())
def test_every_command_exists(page: str, line: str) -> None:
    name, *arguments = shlex.split(line, comments=True)
    match name:
        case "ultralight-mir" if arguments[0] not in ("run", "--help"):
            _check_own(arguments)
        case "ultralight-mir" | "snakemake":
            _check_snakemake(arguments)
        case "make":
            assert re.search(rf"^{arguments[0]}:", (ROOT / "Makefile").read_text(), re.M)
        case _:
            assert name == "pip", line


def _check_own(arguments: list[str]) -> None:
    """The subcommand exists, has these options, and takes so many arguments."""
    group: Any = typer.main.get_command(app)
    command = group.commands[arguments[0]]
    context = command.make_context(arguments[0], [a.replace("<", "").replace(">", "") for a in arguments[1:]])
    assert context.params is not None


def _check_snakemake(arguments: list[str]) -> None:
    """Files that are named are there (mine.yaml is written on the page), and targets are rules."""
    rules = "".join(path.read_text() for path in (ROOT / "workflow").rglob("*.smk"))
    rules += (ROOT / "workflow" / "Snakefile").read_text()
    for before, argument in zip(["", *arguments], arguments, strict=False):
        if before in ("--configfile", "--profile"):
            assert argument == "mine.yaml" or (ROOT / argument).exists(), argument
        if argument in ("figures", "docs"):
            assert re.search(rf"^rule {argument}:", rules, re.M)


@pytest.mark.parametrize(("page", "text"), _blocks("yaml"))
def test_every_config_is_one(page: str, text: str) -> None:
    for name, entry in complete(yaml.safe_load(text).get("strategies", {})).items():
        own = {"criterion": "magnitude"} if ":" in str(entry.get("criterion", "")) else {}
        StrategySettings.read({**entry, **own}, f"{page}, {name}")


@pytest.mark.parametrize(("page", "text"), [b for b in _blocks("python") if "song.wav" not in b[1]])
def test_every_example_runs(page: str, text: str) -> None:
    names: dict[str, Any] = {"__name__": "mine"}
    exec(compile(text, page, "exec"), names)
    if "heaviest" in names:
        import torch

        from ultralight_mir.trimming import shrink

        network = torch.nn.Sequential(torch.nn.Conv1d(1, 8, 3), torch.nn.ReLU(), torch.nn.Conv1d(8, 2, 3))
        smaller = shrink(network, torch.zeros(1, 1, 16), removed=0.5, criterion=names["heaviest"]).network
        assert sum(p.numel() for p in smaller.parameters()) < sum(p.numel() for p in network.parameters())


def test_the_site_builds_without_a_warning(results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("sphinx", "pydata_sphinx_theme", "myst_nb", "sphinx_design"):
        pytest.importorskip(package, reason=f"{package} is not installed (make docs brings it)")
    made = shutil.ignore_patterns("_build", "generated", "tasks", "api", "gallery.md", "__pycache__")
    shutil.copytree(DOCS, tmp_path / "docs", ignore=made)
    for name in ("src", "experiments", "config.yaml"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.setenv("ULTRALIGHT_MIR_REFERENCE", str(results))
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-n", "docs", "html"]
    command += ["-D", "nb_execution_mode=off"]  # `make docs` runs the tutorial
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "html" / "tasks" / "onset.html").exists()
