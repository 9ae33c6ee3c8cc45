"""Exported tickets: graphs say what tickets say, at every length, in eight bits nearly, and without torch."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch
from recipes import recipe
from typer.testing import CliRunner
from untrained import write_ticket

import ultralight_mir
from ultralight_mir import audio
from ultralight_mir.cli import app
from ultralight_mir.clips import read_good_clips
from ultralight_mir.corpora import build, validation
from ultralight_mir.corpora.settings import Synthetic
from ultralight_mir.errors import InputError
from ultralight_mir.export import export, runtime
from ultralight_mir.export.calibration import of_store
from ultralight_mir.export.frontends import FRONT_ENDS, front_end
from ultralight_mir.export.onnx import save
from ultralight_mir.features import get_feature, store
from ultralight_mir.features.store import Store
from ultralight_mir.listening import PIECE
from ultralight_mir.tasks import get_task
from ultralight_mir.ticket import Ticket

onnx = pytest.importorskip("onnx", reason="onnx is not installed (pip install 'ultralight-mir[export]')")
onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")

CASES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "onset": ("onset", "", {}),
    "pitch": ("pitch", "", {}),
    "singing": ("singing", "", {}),
    "chord": ("chord", "", {}),
    "crnn": ("drums", "crnn", {"width": 2}),  # frozen in length by one exporter
}
FRONTED = ("onset", "pitch", "singing", "chord")


def _music(path: Path, seconds: float, rate: int = 44_100) -> Path:
    times = np.arange(int(seconds * rate)) / rate
    tones = np.sin(2 * np.pi * 220.0 * 2 ** (np.floor(times * 2) / 12) * times) * np.exp(-6 * (times % 0.5))
    noise = np.random.default_rng(0).normal(0, 0.003, len(times))
    soundfile.write(path, 0.4 * tones + noise, rate)
    return path


@pytest.fixture(scope="module")
def graphs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`<case>` (a ticket), `<case>.onnx` and, where there is a front end, `<case>-audio.onnx`."""
    folder = tmp_path_factory.mktemp("graphs")
    for case, (task, network, options) in CASES.items():
        ticket = Ticket.read_folder(write_ticket(folder / case, task, network, options))
        export("onnx", ticket, folder / f"{case}.onnx", False, None)
        if case in FRONTED:
            export("onnx", ticket, folder / f"{case}-audio.onnx", True, None)
    return folder


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("seconds", [1.7, 12.3])
def test_a_graph_says_what_its_ticket_says(case: str, seconds: float, graphs: Path, tmp_path: Path) -> None:
    song = _music(tmp_path / "song.wav", seconds)
    ticket, graph = ultralight_mir.load(graphs / case), ultralight_mir.load(graphs / f"{case}.onnx")
    assert graph.network is None and graph.task.name == ticket.task.name and graph.thresholds == ticket.thresholds
    one, other = ticket.output(ticket.inputs(song)), graph.output(graph.inputs(song))
    np.testing.assert_array_equal(one.times, other.times)
    # In pieces a recurrent network is near enough only, and the pieces of both are the same.
    np.testing.assert_allclose(other.activation, one.activation, atol=1e-4)
    assert type(graph(song)) is type(ticket(song))


def test_a_network_that_frames_a_waveform_is_written_by_the_exporter_that_can(tmp_path: Path) -> None:
    folder = write_ticket(tmp_path / "crepe", "pitch", "crepe", {"width": 1, "depth": 2})
    export("onnx", Ticket.read_folder(folder), tmp_path / "crepe.onnx", False, None)
    song = _music(tmp_path / "song.wav", 14.0)
    ticket, graph = ultralight_mir.load(folder), ultralight_mir.load(tmp_path / "crepe.onnx")
    one, other = ticket.output(ticket.inputs(song)), graph.output(graph.inputs(song))
    assert one.activation.shape == other.activation.shape
    np.testing.assert_allclose(other.activation, one.activation, atol=2e-3)  # the feature is kept in float16


