"""README's own network through the whole workflow: trained, trimmed by MACs, masked, scored, drawn."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pandas as pd
import pytest
from checkout import ROOT, TINY, checkout, run

import ultralight_mir


def test_a_network_of_the_users_own_is_trained_trimmed_and_scored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = next(b for b in re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.S) if "MyNet" in b)
    (tmp_path / "mynet.py").write_text(code)
    onset = {**TINY["tasks"]["onset"], "networks": {"mynet:MyNet": {"options": {"width": 24}}}}
    cheap = {"method": "trim", "criterion": "info_target", "scope": "local", "measure": "macs", "rewind": "2it"}
    grid = {**TINY["grid"], "strategies": ["cheap", "even"], "removed": [0.5]}
    even = {"method": "hybrid", "criterion": "taylor", "round_to": 8, "rewind": "2it"}
    changes = {"grid": grid, "strategies": {"cheap": cheap, "even": even}, "tasks": {"onset": onset}}
    done = run(checkout(tmp_path, **changes))
    assert done.returncode == 0, done.stderr
    root = tmp_path / "results" / "tiny"
    costs = pd.read_csv(root / "costs.csv").query("network == 'mynet:MyNet'").set_index("strategy")
    ratio = costs.loc["cheap", "macs_per_second"] / costs.loc["dense", "macs_per_second"]
    assert 0.35 < ratio <= 0.5 and costs.loc["cheap", "measure"] == "macs"
    assert costs.loc["even", "nonzero_parameters"] <= 0.5 * costs.loc["dense", "parameters"] + 1
    results = pd.read_csv(root / "results.csv").query("network == 'mynet:MyNet' and metric == 'f'")
    assert set(results["strategy"]) == {"dense", "cheap", "even"} and results["value"].between(0, 1).all()
    widths = pd.read_csv(root / "widths.csv").query("strategy == 'even' and network == 'mynet:MyNet'")
    assert list(widths["layer"]) == ["first", "gru", "last"]
    assert (widths.query("layer != 'last'")["outputs"] % 8 == 0).all()
    assert (tmp_path / "reports" / "tiny" / "figures" / "widths_onset.svg").is_file()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", [*sys.path])
    network = ultralight_mir.load_ticket(root / "synthetic/onset/MyNet/seed-0/cheap/removed-0.50")
    assert type(network).__name__ == "MyNet"
