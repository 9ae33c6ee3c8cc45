"""Every mirdata fixture, from a publisher on 127.0.0.1 to a scored network."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from data_homes import FIXTURES, copy_fixture, write_index, write_noise
from mirdata import core
from publisher import Publisher, md5, serving, zipped
from short_training import train_and_score

from ultralight_mir.corpora.datasets import get_dataset
from ultralight_mir.corpora.datasets.base import DataSet
from ultralight_mir.corpora.datasets.fetching import fetch
from ultralight_mir.corpora.datasets.opening import open_dataset
from ultralight_mir.corpora.mirdata import list_clips
from ultralight_mir.corpora.quality import examine
from ultralight_mir.tasks import get_task

pytestmark = pytest.mark.skipif(not FIXTURES.is_dir(), reason="mirdata's fixtures are not beside the repository")


def _as_it_is(home: Path, tracks: dict) -> None:
    """The fixture has recordings."""


def _sounding(*recordings: str, seconds: float) -> Callable[[Path, dict], None]:
    """The fixture's recordings are silent, or not there."""

    def make(home: Path, tracks: dict) -> None:
        for recording in recordings:
            write_noise(home / recording, seconds)

    return make


def _first_beatles_song(home: Path, tracks: dict) -> None:
    # Two silent seconds for ten annotated ones; and of another song there is nothing but its line in the index.
    write_index(home.parent, "beatles", {"0111": tracks["0111"]})
    write_noise(home / tracks["0111"]["audio"], 10.0)


def _guitar(mode: str) -> Callable[[Path, dict], None]:
    def make(home: Path, tracks: dict) -> None:
        files = tracks["03_BN3-119-G_solo"]
        write_index(home.parent, "guitarset", {f"03_BN3-119-G_{mode}": files})
        write_noise(home / files["audio_mic"], 2.0)

    return make


def _first_groove(home: Path, tracks: dict) -> None:
    write_index(home.parent, "groove_midi", {"drummer1/eval_session/1": tracks["drummer1/eval_session/1"]})
    write_noise(home / tracks["drummer1/eval_session/1"]["audio"], 27.9)


@dataclass(frozen=True)
class Case:
    name: str
    task: str
    prepare: Callable[[Path, dict], None]
    expected: list[tuple[str, str, str, str]]  # track, label, group, split
    lines: int = 0  # of the annotation of the first clip
    first: str = ""


GROOVE = [("drummer1/eval_session/1", "", "drummer1/eval_session/1", "test")]
CASES = [
    Case(
        "medley_solos_db",
        "instrument",
        _as_it_is,
        [("d07b1fc0-567d-52c2-fef4-239f31c9d40e", "flute", "validation-210", "valid")],
    ),
    Case(
        "tinysol",
        "instrument",
        _as_it_is,
        [("Cb-ord-A2-mf-2c-N", "contrabass", "Cb-45", ""), ("Fl-ord-C4-mf-N-T14d", "flute", "Fl-60", "")],
    ),
    Case("irmas", "instrument", _as_it_is, [("0189__2", "clarinet", "train-0189", "train")]),  # the other: two labels
    Case(
        "good_sounds",
        "instrument",
        _sounding("good-sounds/sound_files/flute_almudena_reference/akg/0000.wav", seconds=1.0),
        [("1", "flute", "almudena", "")],
    ),
    Case(
        "mdb_stem_synth",
        "pitch",
        _as_it_is,
        [("AClassicEducation_NightOwl_STEM_08", "", "AClassicEducation", "")],
        lines=1034,
        first="0.000000,0.0000",
    ),
    Case("vocadito", "pitch", _as_it_is, [("1", "", "S1", "")], lines=5722, first="0.000000,0.0000"),
    Case(
        "guitarset",
        "chord",
        _guitar("comp"),
        [("03_BN3-119-G_comp", "", "03", "")],
        lines=1,
        first="0.000000 2.000000 G:maj7/1",
    ),
    Case("guitarset", "onset", _guitar("solo"), [("03_BN3-119-G_solo", "", "03", "")], lines=6, first="0.761231"),
    Case(
        "beatles",
        "chord",
        _first_beatles_song,
        [("0111", "", "album-01", "")],
        lines=3,
        first="0.000000 0.497838 N",
    ),
    Case("groove_midi", "drums", _first_groove, GROOVE, lines=410, first="0.002717\tCY"),
    Case("groove_midi", "onset", _first_groove, GROOVE, lines=410, first="0.002717"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.name}-{case.task}")
def test_a_fixture_goes_all_the_way(case: Case, tmp_path: Path) -> None:
    published, home = tmp_path / "published", tmp_path / "homes" / case.name
    case.prepare(published / case.name, copy_fixture(published, case.name))
    about = get_dataset(case.name)
    with serving() as publisher:
        _download(about, published / case.name, home, publisher)
    clips = list_clips(case.task, tmp_path / "corpus", about, open_dataset(about, home))
    assert [(c.track_id, c.label, c.group, c.split) for c in clips] == case.expected
    assert all(Path(c.audio).is_relative_to(home) for c in clips)
    if case.lines:
        lines = Path(clips[0].annotation).read_text().splitlines()
        assert (len(lines), lines[0]) == (case.lines, case.first)
    task = get_task(case.task)
    examined = [examine(replace(clip, split="test"), task) for clip in clips]
    assert [one.fault for one in examined] == [""] * len(clips)
    train_and_score(clips, case.task, tmp_path / "features")


def _download(about: DataSet, published: Path, home: Path, publisher: Publisher) -> None:
    """Serve the files of a folder as one archive, with an index of their checksums, and fetch them into `home`."""
    dataset = open_dataset(about, home)
    index = published / "mirdata_index" / Path(dataset.index_path).name
    tracks = json.loads(index.read_text())["tracks"]
    files = {str(p.relative_to(published)): p.read_bytes() for p in published.rglob("*") if p.is_file() and p != index}
    there = {
        track: {kind: [name, md5(files[name])] if name in files else [None, None] for kind, (name, _) in kinds.items()}
        for track, kinds in tracks.items()
    }
    listing = json.dumps({"version": "made up", "tracks": there}).encode()
    publisher.files["/index.json"] = listing
    dataset._index_data = core.Index(index.name, f"{publisher.url}/index.json", md5(listing))
    dataset.remotes = {"all": publisher.remote("all.zip", zipped(files))}
    report = fetch(dataset, home, 0, "", lambda what: lambda done, total: None, partial=about.partial)
    assert report.files == len({name for kinds in there.values() for name, _ in kinds.values() if name})
    assert report.missing == 0 and not report.differing


def test_real_drum_annotations_are_read_by_the_mdb_loader() -> None:
    from ultralight_mir.corpora.loaders.mdb_drums import load_hits

    folder = FIXTURES.parent / "real" / "mdb_drums" / "annotations"
    if not folder.is_dir():
        pytest.skip("the real recordings are not beside the repository")
    for path in sorted(folder.glob("*.txt")):
        hits = load_hits(str(path))
        assert len(hits) == len(path.read_text().split()) // 2 > 10
        assert {label for _, label in hits} <= {"KD", "SD", "HH", "TT", "CY", "OT"}
