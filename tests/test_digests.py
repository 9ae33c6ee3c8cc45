"""A sealed JSON tells of every cut, edit and flip, of itself and of the files beside it, in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ultralight_mir.digests import damages, read_sealed, write_sealed
from ultralight_mir.errors import InputError

CONTENT = {"format": 1, "rate": 0.1, "names": ["a", "é"], "none": None}


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    (tmp_path / "data.bin").write_bytes(bytes(range(256)))
    write_sealed(tmp_path / "thing.json", CONTENT, [tmp_path / "data.bin"])
    return tmp_path / "thing.json"


def test_what_was_written_is_read(sealed: Path) -> None:
    assert read_sealed(sealed, "data.bin", form=1) == CONTENT


def test_every_flipped_bit_of_a_file_is_seen(sealed: Path) -> None:
    whole = (sealed.parent / "data.bin").read_bytes()
    for place in range(0, len(whole), 17):
        (sealed.parent / "data.bin").write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(InputError, match=r"data\.bin: edited or damaged \(SHA-256 .*make it again with: snakemake"):
            read_sealed(sealed, "data.bin")


def test_a_cut_or_lost_file_is_seen(sealed: Path) -> None:
    (sealed.parent / "data.bin").write_bytes(b"")
    with pytest.raises(InputError, match=r"data\.bin: 0 bytes, expected 256 as when it was written; make it again"):
        read_sealed(sealed, "data.bin")
    (sealed.parent / "data.bin").unlink()
    with pytest.raises(InputError, match=r"data\.bin: no such file; make it again"):
        read_sealed(sealed, "data.bin")
    with pytest.raises(InputError, match=r"other\.bin: not sealed by the JSON file beside it"):
        read_sealed(sealed, "other.bin")


@pytest.mark.parametrize(
    "change", [{"rate": 0.2}, {"names": ["a"]}, {"more": 1}, {"digest": "0" * 64}, {"files": {}}, {"files": 3}]
)
def test_an_edited_json_is_seen(sealed: Path, change: dict[str, object]) -> None:
    sealed.write_text(json.dumps({**json.loads(sealed.read_text()), **change}))
    with pytest.raises(InputError, match=r"thing\.json: edited or damaged since it was written"):
        read_sealed(sealed)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "[" * 100_000, "\x00", '{"format": NaN}'])
def test_what_is_no_sealed_json_is_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "thing.json").write_text(text)
    with pytest.raises(InputError, match=r"thing\.json: ") as caught:
        read_sealed(tmp_path / "thing.json", form=1)
    assert "\n" not in str(caught.value)


def test_a_folder_or_nothing_in_its_place_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "folder.json").mkdir()
    for name in ("folder.json", "nothing.json"):
        with pytest.raises(InputError, match=rf"{name}: "):
            read_sealed(tmp_path / name)


def test_another_format_is_said_before_the_seal(sealed: Path) -> None:
    with pytest.raises(InputError, match=r"thing\.json: format 1, expected 2; make it again"):
        read_sealed(sealed, form=2)


def test_what_is_cut_in_a_folder_is_found_without_reading_what_is_whole(sealed: Path) -> None:
    folder = sealed.parent
    (folder / "plain.json").write_text("{}")
    assert list(damages(folder)) == []
    (folder / "data.bin").write_bytes(b"cut")
    (folder / "half.json").write_text('{"a": ')
    (folder / "edited.json").write_text(sealed.read_text().replace("0.1", "0.2"))
    found = {path.name: why for path, why in damages(folder)}
    assert set(found) == {"edited.json", "half.json", "thing.json"}
    assert found["thing.json"].endswith("data.bin: 3 bytes, expected 256 as when it was written")
    assert found["edited.json"].endswith("edited or damaged since it was written")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(st.dictionaries(st.text().filter(lambda key: key not in ("files", "digest")), VALUES, max_size=4))
def test_any_json_survives(tmp_path_factory: pytest.TempPathFactory, content: dict[str, object]) -> None:
    path = tmp_path_factory.mktemp("sealed") / "any.json"
    write_sealed(path, content)
    assert read_sealed(path) == content
