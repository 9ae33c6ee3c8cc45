"""Tickets in C, built and run on the host: they say what ONNX Runtime says, of frames and of samples."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from built_c import check, needs_gcc
from typer.testing import CliRunner
from untrained import write_ticket

from ultralight_mir import tickets
from ultralight_mir.cli import app
from ultralight_mir.errors import InputError
from ultralight_mir.export import export, runtime
from ultralight_mir.export import onnx as onnx_export
from ultralight_mir.export.c.host import Host
from ultralight_mir.export.onnx import graph
from ultralight_mir.ticket import Ticket

pytest.importorskip("onnx", reason="onnx is not installed (pip install 'ultralight-mir[export]')")
pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
pytest.importorskip("emx_onnx_cgen", reason="emx-onnx-cgen is not installed (pip install 'ultralight-mir[c]')")

Exported = Callable[[str, str], Path]
AGREED = 1e-4


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """The folder of C of a packaged ticket, or of one that nobody trained (`size` "")."""
    home, made = tmp_path_factory.mktemp("c"), dict[tuple[str, str], Path]()

    def of(task: str, size: str) -> Path:
        if (task, size) not in made:
            folder = home / f"{task}{size}"
            source = tickets.path(task, size) if size else write_ticket(home / f"ticket-{task}", task)
            export("c", Ticket.read_folder(source), folder, True, None)
            made[task, size] = folder
        return made[task, size]

    return of


@needs_gcc
@pytest.mark.parametrize(("task", "size"), tickets.names())
def test_c_says_what_onnx_runtime_says(task: str, size: str, exported: Exported) -> None:
    code, differs = check(exported(task, size))
    assert code == 0 and max(differs["network"], differs["samples"]) <= AGREED
    assert differs["blocks"] == 0.0  # however many samples are pushed at a time


@needs_gcc
@pytest.mark.parametrize("task", ["instrument", "singing"])
def test_a_network_of_clips_hears_a_window(task: str, exported: Exported) -> None:
    code, differs = check(exported(task, ""))
    assert code == 0 and max(differs["network"], differs["samples"]) <= AGREED and differs["blocks"] == 0.0


OTHERS = {
    "recurrent": ("drums", "crnn", {"width": 2}, (3, 77, 128)),
    "samples": ("pitch", "crepe", {"width": 1, "depth": 1}, (160, 1700, 4000)),
    "clips of samples": ("instrument", "waveform_cnn", {"width": 2, "depth": 3}, (48_000, 1000)),
}
"""A task, its network, and lengths of recordings."""


@needs_gcc
@pytest.mark.parametrize("case", OTHERS)
def test_other_networks_say_what_onnx_runtime_says(case: str, tmp_path: Path) -> None:
    task, network, options, lengths = OTHERS[case]
    ticket = Ticket.read_folder(write_ticket(tmp_path / "ticket", task, network, options))
    weights = {name: 8 * value if "classify" in name else value for name, value in ticket.weights.items()}
    ticket = ticket.model_copy(update={"weights": weights})  # something is said of what is heard
    model = graph(ticket, with_front_end=False)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(onnx_export, "graph", lambda ticket, with_front_end: model)  # traced once
        export("c", ticket, tmp_path / "c", True, None)
    code, differs = check(tmp_path / "c")
    assert code == 0 and max(differs["network"], differs["samples"]) <= AGREED and differs["blocks"] == 0.0
    host, whole = Host(tmp_path / "c"), runtime.session(model.SerializeToString(), case)
    bins, random = host.told["TICKET_BINS"], np.random.default_rng(0)
    for length in lengths:
        rows = random.normal(0, 0.3, length) if bins == 1 else random.uniform(0, 2, (length, bins))
        rows = rows.astype(np.float32)
        given = np.pad(rows, (0, max(0, host.told["TICKET_WINDOW"] - length))) if bins == 1 else rows
        (wanted,) = whole.run(None, {"input": given[None]})
        said = host.hear(rows)
        assert said.shape == wanted[0].shape and wanted.std() > 1e-3
        np.testing.assert_allclose(said, wanted[0], atol=AGREED)
    if case == "recurrent":  # what is longer is heard some frames at a time, and every frame is told of
        longer = random.uniform(0, 2, (300, bins)).astype(np.float32)
        said = host.hear(longer)
        assert said.shape == (300, 3)
        (wanted,) = whole.run(None, {"input": longer[None]})
        assert np.abs(said - wanted[0]).max() > AGREED  # not as the whole would be heard
        np.testing.assert_allclose(said[:40], wanted[0, :40], atol=0.01)  # but for what is far away


@needs_gcc
def test_nothing_is_read_or_written_beside_what_is_there(exported: Exported) -> None:
    sanitizers = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-g")
    code, differs = check(exported("pitch", "smallest"), *sanitizers)
    assert code == 0 and max(differs.values()) <= AGREED


@needs_gcc
def test_the_check_notices_a_wrong_weight(exported: Exported, tmp_path: Path) -> None:
    folder = tmp_path / "changed"
    shutil.copytree(exported("onset", "smallest"), folder)
    source = (folder / "network.c").read_text()
    changed = re.sub(r"(classify_bias\[1\] = \{\s+)\S+f", r"\g<1>3.0f", source, count=1)
    assert changed != source
    (folder / "network.c").write_text(changed)
    code, differs = check(folder)
    assert code == 1 and differs["network"] > AGREED


@needs_gcc
def test_a_clip_that_is_shorter_than_a_window_has_silence_after_it(exported: Exported) -> None:
    host = Host(exported("instrument", ""))
    rows = np.random.default_rng(0).uniform(0, 2, (100, host.told["TICKET_BINS"])).astype(np.float32)
    silence = np.zeros((host.told["TICKET_WINDOW"] - len(rows), rows.shape[1]), np.float32)
    said = host.hear(rows)
    assert said.shape == (host.told["TICKET_OUTPUTS"],)
    np.testing.assert_array_equal(said, host.hear(np.concatenate([rows, silence])))


def test_without_a_compiler_it_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match=r": no compiler, expected one of gcc, cc, clang to run C$"):
        Host(tmp_path)


@needs_gcc
def test_a_folder_that_does_not_build_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "ticket.c").write_text("int ticket(void) { return undeclared; }\n")
    with pytest.raises(InputError, match=r"does not build \(.*undeclared.*\)") as caught:
        Host(tmp_path)
    assert "\n" not in str(caught.value)


def test_nothing_is_allocated_and_no_file_is_read(exported: Exported) -> None:
    for path in exported("pitch", "small").glob("*.[ch]"):
        found = re.search(r"\b(malloc|calloc|realloc|alloca|fopen)\b", path.read_text())
        assert not found, f"{path.name}: {found}"


def test_from_the_command_line(tmp_path: Path) -> None:
    folder = write_ticket(tmp_path / "ticket", "onset")
    done = CliRunner().invoke(app, ["export", str(folder), "--to", "c", "-o", str(tmp_path / "out")])
    assert done.exit_code == 0, done.exception
    assert {"ticket.h", "ticket.c", "network.c", "front.c", "step.c", "vector.h"} <= {
        path.name for path in (tmp_path / "out").iterdir()
    }


def test_what_has_no_c_is_one_line(tmp_path: Path) -> None:
    recurrent = Ticket.read_folder(write_ticket(tmp_path / "crnn", "instrument", "crnn", {"width": 2}))
    with pytest.raises(
        InputError, match=r"crnn: no C for it, as it needs all of a recording at a time \(.*GRU"
    ) as caught:
        export("c", recurrent, tmp_path / "out", True, None)
    assert "\n" not in str(caught.value)
    onset = Ticket.read_folder(tickets.path("onset", "smallest"))
    (tmp_path / "file").write_text("mine")
    with pytest.raises(InputError, match="file: a file, expected a folder to write C into"):
        export("c", onset, tmp_path / "file", True, None)
    assert not (tmp_path / "out").exists() and (tmp_path / "file").read_text() == "mine"


def test_without_the_generator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "emx_onnx_cgen.compiler", None)
    onset = Ticket.read_folder(tickets.path("onset", "smallest"))
    with pytest.raises(
        InputError, match=r"is not installed, expected emx-onnx-cgen \(pip install 'ultralight-mir\[c\]'"
    ):
        export("c", onset, tmp_path / "out", True, None)
