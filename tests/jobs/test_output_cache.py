"""What was made by other code or from other recordings is not taken for the same; nor is what is damaged kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from ultralight_mir.digests import read_sealed, write_sealed
from ultralight_mir.errors import InputError
from ultralight_mir.jobs.launch import _prepare
from ultralight_mir.jobs.output_cache import VARIABLE, place


def test_a_place_for_what_makes_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    module, recordings, shared = tmp_path / "mine_of_output_cache.py", tmp_path / "recordings", tmp_path / "shared"
    shared.mkdir(mode=0o750)

    def now() -> Path:
        return place({VARIABLE: str(shared)}, [module.stem], [recordings])

    def write(path: Path, text: str) -> Path:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return now()

    places = [write(module, "class Net: ..."), write(recordings / "a.wav", "a"), write(recordings / "a.wav", "ab")]
    places += [write(recordings / "b.wav", "b"), write(module, "class Net: pass")]
    assert len(set(places)) == len(places), "another module, or other recordings"
    assert now() == places[-1] == place({VARIABLE: str(now())}, [module.stem], [recordings]), "the same, and not within"
    assert places[0].parent == shared and places[0].stat().st_mode == shared.stat().st_mode, "as open to others"
    assert place({VARIABLE: str(shared)}, [], []) not in places


@pytest.mark.parametrize("value", ["", "shared", "/nowhere/shared"])
def test_no_folder_to_share_is_one_line(value: str) -> None:
    with pytest.raises(InputError, match=rf"^--cache: {VARIABLE} is '.*', expected the absolute path of a folder"):
        place({VARIABLE: value} if value else {}, [], [])


def test_what_is_damaged_is_made_anew_for_all(tmp_path: Path) -> None:
    shared, here = tmp_path / "shared", tmp_path / "here"
    shared.mkdir()
    (shared / "weights").write_text("whole")
    write_sealed(shared / "ticket.json", {}, [shared / "weights"])
    (here / "results").mkdir(parents=True)
    for name in ("ticket.json", "weights"):
        (here / "results" / name).symlink_to(shared / name)
    assert _prepare(here) == []
    (shared / "weights").write_text("whale")
    with pytest.raises(InputError, match=rf"before, delete {shared / 'weights'}: others share it"):
        read_sealed(here / "results/ticket.json", "weights")
    (shared / "weights").write_text("cut")
    assert _prepare(here) == ["--forcerun", "results/ticket.json"]
    assert not (shared / "ticket.json").exists(), "else it would be taken from there again"