@pytest.mark.parametrize("case", FRONTED)
@pytest.mark.parametrize("seconds", [1.7, 14.0])
def test_a_front_end_inside_says_what_the_feature_says(case: str, seconds: float, graphs: Path, tmp_path: Path) -> None:
    song = _music(tmp_path / "song.wav", seconds)
    ticket, graph = ultralight_mir.load(graphs / case), ultralight_mir.load(graphs / f"{case}-audio.onnx")
    one, other = ticket.output(ticket.inputs(song)), graph.whole(graph.stream(song))
    one = ticket.task.condensed(one)
    assert other.activation.shape == one.activation.shape
    np.testing.assert_array_equal(one.times, other.times)
    # `Vqt` says by how much its filters differ; features are kept in float16. Of pitch only the first
    # column is compared: which bin is the strongest of networks that nobody trained is a matter of rounding.
    shown = slice(0, 1) if ticket.task.name == "pitch" else slice(None)
    found, wanted = (said.activation[..., shown] for said in (other, one))
    np.testing.assert_allclose(found, wanted, atol={"pitch": 5e-3, "chord": 5e-3}.get(case, 2e-3))


@pytest.mark.parametrize("name", FRONT_ENDS)
def test_front_ends_are_their_features(name: str, tmp_path: Path) -> None:
    feature = get_feature(name)
    samples = audio.load(_music(tmp_path / "song.wav", 6.3), feature.sample_rate)
    with torch.inference_mode():
        made = front_end(feature)(torch.from_numpy(samples)[None])[0].numpy()
    wanted = feature.compute(samples)
    assert made.shape == wanted.shape
    differs = np.abs(made - wanted)
    if name == "cqt_chord":  # at each halving librosa may leave out the last sample
        assert differs[-12:].max() < 0.1
        differs = differs[:-12]
    assert differs.max() < {"cqt_pitch": 0.05, "cqt_chord": 1e-3}.get(name, 1e-4) and differs.mean() < 2e-3


def test_a_long_recording_is_heard_in_pieces_by_a_graph_too(graphs: Path, tmp_path: Path) -> None:
    graph = ultralight_mir.load(graphs / "onset-audio.onnx")
    seconds = 2.4 * PIECE * graph.feature.hop / graph.feature.sample_rate
    samples = audio.load(_music(tmp_path / "song.wav", seconds), graph.feature.sample_rate)
    parts = list(graph.stream(samples, graph.feature.sample_rate))
    assert len(parts) == 3
    whole = graph.listener.hear(samples)
    np.testing.assert_allclose(graph.whole(parts).activation, whole, atol=2e-5)


