from pathlib import Path

import pytest
from data_homes import FIXTURES, write_noise, write_text

from ultralight_mir.clips import Clip
from ultralight_mir.corpora.loaders.mdb_drums import SPLITS
from ultralight_mir.corpora.mirdata import build
from ultralight_mir.errors import InputError
from ultralight_mir.tasks import get_task

SONGS = ("MusicDelta_80sRock", "MusicDelta_Beatles", "MusicDelta_Rock", "MusicDelta_Zeppelin")
HITS = "0.000000 \t KD\n0.020000 \t HH\n0.200000 \t SD\n0.250000\tCY\n0.300000\tTT\n0.350000\tOT\n"
REAL = FIXTURES.parent / "real" / "mdb_drums" / "annotations"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """MDB Drums in small, as cloned."""
    root = tmp_path / "homes" / "mdb_drums" / "MDBDrums" / "MDB Drums"
    for song in SONGS:
        write_text(root / "annotations" / "class" / f"{song}_class.txt", HITS)
        write_text(root / "annotations" / "subclass" / f"{song}_subclass.txt", HITS.replace("HH", "CHH"))
        write_noise(root / "audio" / "drum_only" / f"{song}_Drum.wav", 0.5)
        write_noise(root / "audio" / "full_mix" / f"{song}_MIX.wav", 0.5)
    return tmp_path / "homes"


def built(home: Path, task: str, version: str = "default", seed: int = 0) -> list[Clip]:
    return build(task, home.parent / "corpus", "mdb_drums", str(home), seed, version)


@pytest.mark.parametrize(
    ("version", "ending"), [("default", "_Drum.wav"), ("drum_only", "_Drum.wav"), ("full_mix", "_MIX.wav")]
)
def test_the_version_says_which_recordings(home: Path, version: str, ending: str) -> None:
    clips = built(home, "drums", version)
    assert [c.track_id for c in clips] == list(SONGS) and {c.split for c in clips} == {"train", "valid", "test"}
    assert all(Path(c.audio).name == c.track_id + ending for c in clips)
    hits = get_task("drums").read(clips[0])
    assert hits.rows == [(0.0, "KD"), (0.02, "HH"), (0.2, "SD")]


def test_the_split_is_that_of_mirex_2017(home: Path) -> None:
    assert [len(songs) for songs in SPLITS.values()] == [12, 11] and not set(SPLITS["train"]) & set(SPLITS["test"])
    for seed in range(3):
        clips = built(home, "drums", seed=seed)
        assert [c.track_id for c in clips if c.split == "test"] == ["MusicDelta_Beatles"]
        assert sorted(c.split for c in clips) == ["test", "train", "train", "valid"]


def test_a_song_that_mirex_had_not_is_refused(home: Path) -> None:
    for path in [path for path in home.rglob("MusicDelta_Rock*") if path.is_file()]:
        path.rename(path.with_name(path.name.replace("Rock", "Polka")))
    with pytest.raises(InputError, match=r"track 'MusicDelta_Polka': .*song 'Polka' is in neither half"):
        built(home, "drums")


@pytest.mark.skipif(not REAL.is_dir(), reason="the real recordings are not beside the repository")
def test_real_songs_of_the_training_half_are_named_as_the_split_names_them() -> None:
    assert {path.stem for path in REAL.glob("*.txt")} <= set(SPLITS["train"])


def test_onsets_are_those_of_all_classes(home: Path) -> None:
    onsets = get_task("onset").read(built(home, "onset")[0])
    assert list(onsets.times) == [0.0, 0.2, 0.25, 0.3, 0.35]  # the hi-hat at 20 ms is one with the bass drum


def test_the_full_mix_has_onsets_that_nobody_annotated(home: Path) -> None:
    with pytest.raises(InputError, match="'mdb_drums', version 'full_mix': no clip for task onset"):
        built(home, "onset", "full_mix")


@pytest.mark.parametrize("line", ["0.5 KD SD", "kick 0.5", "0.5"])
def test_a_malformed_line_is_named(home: Path, line: str) -> None:
    path = next(home.rglob("MusicDelta_Rock_class.txt"))
    path.write_text(HITS + line + "\n")
    with pytest.raises(InputError, match=rf"Rock_class\.txt, line 7: '{line}', expected 'time class'"):
        built(home, "drums")
    assert not [path for path in (home.parent / "corpus").rglob("*") if path.is_file()]


def test_a_missing_recording_is_named(home: Path) -> None:
    next(home.rglob("MusicDelta_Rock_MIX.wav")).unlink()
    assert len(built(home, "drums")) == len(SONGS)
    with pytest.raises(InputError, match=r"1 of 4 recordings are missing, .*full_mix/MusicDelta_Rock_MIX\.wav"):
        built(home, "drums", "full_mix")


def test_an_empty_folder_is_asked_to_be_filled(tmp_path: Path) -> None:
    (tmp_path / "mdb_drums").mkdir()
    with pytest.raises(InputError, match=r"annotations/class is missing; .*https://github.com/CarlSouthall/MDBDrums"):
        build("drums", tmp_path / "corpus", "mdb_drums", str(tmp_path))
