"""A ticket may come from a stranger: it runs none of their code, allocates nothing unseen, every fault is a line."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from ultralight_mir import networks
from ultralight_mir.digests import read_sealed, write_sealed
from ultralight_mir.errors import InputError
from ultralight_mir.features import get_feature
from ultralight_mir.networks import Recipe
from ultralight_mir.schedule import Schedule
from ultralight_mir.strategy import Strategy
from ultralight_mir.ticket import Ticket
from ultralight_mir.trimming import shrink
from ultralight_mir.weights import snapshot

RECIPE = {"network": "spectral_cnn", "bins": 80, "outputs": 1, "framewise": True, "hop": 220, "options": {"width": 4}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A trimmed ticket of a registered network, written as the workflow writes it."""
    recipe = Recipe.read(RECIPE, "recipe")
    dense = networks.build(recipe, 0)
    small = shrink(dense, torch.randn(1, 40, 80), removed=0.5)
    Ticket(
        task="onset",
        corpus="synthetic",
        feature=get_feature("log_mel").describe(),
        classes=[],
        seed=0,
        recipe=recipe,
        schedule=Schedule(steps=10),
        strategy=Strategy(name="trim", method="trim"),
        rung=1,
        removed_target=0.5,
        removed=small.selection.removed,
        channels_removed=small.selection.channels_removed,
        overshoot=small.selection.overshoot,
        floored=[],
        loss=0.5,
        precision="float32",
        thresholds={"onset": 0.5},
        validation={},
        kept=small.kept,
        weights=snapshot(small.network),
    ).write(tmp_path / "ticket")
    return tmp_path / "ticket"


def _forge(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """What somebody with an editor and our own code can write: other content under a right seal."""
    content = read_sealed(folder / "ticket.json")
    change(content)
    write_sealed(folder / "ticket.json", content, [folder / "weights.safetensors"])


def _set(*keys: str, value: object) -> Callable[[dict[str, Any]], object]:
    def change(content: dict[str, Any]) -> None:
        for key in keys[:-1]:
            content = content[key]
        content[keys[-1]] = value

    return change


def test_a_ticket_survives_the_disk(folder: Path) -> None:
    ticket = Ticket.read_folder(folder)
    assert ticket.strategy == Strategy(name="trim", method="trim") and ticket.kept is not None
    network = ticket.network()
    assert not network.training
    for name, tensor in load_file(folder / "weights.safetensors").items():
        assert torch.equal(network.state_dict()[name], tensor)
    ticket.write(folder.parent / "again")
    for file in ("ticket.json", "weights.safetensors"):
        assert (folder / file).read_bytes() == (folder.parent / "again" / file).read_bytes()


WIDE = {**RECIPE, "options": {"width": 8_000}}
HOSTILE = {
    "somebody's module": (_set("recipe", "network", value="trap:Net"), "'trap:Net' is not registered, and reading a"),
    "a task of somebody's": (_set("task", value="trap:Task"), "task 'trap:Task' is not registered"),
    "a feature of somebody's": (_set("feature", "name", value="trap:FEATURE"), "feature 'trap:FEATURE' is not regist"),
    "no such network": (_set("recipe", "network", value="os"), "network 'os' is not registered"),
    "an absurd width": (_set("recipe", value=WIDE), r"a network of [\d,]+ parameters, expected at most 200,000,000"),
    "a huger width": (_set("recipe", "options", value={"width": 10**9}), r"options.width: found 1000000000, expected"),
    "a deep network": (_set("recipe", "options", value={"depth": 8_000}), r"more than \d+ layers, expected as many as"),
    "no number": (_set("recipe", "options", value={"width": "4"}), "network 'spectral_cnn': options"),
    "another option": (_set("recipe", "options", value={"colour": 4}), "network 'spectral_cnn': options"),
    "a float of bins": (_set("recipe", "bins", value=80.5), r"recipe\.bins: found 80\.5, expected a valid integer"),
    "no bins": (_set("recipe", "bins", value=0), r"recipe\.bins: found 0"),
    "a negative rung": (_set("rung", value=-1), "rung: found -1"),
    "a seed of 2^70": (_set("seed", value=2**70), "seed: found"),
    "another width": (_set("recipe", "options", value={"width": 2}), "layer 'local|weights of another network"),
    "nothing kept": (lambda c: c["kept"].update({"local.0.0": {"outputs": [], "inputs": [0]}}), "local.0.0"),
    "an index past the end": (lambda c: c["kept"]["local.0.0"].update(outputs=[0, 10**8]), "local.0.0"),
    "kept of no layer": (lambda c: c["kept"].update(nowhere={"outputs": [0], "inputs": [0]}), "nowhere"),
    "kept that is a list": (_set("kept", value=[1, 2]), "kept indices"),
    "kept true": (lambda c: c["kept"]["local.0.0"].update(outputs=[True]), "local.0.0"),
    "a missing key": (lambda c: c.pop("thresholds"), "thresholds: missing"),
    "an unknown key": (lambda c: c.update(payload="x"), "payload: unknown key"),
    "a strategy of nothing": (_set("strategy", value={}), r"strategy\.\w+: missing"),
    "words for thresholds": (_set("thresholds", value={"onset": "high"}), "thresholds.onset: found 'high'"),
    "a feature that is a word": (_set("feature", value="log_mel"), "feature: found 'log_mel'"),
    "a feature with no name": (_set("feature", value={}), "feature 'None' is not registered"),
    "another format": (_set("format", value=1), "format 1, expected 3"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_ticket_is_one_line(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    change, message = HOSTILE[name]
    _forge(folder, change)
    (folder.parent / "trap.py").write_text("raise SystemExit('executed')")
    monkeypatch.chdir(folder.parent)
    monkeypatch.syspath_prepend(str(folder.parent))
    with pytest.raises(InputError, match=message) as caught:
        Ticket.read_folder(folder)
    assert "\n" not in str(caught.value) and "trap" not in sys.modules


def test_an_absurd_ticket_is_refused_in_little_memory(folder: Path) -> None:
    """Two gigabytes of address space would not hold the network that it tells of."""
    _forge(folder, _set("recipe", value={**RECIPE, "options": {"width": 6_000}}))
    code = (
        f"from pathlib import Path; from ultralight_mir.ticket import Ticket; Ticket.read_folder(Path({str(folder)!r}))"
    )

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_DATA, (2 << 30, 2 << 30))

    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, preexec_fn=limit)
    assert run.returncode == 1 and "parameters, expected at most" in run.stderr, run.stderr[-2000:]


def test_weights_of_another_network_are_refused_by_their_header(folder: Path) -> None:
    weights = load_file(folder / "weights.safetensors")
    weights["classify.weight"] = torch.zeros(2, 2, 1)
    save_file(weights, folder / "weights.safetensors")
    _forge(folder, lambda content: None)
    with pytest.raises(InputError, match=r"classify\.weight is F32 \[2, 2, 1\], expected F32 .*weights of another net"):
        Ticket.read_folder(folder)


def test_weights_that_are_not_finite_are_refused(folder: Path) -> None:
    weights = load_file(folder / "weights.safetensors")
    weights["classify.bias"][0] = np.nan
    save_file(weights, folder / "weights.safetensors")
    _forge(folder, lambda content: None)
    with pytest.raises(InputError, match=r"classify\.bias holds values that are not finite"):
        Ticket.read_folder(folder)


@pytest.mark.parametrize("size", [0, 7, 200, -1])
def test_truncated_weights_are_refused(folder: Path, size: int) -> None:
    weights = folder / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:size])
    with pytest.raises(InputError, match=r"weights\.safetensors: \d+ bytes, expected \d+ as when it was written"):
        Ticket.read_folder(folder)
    _forge(folder, lambda content: None)
    with pytest.raises(InputError, match=r"weights\.safetensors: "):
        Ticket.read_folder(folder)


