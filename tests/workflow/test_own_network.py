"""The site's own network, under the strategies of its page, through the whole workflow."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml
from checkout import ROOT, TINY, checkout, run

import ultralight_mir
from ultralight_mir.errors import InputError

PAGES = "".join((ROOT / "docs" / name).read_text() for name in ("howto/own-network.md", "strategies.md"))


def _block(language: str, word: str) -> str:
    """The code block of the two pages that has this word in it."""
    return next(text for text in re.findall(rf"```{language}\n(.*?)```", PAGES, re.S) if word in text)


def test_the_own_network_under_the_strategies_of_the_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mynet.py").write_text(_block("python", "class MyNet"))
    given = yaml.safe_load(_block("yaml", "info_target"))
    networks = yaml.safe_load(_block("yaml", "mynet:MyNet"))["tasks"]["onset"]["networks"]
    onset = {**TINY["tasks"]["onset"], "networks": networks}
    grid = {**TINY["grid"], **given["grid"], "removed": [0.5]}
    done = run(checkout(tmp_path, grid=grid, strategies=given["strategies"], tasks={"onset": onset}))
    assert done.returncode == 0, done.stderr
    root = tmp_path / "results" / "tiny"
    costs = pd.read_csv(root / "costs.csv").query("network == 'mynet:MyNet'").set_index("strategy")
    assert set(costs.index) == {"dense", *given["grid"]["strategies"]}
    ratio = costs.loc["half_the_macs", "macs_per_second"] / costs.loc["dense", "macs_per_second"]
    assert 0.35 < ratio <= 0.5 and costs.loc["half_the_macs", "measure"] == "macs"
    assert costs.loc["even", "nonzero_parameters"] <= 0.5 * costs.loc["dense", "parameters"] + 1
    results = pd.read_csv(root / "results.csv").query("network == 'mynet:MyNet' and metric == 'f' and split == 'test'")
    assert len(results) == len(costs) and results["value"].between(0, 1).all()
    widths = pd.read_csv(root / "widths.csv").query("strategy == 'even' and network == 'mynet:MyNet'")
    assert list(widths["layer"]) == ["first", "gru", "last"]
    assert (widths.query("layer != 'last'")["outputs"] % 8 == 0).all()
    assert (tmp_path / "reports" / "tiny" / "figures" / "widths_onset.svg").is_file()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", [*sys.path])
    ticket = root / "synthetic/onset/MyNet/seed-0/informed/removed-0.50"
    predictor = ultralight_mir.load(ticket, trust=["mynet:MyNet"])
    assert type(predictor.network).__name__ == "MyNet"
    with pytest.raises(InputError, match="network 'mynet:MyNet' is not registered"):
        ultralight_mir.load(ticket)
