"""Tickets on files: what is written, where, and what is said of files that cannot be worked with."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from untrained import NETWORKS, write_ticket

import ultralight_mir
from ultralight_mir import annotations
from ultralight_mir.annotations.formats import FORMATS, USUAL
from ultralight_mir.errors import InputError
from ultralight_mir.predict import Wanted, predict
from ultralight_mir.predict.plot import COLUMNS, spectrogram
from ultralight_mir.tasks import get_task

RATE = 22_050


def _song(path: Path, seconds: float = 2.5, rate: int = RATE, channels: int = 1, **form: str) -> Path:
    """Decaying notes, half a second each."""
    path.parent.mkdir(parents=True, exist_ok=True)
    times = np.arange(int(seconds * rate)) / rate
    tones = np.sin(2 * np.pi * 220.0 * 2 ** (np.floor(times * 2) / 12) * times) * np.exp(-6 * (times % 0.5))
    soundfile.write(path, np.repeat(0.4 * tones[:, None], channels, axis=1), rate, **form)
    return path


@pytest.mark.parametrize("task_name", NETWORKS)
def test_every_task_writes_every_format_of_its_kind(task_name: str, tmp_path: Path) -> None:
    ticket, song = write_ticket(tmp_path / "ticket", task_name), _song(tmp_path / "song.wav", 4.0)
    kind = get_task(task_name).annotation
    names = [name for name, form in FORMATS.items() if kind in form.suffixes]
    predict(ticket, [song], Wanted(tmp_path / "out", names, activations=True, plot=True))
    endings = [*(FORMATS[name].suffixes[kind] for name in names), ".npz", ".png"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(f"song.{task_name}{e}" for e in endings)
    predictor = ultralight_mir.load(ticket)
    text = tmp_path / "out" / f"song.{task_name}{FORMATS['text'].suffixes[kind]}"
    assert text.read_text() == predictor(song).text()
    if kind != "label":
        annotations.read(text, kind)
    content = np.load(tmp_path / "out" / f"song.{task_name}.npz")
    assert len(content["activation"]) == len(content["times"])
    if predictor.task.framewise:
        np.testing.assert_array_equal(content["activation"], predictor.output(predictor.inputs(song)).activation)
    else:
        assert content["activation"].shape == (2, predictor.task.outputs)  # 4 s are two windows of 3 s
    assert (tmp_path / "out" / f"song.{task_name}.png").read_bytes().startswith(b"\x89PNG")


def test_who_listens_waits_for_no_import_that_is_not_needed(tmp_path: Path) -> None:
    """librosa, with what it imports, takes more time and memory than all the rest of it."""
    song = _song(tmp_path / "song.wav", 4.0)
    code = f"""
import sys
for name in ("librosa", "numba", "scipy", "sklearn", "pandas", "mir_eval", "matplotlib"):
    sys.modules[name] = None  # importing it fails
from pathlib import Path
from ultralight_mir import tickets
from ultralight_mir.predict import Wanted, predict
for task in {sorted(NETWORKS)!r}:
    predict(tickets.path(task, "small"), [Path({str(song)!r})], Wanted(Path({str(tmp_path)!r}) / "out"))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "out").iterdir())) == len(NETWORKS)


def test_where_nothing_is_asked_for_the_usual_format_is_written(tmp_path: Path) -> None:
    ticket = write_ticket(tmp_path / "ticket", "pitch")
    predict(ticket, [_song(tmp_path / "a.flac"), _song(tmp_path / "b.wav", 0.5)], Wanted(tmp_path / "out"))
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.pitch.csv", "b.pitch.csv"]
    assert USUAL["f0"] == "csv" and (tmp_path / "out" / "a.pitch.csv").read_text().startswith(
        "time_s,f0_hz,voiced\n0.0"
    )


@pytest.mark.parametrize(
    ("name", "rate", "channels", "form"),
    [
        ("8-bit.wav", RATE, 1, {"subtype": "PCM_U8"}),
        ("192 kHz.wav", 192_000, 1, {}),
        ("7.1.wav", 48_000, 8, {}),
        ("mp3.mp3", 44_100, 2, {}),
        ("ogg.ogg", 44_100, 2, {}),
        ("float.wav", 16_000, 2, {"subtype": "FLOAT"}),
        ("ünd 'ein' Leerzeichen.flac", RATE, 1, {}),
    ],
)
def test_any_file_that_libsndfile_reads(
    name: str, rate: int, channels: int, form: dict[str, str], tmp_path: Path
) -> None:
    ticket = write_ticket(tmp_path / "ticket", "onset")
    song = _song(tmp_path / name, 1.5, rate, channels, **form)
    predict(ticket, [song], Wanted(tmp_path / "out", activations=True))
    content = np.load(tmp_path / "out" / f"{song.stem}.onset.npz")
    assert content["times"][-1] == pytest.approx(1.5, abs=0.06)


