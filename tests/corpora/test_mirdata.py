"""mirdata corpora from made-up files in the published layouts: labels, groups, splits, and what is refused."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from data_homes import beatles, built, groove, tinysol, write_index, write_noise, write_text

from ultralight_mir.clips import read_clips
from ultralight_mir.corpora.datasets import DATASETS, get_dataset
from ultralight_mir.corpora.datasets.opening import open_dataset
from ultralight_mir.corpora.mirdata import build
from ultralight_mir.errors import InputError
from ultralight_mir.tasks import get_task


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "homes"


def test_a_note_never_parts_from_its_transposed_copy(home: Path) -> None:
    names = tinysol(home)
    clips = built(home, "tinysol", "instrument")
    assert set(clips) == set(names) and {c.label for c in clips.values()} == {"trumpet"}
    assert {c.split for c in clips.values()} == {"train", "valid", "test"}
    copies = [name for name in names if name.endswith("R100u")]
    assert len(copies) == 12
    for copy in copies:
        note = int(copy.split("-")[2])
        lower = clips[f"TpC-ord-{note - 1}-{copy.split('-')[3]}-N-N"]
        assert clips[copy].group == lower.group and clips[copy].split == lower.split


def test_splits_follow_the_seed_and_nothing_else(home: Path) -> None:
    tinysol(home)
    first, again, other = (built(home, "tinysol", "instrument", seed=seed) for seed in (0, 0, 1))
    assert first == again
    assert {i: c.split for i, c in first.items()} != {i: c.split for i, c in other.items()}


def test_the_publishers_test_split_stays_and_validation_comes_out_of_training_by_song(home: Path) -> None:
    tracks = {}
    for song in range(16):
        for part in (1, 2):
            file = f"IRMAS-TrainingData/cla/[cla][pop_roc]{song:04d}__{part}.wav"
            tracks[f"{song:04d}__{part}"] = {"audio": file, "annotation": file}
            write_noise(home / "irmas" / file, 0.2)
    for number, instruments in enumerate((["pia"], ["gel", "voi"], ["sax"])):
        stem = f"IRMAS-TestingData-Part1/Part1/Some Song-{number}"
        tracks[str(number)] = {"audio": f"{stem}.wav", "annotation": f"{stem}.txt"}
        write_noise(home / "irmas" / f"{stem}.wav", 0.2)
        write_text(home / "irmas" / f"{stem}.txt", "".join(f"{i}\t\n" for i in instruments))
    write_index(home, "irmas", tracks)
    clips = built(home, "irmas", "instrument")
    tested = {i: c for i, c in clips.items() if c.split == "test"}
    assert {i: c.label for i, c in tested.items()} == {"0": "piano", "2": "saxophone"}  # "1": two instruments
    assert {c.group for c in tested.values()} == {"test-Some Song"}
    valid = [i for i, c in clips.items() if c.split == "valid"]
    assert len(valid) == 4 and {i.partition("__")[0] + "__1" for i in valid} < set(valid)


def test_drums_are_named_in_our_classes_and_cut_at_the_end(home: Path) -> None:
    groove(home, {"d/1": ("train", True), "d/2": ("validation", True), "d/3": ("test", True), "d/4": ("train", False)})
    clips = built(home, "groove_midi", "drums")
    assert {i: c.split for i, c in clips.items()} == {"d/1": "train", "d/2": "valid", "d/3": "test"}
    events = [line.split() for line in Path(clips["d/1"].annotation).read_text().splitlines()]
    assert [label for _, label in events] == ["KD", "SD", "HH", "TT", "CY"]  # the sixth, at 1.0 s, was not recorded
    assert [float(time) for time, _ in events] == pytest.approx([0.0, 0.2, 0.4, 0.6, 0.8], abs=0.003)
    assert len(get_task("onset").read(built(home, "groove_midi", "onset")["d/1"]).times) == 5


def test_a_recording_too_short_to_use_is_left_out(home: Path) -> None:
    groove(home, {"d/1": ("train", True), "d/2": ("validation", True), "d/3": ("test", True), "d/4": ("train", True)})
    write_noise(home / "groove_midi" / "d" / "4.wav", 0.05)
    assert set(built(home, "groove_midi", "drums")) == {"d/1", "d/2", "d/3"}


def test_discs_of_one_album_stay_together_and_missing_songs_are_left_out(home: Path) -> None:
    songs = {"a": "01_-_One", "b": "10CD1_-_White", "c": "10CD2_-_White", "d": "11_-_Two", "e": "12_-_Three"}
    beatles(home, songs)
    (home / "beatles" / "audio" / "12_-_Three" / "e.wav").unlink()
    clips = built(home, "beatles", "chord")
    assert {i: c.group for i, c in clips.items()} == {
        "a": "album-01",
        "b": "album-10",
        "c": "album-10",
        "d": "album-11",
    }
    lines = Path(clips["a"].annotation).read_text().splitlines()
    assert lines == ["0.000000 0.200000 N", "0.200000 0.400000 A:min/b7", "0.400000 0.500000 C"]


def test_too_few_albums_to_split_are_refused_and_leave_nothing(home: Path) -> None:
    beatles(home, {"a": "01_-_One", "b": "02_-_Two"})
    with pytest.raises(InputError, match=r"data set 'beatles' in .*/homes/beatles: 2 groups, expected at least 3"):
        built(home, "beatles", "chord")
    assert not [path for path in (home.parent / "corpus").rglob("*") if path.is_file()]


def test_audio_that_is_not_distributed_is_asked_for(home: Path) -> None:
    beatles(home, {"a": "01_-_One", "b": "02_-_Two"})
    for path in (home / "beatles" / "audio").rglob("*.wav"):
        path.unlink()
    with pytest.raises(InputError) as caught:
        built(home, "beatles", "chord")
    message = str(caught.value)
    assert "2 of 2 recordings are missing, the first is" in message
    assert f"{home}/beatles/audio/01_-_One/a.wav" in message
    assert get_dataset("beatles").by_hand in message and "\n" not in message


def test_downloaded_audio_must_be_complete(home: Path) -> None:
    names = tinysol(home)
    (home / "tinysol" / "audio" / f"{names[3]}.wav").unlink()
    with pytest.raises(InputError, match=rf"1 of 48 recordings are missing, the first is .*{names[3]}.wav") as caught:
        built(home, "tinysol", "instrument")
    assert f"ultralight-mir download tinysol {home}" in str(caught.value)


def _no_index(home: Path) -> None:
    next((home / "tinysol" / "mirdata_index").iterdir()).unlink()


def _broken_index(home: Path) -> None:
    next((home / "tinysol" / "mirdata_index").iterdir()).write_text('{"tracks": ')


def _no_metadata(home: Path) -> None:
    (home / "tinysol" / "annotation" / "TinySOL_metadata.csv").unlink()


def _short_metadata(home: Path) -> None:
    path = home / "tinysol" / "annotation" / "TinySOL_metadata.csv"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))


def _no_audio(home: Path) -> None:
    next((home / "tinysol" / "audio").iterdir()).write_bytes(b"404 not found")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_no_index, r"tinysol: .*index must be downloaded.*ultralight-mir download tinysol"),
        (_broken_index, r"tinysol: Expecting value.*ultralight-mir download tinysol"),
        (_no_metadata, r"tinysol: Metadata not found.*ultralight-mir download tinysol"),
        (_short_metadata, r"track 'TpC-ord-83-ff-N-N': not as published"),
        (_no_audio, r"\.wav: not readable as audio"),
    ],
)
def test_spoilt_files_are_named(home: Path, spoil, message: str) -> None:
    tinysol(home)
    spoil(home)
    with pytest.raises(InputError, match=message) as caught:
        built(home, "tinysol", "instrument")
    assert "\n" not in str(caught.value)
    assert not (home.parent / "corpus").exists()


@pytest.mark.parametrize(
    ("lab", "message"),
    [
        (None, r"b\.lab is missing; get it with: ultralight-mir download beatles"),
        ("0.0 x C\n", r"track 'b': not as published \(ValueError"),
        ("0.0 0.2 N\n0.2 99.0 C\n", r"b\.wav: the annotation goes on to 99.00 s, but the recording ends at 0.50 s"),
    ],
)
def test_a_bad_annotation_leaves_nothing_behind(home: Path, lab: str | None, message: str) -> None:
    beatles(home, {"a": "01_-_One", "b": "02_-_Two", "c": "03_-_Three"})
    path = home / "beatles" / "chordlab" / "02_-_Two" / "b.lab"
    path.unlink() if lab is None else path.write_text(lab)
    with pytest.raises(InputError, match=message):
        built(home, "beatles", "chord")
    assert not list(home.parent.glob("corpus/**/*.lab"))


def test_what_was_built_before_survives_a_failure(home: Path) -> None:
    beatles(home, {"a": "01_-_One", "b": "02_-_Two", "c": "03_-_Three"})
    before = built(home, "beatles", "chord")
    (home / "beatles" / "chordlab" / "03_-_Three" / "c.lab").write_text("0.0 x C\n")
    for settings in ({"dataset": "beatles"}, {"dataset": "beatles", "version": "9"}, {"dataset": "tinysol"}):
        with pytest.raises(InputError):
            build("chord", home.parent / "corpus", data_home=str(home), **settings)
    assert {c.track_id: c for c in read_clips(home.parent / "corpus")} == before
    assert all(Path(c.annotation).is_file() for c in before.values())
    assert len(list((home.parent / "corpus" / "annotations").iterdir())) == 3


def test_annotations_of_before_do_not_stay(home: Path) -> None:
    beatles(home, {"a": "01_-_One", "b": "02_-_Two", "c": "03_-_Three", "d": "04_-_Four"})
    built(home, "beatles", "chord")
    beatles(home, {"a": "01_-_One", "b": "02_-_Two", "c": "03_-_Three"})
    clips = built(home, "beatles", "chord")
    names = {path.name for path in (home.parent / "corpus" / "annotations").iterdir()}
    assert names == {Path(c.annotation).name for c in clips.values()} and len(names) == 3


def test_a_track_without_metadata_is_refused(home: Path) -> None:
    tracks = {name: {"audio": f"audio/{name}.wav"} for name in "ab"}
    for files in tracks.values():
        write_noise(home / "medley_solos_db" / files["audio"], 0.2)
    header, row = "subset,instrument,instrument_id,song_id,uuid4\n", "training,flute,3,1,a\n"
    write_text(home / "medley_solos_db" / "annotation" / "Medley-solos-DB_metadata.csv", header + row)
    write_index(home, "medley_solos_db", tracks)
    with pytest.raises(InputError, match="track 'b': its metadata have no row for it"):
        built(home, "medley_solos_db", "instrument")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"dataset": "nsynth"}, "data set 'nsynth': unknown, expected one of medley_solos_db, tinysol"),
        ({"dataset": "vocadito"}, "data set 'vocadito' has nothing for task drums, only for pitch"),
        ({"dataset": "groove_midi", "version": "9"}, "version '9': unknown, expected 'default' or one of 1.0.0"),
        ({"dataset": "groove_midi", "version": "test"}, "version 'test': unknown"),
    ],
)
def test_settings_that_lead_nowhere_are_refused(home: Path, settings: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        build("drums", home.parent / "corpus", data_home=str(home), **settings)
    assert not (home.parent / "corpus").exists()


@pytest.mark.parametrize("name", DATASETS)
def test_opening_touches_neither_network_nor_disk(name: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    dataset = open_dataset(get_dataset(name), home / name)
    assert dataset.name == name and dataset.data_home == str(home / name)
    assert Path(dataset.index_path).parent == home / name / "mirdata_index"
    assert not home.exists()


def test_the_splits_are_mirdatas_own(home: Path) -> None:
    groove(home, {"d/1": ("train", True), "d/2": ("validation", True), "d/3": ("test", True)})
    official = open_dataset(get_dataset("groove_midi"), home / "groove_midi").get_track_splits()
    clips = built(home, "groove_midi", "drums")
    assert official.keys() == {"train", "validation", "test"}
    assert all([i for i, c in clips.items() if c.split == split[:5]] == ids for split, ids in official.items())