def test_every_flipped_byte_of_the_weights_is_seen(folder: Path) -> None:
    weights = folder / "weights.safetensors"
    whole = weights.read_bytes()
    for place in np.random.default_rng(0).integers(0, len(whole), 20):
        weights.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        with pytest.raises(InputError, match="edited or damaged"):
            Ticket.read_folder(folder)


def test_a_folder_in_place_of_the_json_is_one_line(folder: Path) -> None:
    (folder / "ticket.json").unlink()
    (folder / "ticket.json").mkdir()
    with pytest.raises(InputError, match=r"ticket\.json: "):
        Ticket.read_folder(folder)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
KEYS = st.sampled_from(
    [
        "task",
        "corpus",
        "feature",
        "classes",
        "seed",
        "recipe",
        "schedule",
        "strategy",
        "rung",
        "kept",
        "loss",
        "floored",
    ]
)


@given(key=KEYS, value=JSON)
@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_value_in_any_place_is_read_or_refused_in_one_line(folder: Path, key: str, value: Any) -> None:
    content = json.loads((folder / "ticket.json").read_text())
    whole = (folder / "ticket.json").read_text()
    try:
        _forge(folder, _set(key, value=value))
        Ticket.read_folder(folder)
    except InputError as error:
        assert "\n" not in str(error)
    finally:
        (folder / "ticket.json").write_text(whole)
    assert json.loads((folder / "ticket.json").read_text()) == content


def test_what_the_caller_trusts_is_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder.parent / "own_net.py").write_text(
        "from ultralight_mir.networks.spectral_cnn import SpectralCnn\n\n\nclass Net(SpectralCnn):\n    pass\n"
    )
    monkeypatch.chdir(folder.parent)
    monkeypatch.setattr("sys.path", [*sys.path])
    _forge(folder, _set("recipe", "network", value="own_net:Net"))
    with pytest.raises(InputError, match="trust"):
        Ticket.read_folder(folder)
    for trust in (True, ["own_net:Net"]):
        assert type(Ticket.read_folder(folder, trust).network()).__name__ == "Net"
    from ultralight_mir.networks.spectral_cnn import SpectralCnn

    ticket = Ticket.read_folder(folder, factory=SpectralCnn)
    assert type(ticket.network(SpectralCnn)) is SpectralCnn
