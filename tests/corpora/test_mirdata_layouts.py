"""The data sets that there is no fixture of: made-up files in the published layouts, as their loaders read them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from data_homes import built, write_index, write_noise, write_text
from short_training import train_and_score

from ultralight_mir import audio
from ultralight_mir.clips import Clip
from ultralight_mir.corpora.datasets import get_dataset
from ultralight_mir.corpora.datasets.opening import open_dataset
from ultralight_mir.corpora.mirdata import list_clips
from ultralight_mir.errors import InputError
from ultralight_mir.tasks import get_task


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "homes"


def listed(home: Path, name: str, task: str) -> dict[str, Clip]:
    about = get_dataset(name)
    clips = list_clips(task, home.parent / "corpus", about, open_dataset(about, home / name))
    for clip in clips:
        get_task(task).read(clip)
    return {clip.track_id: clip for clip in clips}


def lines(clip: Clip) -> list[str]:
    return Path(clip.annotation).read_text().splitlines()


def test_medleydb_pitch_is_grouped_by_artist(home: Path) -> None:
    tracks, about = {}, {}
    for stem in ("Band_One_STEM_01", "Band_Two_STEM_05", "Other_Three_STEM_02"):
        files = {"audio": f"audio/{stem}.wav", "pitch": f"pitch/{stem}.csv", "notes_pyin": None}
        tracks[stem], about[stem] = files, {"artist": "x", "title": "y", "genre": "z", "instrument": "flute"}
        write_noise(home / "medleydb_pitch" / files["audio"], 0.3)
        write_text(home / "medleydb_pitch" / files["pitch"], "0.1,440.0\n0.2,441.5\n0.29,440.0\n0.31,440.0\n")
    write_text(home / "medleydb_pitch" / "medleydb_pitch_metadata.json", json.dumps(about))
    write_index(home, "medleydb_pitch", tracks)
    clips = listed(home, "medleydb_pitch", "pitch")
    assert [c.group for c in clips.values()] == ["Band", "Band", "Other"]
    assert lines(clips["Band_One_STEM_01"]) == ["0.100000,440.0000", "0.200000,441.5000", "0.290000,440.0000"]


def test_queen_is_grouped_by_song(home: Path) -> None:
    tracks = {}
    for number, song in enumerate(("Under Pressure", "Innuendo")):
        stem = f"Greatest Hits I/{song}"
        files = {"audio": f"audio/{stem}.flac", "chords": f"chordlab/{stem}.lab", "sections": f"seglab/{stem}.lab"}
        tracks[str(number)] = {**files, "keys": None}
        write_noise(home / "queen" / files["audio"], 0.5)
        write_text(home / "queen" / files["chords"], "0.0\t0.2\tN\n0.2\t0.5\tD:maj(9)/3\n")
    write_index(home, "queen", tracks)
    clips = listed(home, "queen", "chord")
    assert {i: c.group for i, c in clips.items()} == {"0": "Under Pressure", "1": "Innuendo"}
    assert lines(clips["1"])[1] == "0.200000 0.500000 D:maj(9)/3"


def test_billboard_is_grouped_by_artist(home: Path) -> None:
    kinds = ("salami", "lab_majmin7", "lab_majmin7inv", "lab_majmin", "lab_majmininv", "bothchroma", "tuning")
    rows, tracks = "id,date,target,actual,title,artist,peak,weeks\n", {}
    for number in ("3", "4"):
        files = {"audio": f"audio/{number}.flac", "lab_full": f"lab/{number}/full.lab"}
        tracks[number] = {**files, **dict.fromkeys(kinds)}
        rows += f"{number},1961-07-03,10,10,I Don't Mind,James Brown,47,7\n"
        write_noise(home / "billboard" / files["audio"], 0.5)
        write_text(home / "billboard" / files["lab_full"], "0.0\t0.2\tN\n0.2\t0.5\tA:min7\n\n")
    write_text(home / "billboard" / "billboard-2.0-index.csv", rows)
    write_index(home, "billboard", tracks)
    assert {c.group for c in listed(home, "billboard", "chord").values()} == {"James Brown"}


def test_maestro_keeps_its_split_and_is_grouped_by_composition(home: Path) -> None:
    import pretty_midi

    tracks, about = {}, []
    for number, split in enumerate(("train", "validation", "test", "train")):
        name = f"2004/{number}"
        piece = {"canonical_composer": "Alban Berg", "canonical_title": f"Sonata {number % 3}", "split": split}
        about.append({**piece, "year": 2004, "midi_filename": f"{name}.midi", "duration": 1.0})
        tracks[name] = {"midi": f"{name}.midi", "audio": f"{name}.wav"}
        piano = pretty_midi.Instrument(0)
        piano.notes += [pretty_midi.Note(90, 60, at, at + 0.1) for at in (0.5, 0.1)]
        midi = pretty_midi.PrettyMIDI()
        midi.instruments.append(piano)
        write_noise(home / "maestro" / f"{name}.wav", 0.7)
        midi.write(str(home / "maestro" / f"{name}.midi"))
    write_text(home / "maestro" / "maestro-v2.0.0.json", json.dumps(about))
    write_index(home, "maestro", tracks)
    clips = listed(home, "maestro", "onset")
    assert [c.split for c in clips.values()] == ["train", "valid", "test", "train"]
    assert clips["2004/0"].group == clips["2004/3"].group == "Alban Berg: Sonata 0"
    assert [float(line) for line in lines(clips["2004/0"])] == pytest.approx([0.1, 0.5], abs=0.003)


def test_tabla_strokes_of_all_kinds_are_onsets(home: Path) -> None:
    tracks = {}
    for part, name in (("train", "AHK_solo-tintal-1"), ("train", "AHK_solo-tintal-2"), ("test", "AHK_solo-tintal-3")):
        base = f"4way-tabla-ismir21-dataset/{part}"
        onsets = {f"onsets_{kind}": f"{base}/onsets/{kind}/{name}.onsets" for kind in ("b", "d", "rb", "rt")}
        tracks[name] = {"audio": f"{base}/audios/{name}.wav", **onsets}
        write_noise(home / "four_way_tabla" / tracks[name]["audio"], 0.5)
        for kind, text in (("b", "0.1\n0.3\n"), ("d", ""), ("rb", "0.2\n"), ("rt", "0.1\n")):
            write_text(home / "four_way_tabla" / onsets[f"onsets_{kind}"], text)
    write_index(home, "four_way_tabla", tracks)
    clips = listed(home, "four_way_tabla", "onset")
    assert [(c.group, c.split) for c in clips.values()] == [
        ("train-AHK_solo-tintal", "train"),
        ("train-AHK_solo-tintal", "train"),
        ("test-AHK_solo-tintal", "test"),
    ]
    assert lines(clips["AHK_solo-tintal-1"]) == ["0.100000", "0.100000", "0.200000", "0.300000"]


def test_good_sounds_takes_of_one_sound_stay_with_their_player(home: Path) -> None:
    sounds = {
        "1": {"instrument": "sax_tenor", "player": "raul", "pack_id": 1},
        "2": {"instrument": "cello", "player": None, "pack_id": 1},
    }
    takes = {"1": {"sound_id": 1}, "2": {"sound_id": 1}, "3": {"sound_id": 2}}
    tables = {"sounds": sounds, "takes": takes, "packs": {"1": {"name": "session"}}, "ratings": {}}
    for name, table in tables.items():
        write_text(home / "good_sounds" / f"{name}.json", json.dumps(table))
    for take in takes:
        write_noise(home / "good_sounds" / f"{take}.wav", 0.3)
    write_index(home, "good_sounds", {take: {"audio": f"{take}.wav"} for take in takes})
    clips = listed(home, "good_sounds", "instrument")
    assert [(c.label, c.group) for c in clips.values()] == [
        ("tenor saxophone", "raul"),
        ("tenor saxophone", "raul"),
        ("cello", "session"),
    ]


def _stroke(path: Path, at: float, seconds: float, rate: int = 44_100) -> None:
    """A stroke at `at` seconds: a few partials and some noise, dying away; before it the noise of a studio."""
    random = np.random.default_rng(list(path.name.encode()))
    samples = 1e-4 * random.standard_normal(round(seconds * rate))
    times = np.arange(len(samples) - round(at * rate)) / rate
    partials = sum(np.sin(2 * np.pi * hertz * times) for hertz in random.uniform(100, 900, 4))
    samples[-len(times) :] += 0.2 * np.exp(-times / 0.1) * (partials + random.standard_normal(len(times)))
    audio.write(path, samples, rate)


def test_mridangam_strokes_go_all_the_way(home: Path) -> None:
    """The mean recording is 0.81 s long; these are from 0.12 s on, each of one stroke in one of six tunings."""
    tracks, begins = {}, {}
    for number, tonic in enumerate(("B", "C", "C#", "D", "D#", "E") * 3):
        track = str(224_000 + number)
        name = f"{track}__akshaylaya__{('bheem', 'ta', 'thom')[number // 6]}-{tonic.lower()}-00{number}.wav"
        tracks[track] = {"audio": f"mridangam_stroke_1.5/{tonic}/{name}"}
        begins[track] = 0.005 * number
        _stroke(home / "mridangam_stroke" / tracks[track]["audio"], begins[track], 0.12 + 0.04 * number)
    write_index(home, "mridangam_stroke", tracks)
    clips = built(home, "mridangam_stroke", "onset")
    assert {i: c.group for i, c in clips.items()} == {i: Path(t["audio"]).parent.name for i, t in tracks.items()}
    assert {c.split for c in clips.values()} == {"train", "valid", "test"}
    found = {i: [float(line) for line in lines(clip)] for i, clip in clips.items()}
    assert found == {i: [pytest.approx(at, abs=0.002)] for i, at in begins.items()}
    train_and_score(list(clips.values()), "onset", home.parent / "features")


def test_a_missing_mridangam_recording_is_named_before_any_is_read(home: Path) -> None:
    write_index(home, "mridangam_stroke", {"1": {"audio": "mridangam_stroke_1.5/B/1__akshaylaya__ta-b-001.wav"}})
    with pytest.raises(InputError, match=r"1 of 1 recordings are missing, .*ta-b-001\.wav; get it with"):
        listed(home, "mridangam_stroke", "onset")