def _truncated(path: Path) -> Path:
    whole = _song(path, 8.0, 44_100)
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size * 6 // 10])
    return path


def _bomb(path: Path) -> Path:
    """A WAV file whose header says 65,535 channels at 4 GHz."""
    header = b"RIFF" + struct.pack("<I", 2**32 - 1) + b"WAVEfmt "
    header += struct.pack("<IHHIIHH", 16, 1, 65_535, 2**32 - 1, 2**32 - 1, 2, 16) + b"data"
    path.write_bytes(header + struct.pack("<I", 2**32 - 1) + bytes(4096))
    return path


BAD = {
    "text.wav": lambda path: path.write_text("not audio"),
    "empty.wav": lambda path: path.write_bytes(b""),
    "silent.wav": lambda path: soundfile.write(path, np.zeros(RATE), RATE),
    "nan.wav": lambda path: soundfile.write(path, np.full(RATE, np.nan), RATE, subtype="FLOAT"),
    "short.wav": lambda path: soundfile.write(path, np.ones(100), RATE),
    "truncated.mp3": _truncated,
    "lost.flac": _truncated,
    "bomb.wav": _bomb,
    "folder.wav": Path.mkdir,
    "missing.wav": lambda path: None,
}


def test_what_cannot_be_worked_with_is_named_in_a_line_and_the_rest_goes_on(tmp_path: Path) -> None:
    ticket = write_ticket(tmp_path / "ticket", "drums")
    for name, make in BAD.items():
        make(tmp_path / name)
    songs = [*(tmp_path / name for name in BAD), _song(tmp_path / "good.wav")]
    command = [sys.executable, "-m", "ultralight_mir", "predict", ticket, *songs, "-o", tmp_path / "out"]
    command += ["--activations"]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=300, check=False)
    lines = [line for line in done.stderr.splitlines() if not line.startswith("Warning: Xing")]  # libmpg123's own
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert lines[-1].startswith(f"error: {len(BAD)} of {len(BAD) + 1} recordings could not be worked with")
    for name in BAD:
        assert sum(f"{name}: " in line for line in lines) == 1, (name, lines)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["good.drums.npz", "good.drums.txt"]


def test_what_is_there_is_skipped_only_where_all_of_it_is(tmp_path: Path) -> None:
    ticket, song = write_ticket(tmp_path / "ticket", "onset"), _song(tmp_path / "song.wav")
    wanted = Wanted(tmp_path / "out", ["text"], skip_existing=True)
    predict(ticket, [song], wanted)
    file = tmp_path / "out" / "song.onset.txt"
    file.write_text("mine\n")
    predict(ticket, [song], wanted)
    assert file.read_text() == "mine\n"
    predict(ticket, [song], Wanted(tmp_path / "out", ["text", "midi"], skip_existing=True))
    assert file.read_text() != "mine\n" and (tmp_path / "out" / "song.onset.mid").exists()


def test_two_recordings_of_one_name_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    ticket = write_ticket(tmp_path / "ticket", "onset")
    songs = [_song(tmp_path / "a" / "song.wav"), _song(tmp_path / "b" / "song.flac")]
    with pytest.raises(InputError, match=r"b/song.flac: called as .*a/song.wav is, expected other names"):
        predict(ticket, songs, Wanted(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_a_format_of_another_kind_is_refused(tmp_path: Path) -> None:
    ticket, song = write_ticket(tmp_path / "ticket", "chord"), _song(tmp_path / "song.wav")
    with pytest.raises(InputError, match="format 'midi': expected one of text, audacity, jams"):
        predict(ticket, [song], Wanted(tmp_path / "out", ["midi"]))


def test_several_at_a_time_give_what_one_after_the_other_does(tmp_path: Path) -> None:
    ticket = write_ticket(tmp_path / "ticket", "onset")
    songs = [_song(tmp_path / f"{n}.wav", 1.0 + n / 2) for n in range(3)]
    for processes in (1, 2):
        predict(ticket, songs, Wanted(tmp_path / str(processes)), processes)
    for song in songs:
        one, two = (tmp_path / str(processes) / f"{song.stem}.onset.txt" for processes in (1, 2))
        assert one.read_bytes() == two.read_bytes()


def test_a_picture_of_hours_has_no_more_columns_than_it_can_show(tmp_path: Path) -> None:
    short, seconds = spectrogram(_song(tmp_path / "short.wav", 3.0))
    assert len(short) == 301 and seconds == pytest.approx(3.0, abs=0.02)
    long, seconds = spectrogram(_song(tmp_path / "long.wav", 61.0))
    assert COLUMNS // 2 < len(long) <= COLUMNS + 1 and seconds == pytest.approx(61.0, abs=0.02)
    assert long.max() == pytest.approx(short.max(), rel=0.05)
