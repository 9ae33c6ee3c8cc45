"""Tickets in C in eight bits, built and run on the host, and scored; and the clips that calibrate them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from built_c import check, needs_gcc
from built_stores import build_store
from typer.testing import CliRunner
from untrained import write_ticket

from ultralight_mir import evaluation, tickets
from ultralight_mir.cli import app
from ultralight_mir.digests import read_sealed
from ultralight_mir.errors import InputError
from ultralight_mir.export import export, int8, runtime
from ultralight_mir.export.c.host import Host
from ultralight_mir.export.calibration import of_store, synthesised
from ultralight_mir.features.store import Store
from ultralight_mir.jobs.timing import Clock
from ultralight_mir.paths import ExportFolder
from ultralight_mir.records import SCORES
from ultralight_mir.ticket import Ticket

pytest.importorskip("onnx", reason="onnx is not installed (pip install 'ultralight-mir[export]')")
onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
pytest.importorskip("emx_onnx_cgen", reason="emx-onnx-cgen is not installed (pip install 'ultralight-mir[c]')")


@pytest.fixture(scope="module")
def features(tmp_path_factory: pytest.TempPathFactory) -> Store:
    folder = tmp_path_factory.mktemp("features")
    return build_store(folder / "corpus", folder / "features", "onset")


@needs_gcc
def test_eight_bits_in_c_say_what_eight_bits_in_onnx_runtime_say(features: Store, tmp_path: Path) -> None:
    ticket = Ticket.read_folder(tickets.path("onset", "smallest"))
    clips = of_store(ticket, features, tmp_path)
    export("c-int8", ticket, tmp_path / "c", True, clips)
    export("onnx-int8", ticket, tmp_path / "graph.onnx", False, clips)
    export("onnx", ticket, tmp_path / "float.onnx", False, None)
    code, differs = check(tmp_path / "c")
    assert code == 0 and differs["blocks"] == 0.0
    host, graph, exact = (
        Host(tmp_path / "c"),
        *(runtime.read(tmp_path / f"{name}.onnx")[1] for name in ("graph", "float")),
    )
    rows = features.input(features.split("test")[0]).astype(np.float32)
    said, wanted = host.hear(rows), graph(rows)
    np.testing.assert_allclose(said, wanted, atol=0.02)
    lost = np.abs(said - exact(rows))
    assert 1e-4 < lost.max() < 0.3 and lost.mean() < 0.02  # it is eight bits, and not far off
    np.testing.assert_array_equal(host.hear(rows), said)  # a recording leaves nothing to the next


@pytest.mark.parametrize("task", ["onset", "pitch"])
def test_no_cpu_cuts_off_a_sum_of_eight_bits(task: str) -> None:
    """Without instructions for products of bytes ONNX Runtime adds two up in sixteen bits: 255 · 127 · 2 is more."""
    ticket = Ticket.read_folder(tickets.path(task, "smallest"))
    *calibration, rows = synthesised(ticket, 5)
    content = int8.graph(ticket, calibration).SerializeToString()
    slow = onnxruntime.SessionOptions()  # each operator as the standard has it, in float32
    slow.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    exact = onnxruntime.InferenceSession(content, slow, providers=["CPUExecutionProvider"])
    given = {"input": np.asarray(rows, np.float32)[None]}
    (said,), (wanted,) = runtime.session(content, "whole").run(None, given), exact.run(None, given)
    assert (np.abs(said - wanted) > 1e-3).mean() < 0.001  # a value halfway between two whole numbers may go either way


@needs_gcc
def test_eight_bits_go_with_a_recurrent_layer(features: Store, tmp_path: Path) -> None:
    ticket = Ticket.read_folder(write_ticket(tmp_path / "ticket", "onset", "crnn", {"width": 2}))
    clips = of_store(ticket, features, tmp_path)
    model = int8.graph(ticket, clips)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(int8, "graph", lambda *_: model)
        export("c-int8", ticket, tmp_path / "c", True, clips)
    code, differs = check(tmp_path / "c")
    assert code == 0 and differs["blocks"] == 0.0
    rows = features.input(features.split("test")[0]).astype(np.float32)[:128]
    (wanted,) = runtime.session(model.SerializeToString(), "whole").run(None, {"input": rows[None]})
    np.testing.assert_allclose(Host(tmp_path / "c").hear(rows), wanted[0], atol=0.02)


@needs_gcc
def test_a_ticket_is_scored_by_what_its_c_says(features: Store, tmp_path: Path) -> None:
    source, found = tickets.path("onset", "smallest"), {}
    for form in ("c", "c-int8"):
        folder = ExportFolder(tmp_path / form)
        folder.path.mkdir()
        evaluation.run_export(Ticket.read_folder(source), [features], source, folder, form, Clock())
        told, scores = read_sealed(folder.evaluation, folder.scores.name), SCORES.read(folder.scores)
        found[form] = told["exported"] | {"f": scores.loc[scores["metric"] == "f", "value"].mean()}
        assert {path.name for path in folder.path.iterdir()} == {"evaluation.json", "scores.csv"}
    whole, eight = found["c"], found["c-int8"]
    assert (whole["precision"], eight["precision"]) == ("float32-c", "int8-c")
    assert whole["f"] > 0.7 and eight["f"] == pytest.approx(whole["f"], abs=0.05)
    assert whole["bytes"] == pytest.approx(4 * 9225, rel=0.05)  # normalisations are folded into convolutions
    assert whole["bytes"] / 4 < eight["bytes"] < whole["bytes"] / 2.5  # the input's normalisation stays in float32
    assert 0 < whole["cpu_rtf"] < 1 and 0 < eight["cpu_rtf"] < 1


def test_clips_to_calibrate_by_are_synthesised_as_a_store_keeps_them(features: Store) -> None:
    ticket = Ticket.read_folder(tickets.path("onset", "smallest"))
    stored = [features.input(index) for index in features.split("train")]
    made = synthesised(ticket, len(stored))
    assert len(made) > 10
    for one, other in zip(made, stored, strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_allclose(one, other, atol=0.1)  # a store has them from 16-bit files, which are never silent


def test_a_ticket_of_the_package_is_exported_in_eight_bits_with_nothing_else(tmp_path: Path) -> None:
    given = ["--task", "instrument", "--size", "smallest", "--to", "c-int8", "--calibrate", "synthetic"]
    done = CliRunner().invoke(app, ["export", *given, "-o", str(tmp_path / "c")])
    assert done.exit_code == 0, done.exception
    assert "int8_t" in (tmp_path / "c" / "network.c").read_text()
    done = CliRunner().invoke(app, ["export", "-o", str(tmp_path / "another")])
    assert str(done.exception) == "export: no ticket, expected its folder, or --task"


def test_eight_bits_need_clips(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="int8 without clips to calibrate it by, expected --calibrate"):
        export("c-int8", Ticket.read_folder(tickets.path("onset", "smallest")), tmp_path / "c", True, None)
    assert not (tmp_path / "c").exists()
