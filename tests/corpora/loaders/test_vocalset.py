from pathlib import Path

import pytest
from data_homes import write_noise, write_text

from ultralight_mir import audio
from ultralight_mir.clips import Clip
from ultralight_mir.corpora.datasets import get_dataset
from ultralight_mir.corpora.datasets.opening import open_dataset
from ultralight_mir.corpora.mirdata import build
from ultralight_mir.corpora.validation import validate
from ultralight_mir.errors import InputError
from ultralight_mir.tasks import get_task

SINGERS = ("female1", "female2", "male1", "male2", "male11")
SUNG = (
    ("arpeggios", "belt", "{}_arpeggios_belt_c_a"),
    ("excerpts", "spoken", "{}_caro_spoken"),
    ("long_tones", "vocal_fry", "{}_long_vocal_fry_a"),
    ("scales", "lip_trill", "{}_scales_lip_trill_e"),
    ("scales", "fast_forte", "{}_scales_f_fast_forte_a"),  # a tempo, not a technique
)


def release(folder: Path) -> None:
    """VocalSet 1.1 in small."""
    for singer in SINGERS:
        short = singer[0] + singer.removeprefix("fe").removeprefix("male")
        for context, technique, name in SUNG:
            write_noise(folder / "FULL" / singer / context / technique / f"{name.format(short)}.wav", 0.2)
    write_text(folder / "FULL" / "female1" / "scales" / "belt" / "._f1.wav", "macOS")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "homes"


def built(home: Path) -> list[Clip]:
    clips = build("singing", home.parent / "corpus", "vocalset", str(home))
    validate(home.parent / "corpus", get_task("singing"), bad_clips=0.0)
    return clips


@pytest.mark.parametrize("unpacked", [".", "VocalSet11", "download/VocalSet11"])
def test_techniques_are_taken_from_the_folders_and_singers_never_part(home: Path, unpacked: str) -> None:
    release(home / "vocalset" / unpacked)
    clips = built(home)
    assert len(clips) == 4 * len(SINGERS)
    assert {c.label for c in clips} == {"belt", "spoken", "vocal_fry", "lip_trill"}
    assert {c.group for c in clips} == set(SINGERS)
    assert {c.split for c in clips} == {"train", "valid", "test"}


@pytest.mark.parametrize("test_list", ["female2\nmale11\n", "f2 m11"])
def test_the_authors_lists_are_kept_where_they_are(home: Path, test_list: str) -> None:
    release(home / "vocalset")
    write_text(home / "vocalset" / "train_singers_technique.txt", "female1\nmale1\nmale2\n")
    write_text(home / "vocalset" / "test_singers_technique.txt", test_list)
    by_singer = {c.group: c.split for c in built(home)}
    assert {s for s, split in by_singer.items() if split == "test"} == {"female2", "male11"}
    assert sorted(by_singer.values()) == ["test", "test", "train", "train", "valid"]


def test_a_singer_on_no_list_is_named(home: Path) -> None:
    release(home / "vocalset")
    write_text(home / "vocalset" / "train_singers_technique.txt", "female1 male1 male2")
    write_text(home / "vocalset" / "test_singers_technique.txt", "female2")
    with pytest.raises(InputError, match=r"singer 'male11' is in neither train_singers_technique\.txt nor test_"):
        built(home)


def test_triplicated_recordings_are_refused(home: Path) -> None:
    release(home / "vocalset")
    for path in list((home / "vocalset" / "FULL").rglob("f*.wav")) + list((home / "vocalset" / "FULL").rglob("m*.wav")):
        for ending in ("(1)", "(2)"):
            path.with_stem(path.stem + ending).write_bytes(path.read_bytes())
    with pytest.raises(InputError, match=r"50 of 75 recordings have the content of another .* expected version 1\.1"):
        built(home)
    assert not (home.parent / "corpus").exists()


def test_one_copy_is_left_out_and_no_reason_to_refuse(home: Path) -> None:
    release(home / "vocalset")
    path = next((home / "vocalset" / "FULL" / "male1").rglob("*belt*.wav"))
    path.with_stem(path.stem + "_again").write_bytes(path.read_bytes())
    assert len(built(home)) == 4 * len(SINGERS)


def test_an_empty_folder_is_asked_to_be_filled(home: Path) -> None:
    (home / "vocalset").mkdir(parents=True)
    with pytest.raises(InputError, match=r"vocalset/FULL is missing; .*https://zenodo.org/records/1203819"):
        built(home)


def test_mirdata_validates_it_as_any_other(home: Path) -> None:
    release(home / "vocalset")
    dataset = open_dataset(get_dataset("vocalset"), home / "vocalset")
    assert dataset.validate(verbose=False) == ({"tracks": {}}, {"tracks": {}})
    path = next((home / "vocalset" / "FULL" / "male1").rglob("*.wav"))
    audio.write(path, audio.load(path, 8_000) / 2, 8_000)
    _, changed = dataset.validate(verbose=False)
    assert [Path(found) for files in changed["tracks"].values() for found in files] == [path]