def test_numpy_and_onnxruntime_are_enough_to_run_a_graph(graphs: Path, tmp_path: Path) -> None:
    song = _music(tmp_path / "song.wav", 2.0)
    code = f"""
import sys
for name in ("torch", "librosa", "numba", "scipy", "sklearn", "pandas", "onnx"):
    sys.modules[name] = None  # importing it fails
import ultralight_mir
print(len(ultralight_mir.load({str(graphs / "pitch-audio.onnx")!r})({str(song)!r}).times))
from ultralight_mir.predict import Wanted, predict
from pathlib import Path
for name in ("onset-audio", "onset"):
    predict(Path({str(graphs)!r}) / (name + ".onnx"), [Path({str(song)!r})], Wanted(Path({str(tmp_path)!r}) / name))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "201" and len(list(tmp_path.glob("*/song.onset.txt"))) == 2


@pytest.fixture(scope="module")
def features(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("features")
    task = get_task("onset")
    build("onset", folder / "corpus", Synthetic(kind="synthetic", clips={"onset": 20}), lambda done, total: None)
    validation.validate(folder / "corpus", task, 0.0)
    store.build("synthetic", read_good_clips(folder / "corpus"), task, get_feature("log_mel"), folder / "features")
    return folder / "features"


def test_eight_bits_say_nearly_the_same(features: Path, tmp_path: Path) -> None:
    folder = write_ticket(tmp_path / "ticket", "onset", "spectral_cnn", {"width": 8})
    done = CliRunner().invoke(
        app,
        [
            "export",
            *(str(folder), "--to", "onnx-int8", "--with-frontend"),
            *("--calibrate", str(features), "-o", str(tmp_path / "int8.onnx")),
        ],
    )
    assert done.exit_code == 0, done.exception
    clips = Store(features)
    heard = ultralight_mir.load(tmp_path / "int8.onnx")
    wanted = ultralight_mir.load(folder)
    for index in clips.split("test"):
        path = clips.entries[index].clip.audio
        one, other = wanted.output(wanted.inputs(path)).activation, heard.whole(heard.stream(path)).activation
        assert one.shape == other.shape and np.abs(one - other).max() < 0.05
        assert np.abs(one - other).max() > 0  # eight bits it is
    kinds = {node.op_type for node in onnx.load(tmp_path / "int8.onnx").graph.node}
    assert {"QuantizeLinear", "DequantizeLinear"} <= kinds
    assert (tmp_path / "int8.onnx").stat().st_size < 0.5 * (folder / "weights.safetensors").stat().st_size + 300_000


def test_what_cannot_be_exported_is_one_line(features: Path, graphs: Path, tmp_path: Path) -> None:
    chord, onset = Ticket.read_folder(graphs / "chord"), Ticket.read_folder(graphs / "onset")
    out = tmp_path / "out.onnx"
    with pytest.raises(InputError, match=r"int8 without clips to calibrate it by, expected --calibrate"):
        export("onnx-int8", onset, out, False, None)
    with pytest.raises(InputError, match="of chord on cqt_chord, expected onset on log_mel"):
        export("onnx-int8", chord, out, False, of_store(chord, Store(features), out))
    with pytest.raises(InputError, match="form 'tflite': unknown, expected one of onnx, onnx-int8"):
        export("tflite", onset, out, False, None)
    assert not out.exists()


def test_a_network_whose_graph_says_something_else_is_refused(tmp_path: Path) -> None:
    from bad_networks import Forgetful  # noqa: F401  (a module of the tests, named by the ticket)

    folder = tmp_path / "ticket"
    made = recipe("bad_networks:Forgetful", 80, 1, True, 220, {})
    ticket = Ticket.read_folder(write_ticket(folder, "onset"))
    from ultralight_mir import networks

    other = ticket.model_copy(update={"recipe": made, "weights": networks.build(made, 0).state_dict()})
    with pytest.raises(InputError, match=r"bad_networks:Forgetful: cannot be exported \(.*differs by .* at 64 frames"):
        export("onnx", other, tmp_path / "out.onnx", False, None)


def test_a_graph_runs_no_code_that_it_names(graphs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "stranger.py").write_text("raise SystemExit('strange code was run')\n")
    monkeypatch.chdir(tmp_path)
    head, _ = runtime.read(graphs / "onset.onnx")
    model = onnx.load(graphs / "onset.onnx")
    for change in ({"task": "stranger:Task"}, {"feature": {**head.feature, "name": "stranger:FEATURE"}}):
        path = tmp_path / "hostile.onnx"
        save(model, head.model_copy(update=change), path)
        with pytest.raises(InputError, match=r"hostile\.onnx: (task|feature) 'stranger:\w+' is not registered"):
            ultralight_mir.load(path)


def test_a_graph_without_a_threshold_is_refused(graphs: Path, tmp_path: Path) -> None:
    head, _ = runtime.read(graphs / "onset.onnx")
    save(onnx.load(graphs / "onset.onnx"), head.model_copy(update={"thresholds": {}}), tmp_path / "blind.onnx")
    with pytest.raises(InputError, match=r"blind\.onnx: no threshold 'onset' for task onset, found none"):
        ultralight_mir.load(tmp_path / "blind.onnx")


def test_a_feature_that_is_called_as_one_of_ours_has_no_front_end() -> None:
    own = replace(get_feature("log_mel"), address="mine:LOG_MEL")
    with pytest.raises(InputError, match="feature 'log_mel': cannot be exported as a front end"):
        front_end(own)


def test_a_file_that_is_no_graph_of_ours_is_one_line(graphs: Path, tmp_path: Path) -> None:
    whole = (graphs / "onset.onnx").read_bytes()
    (tmp_path / "cut.onnx").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "empty.onnx").write_bytes(b"")
    (tmp_path / "text.onnx").write_text("no graph")
    model = onnx.load(graphs / "onset.onnx")
    del model.metadata_props[:]
    onnx.save_model(model, tmp_path / "stranger.onnx")
    model.metadata_props.add(key="ultralight_mir", value='{"format": 1, "task": "onset"}')
    onnx.save_model(model, tmp_path / "headless.onnx")
    for name, message in {
        "cut": "not readable as an ONNX graph",
        "empty": "not readable as an ONNX graph",
        "text": "not readable as an ONNX graph",
        "stranger": "a graph that says nothing of audio, expected one that ultralight-mir export wrote",
        "headless": "feature: missing, expected a value",
        "nowhere": "no such file",
    }.items():
        with pytest.raises(InputError, match=f"{name}.onnx.*{message}") as caught:
            ultralight_mir.load(tmp_path / f"{name}.onnx")
        assert "\n" not in str(caught.value)
