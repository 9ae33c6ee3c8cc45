"""Data homes for tests: mirdata's own fixtures where they are, and made-up files in the same layouts."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from ultralight_mir import audio, corpora
from ultralight_mir.clips import Clip, read_clips
from ultralight_mir.corpora.datasets import get_dataset
from ultralight_mir.corpora.settings import read_entry
from ultralight_mir.corpora.validation import validate
from ultralight_mir.tasks import get_task

TINYSOL = "Path,Fold,Family,Abbr,Full,Tech,Technique,Pitch,Pitch ID,Dynamics,Dynamics ID,Instance,String,Retuned\n"
FIXTURES = Path(__file__).resolve().parents[2] / "shared" / "mirdata_fixtures"
Tracks = Mapping[str, Mapping[str, str | None]]


def write_index(home: Path, name: str, tracks: Tracks) -> None:
    """The index of those tracks (kind of file → path), where the data home keeps it."""
    module = import_module(get_dataset(name).loader)
    path = home / name / "mirdata_index" / module.INDEXES[module.INDEXES["default"]].filename
    path.parent.mkdir(parents=True, exist_ok=True)
    listed = {i: {kind: [file, None] for kind, file in files.items()} for i, files in tracks.items()}
    path.write_text(json.dumps({"version": "made up", "tracks": listed}))


def write_noise(path: Path, seconds: float, rate: int = 8_000) -> None:
    """Noise seeded by the path's name: different recordings differ."""
    random = np.random.default_rng(list(path.name.encode()))
    audio.write(path, 0.1 * random.standard_normal(int(seconds * rate)), rate)


def copy_fixture(home: Path, name: str) -> dict[str, Any]:
    """A mirdata fixture in a data home of its own, with its sample index; its tracks, as the index has them."""
    shutil.copytree(FIXTURES / "datasets" / name, home / name)
    (sample,) = (FIXTURES / "indexes").glob(f"{name}_index_*.json")
    tracks = json.loads(sample.read_text())["tracks"]
    plain = {i: {kind: file[0] for kind, file in files.items()} for i, files in tracks.items()}
    write_index(home, name, plain)
    return plain


def write_text(path: Path, text: str) -> None:
    """A text file, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def built(home: Path, name: str, task: str, **settings: object) -> dict[str, Clip]:
    """The corpus's clips by track, read back, with every clip examined and their splits proven."""
    out = home.parent / "corpus"
    entry = {"kind": "mirdata", "dataset": name, "data_home": str(home), **settings}
    corpora.build(task, out, read_entry(json.dumps(entry), "settings"), lambda done, total: None)
    clips = read_clips(out)
    validate(out, get_task(task), bad_clips=0.0)
    return {clip.track_id: clip for clip in clips}


def tinysol(home: Path, notes: int = 24) -> list[str]:
    """Trumpet notes from C4 up, each at two dynamics, and every fourth a copy of the one below (ff: tuned too)."""
    rows, tracks = TINYSOL, {}
    for note in range(60, 60 + notes):
        for loud in ("pp", "ff"):
            copied = {"pp": "R100u", "ff": "T25u_R100u"}[loud]
            name = f"TpC-ord-{note}-{loud}-N-{copied if note % 4 == 1 else 'N'}"
            rows += f"Brass/{name}.wav,{note % 5},Brass,TpC,Trumpet in C,ord,ordinario,X,{note},{loud},0,0,,FALSE\n"
            tracks[name] = {"audio": f"audio/{name}.wav"}
            write_noise(home / "tinysol" / "audio" / f"{name}.wav", 0.2)
    write_text(home / "tinysol" / "annotation" / "TinySOL_metadata.csv", rows)
    write_index(home, "tinysol", tracks)
    return list(tracks)


def groove(home: Path, tracks: dict[str, tuple[str, bool]]) -> None:
    """Performances of a bass drum on the beat: track → (split, whether it was recorded)."""
    import pretty_midi

    columns = "drummer,session,id,style,bpm,beat_type,time_signature,midi_filename,audio_filename,duration,split\n"
    listed = {}
    for name, (split, recorded) in tracks.items():
        columns += f"drummer1,s,{name},rock,120,beat,4-4,{name}.mid,{name}.wav,1.0,{split}\n"
        listed[name] = {"midi": f"{name}.mid", "audio": f"{name}.wav" if recorded else None}
        drums = pretty_midi.Instrument(0, is_drum=True)
        for beat, pitch in enumerate((36, 40, 22, 58, 59, 36)):
            drums.notes.append(pretty_midi.Note(90, pitch, 0.2 * beat, 0.2 * beat + 0.1))
        midi = pretty_midi.PrettyMIDI()
        midi.instruments.append(drums)
        write_text(home / "groove_midi" / f"{name}.mid", "")
        midi.write(str(home / "groove_midi" / f"{name}.mid"))
        if recorded:
            write_noise(home / "groove_midi" / f"{name}.wav", 0.9)
    write_text(home / "groove_midi" / "info.csv", columns)
    write_index(home, "groove_midi", listed)


def beatles(home: Path, songs: dict[str, str]) -> None:
    """Song → album folder; half a second each."""
    tracks = {}
    for song, album in songs.items():
        files = {"audio": f"audio/{album}/{song}.wav", "chords": f"chordlab/{album}/{song}.lab"}
        tracks[song] = {**files, "beat": None, "keys": None, "sections": f"seglab/{album}/{song}.lab"}
        write_noise(home / "beatles" / files["audio"], 0.5)
        write_text(home / "beatles" / files["chords"], "0.0 0.2 N\n0.2 0.4 A:min/b7\n0.4 0.9 C\n")
    write_index(home, "beatles", tracks)
