"""What is wrong with a corpus is listed, left out or refused."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ultralight_mir import audio
from ultralight_mir.clips import Clip, read_good_clips, write_clips
from ultralight_mir.corpora import quality
from ultralight_mir.corpora.validation import validate
from ultralight_mir.errors import InputError
from ultralight_mir.files import read_rows
from ultralight_mir.tasks import get_task

RATE = 16_000
SPLITS = ("train", "train", "train", "train", "valid", "test")


def _noise(seed: int, seconds: float = 1.0) -> np.ndarray:
    """Bursts of noise, each clip its own."""
    random = np.random.default_rng(seed)
    steps = np.repeat(random.uniform(0.01, 0.3, 20), round(seconds * RATE / 20))
    return (steps * random.standard_normal(len(steps))).clip(-1, 1).astype(np.float32)


@pytest.fixture
def corpus(tmp_path: Path) -> list[Clip]:
    clips = []
    for number, split in enumerate(SPLITS):
        path, text = tmp_path / f"{number}.wav", tmp_path / f"{number}.txt"
        audio.write(path, _noise(number), RATE)
        text.write_text("0.1\n0.75\n")
        clips.append(Clip(f"c{number}", str(path), str(text), "flute", f"g{number}", split, 1.0))
    write_clips(tmp_path, clips)
    return clips


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _corrupt(path: Path) -> None:
    path.write_bytes(b"RIFF0000WAVEfmt and then nothing")


def _silence(path: Path) -> None:
    audio.write(path, np.zeros(RATE), RATE)


def _blink(path: Path) -> None:
    audio.write(path, _noise(0)[:800], RATE)


def _nan(path: Path) -> None:
    soundfile.write(path, np.full(RATE, np.nan, np.float32), RATE, subtype="FLOAT")


def _truncate(path: Path) -> None:
    audio.write(path, _noise(0)[: RATE // 2], RATE)


FAULTS = [
    (_empty, "not readable as audio"),
    (_corrupt, "not readable as audio"),
    (Path.unlink, "no such file"),
    (_silence, "silent"),
    (_blink, "0.050 s long, expected at least 0.1 s"),
    (_nan, "not finite numbers"),
    (_truncate, "ends after 0.500 s, expected 1.000 s"),
]


@pytest.mark.parametrize(("spoil", "fault"), FAULTS)
def test_a_bad_clip_is_listed_and_left_out(
    tmp_path: Path, corpus: list[Clip], spoil: Callable[[Path], None], fault: str
) -> None:
    spoil(Path(corpus[2].audio))
    validate(tmp_path, get_task("onset"), bad_clips=0.2)
    rows = read_rows(tmp_path / "quality.csv", quality.COLUMNS)
    assert [row["track_id"] for row in rows] == [clip.track_id for clip in corpus]
    assert [bool(row["fault"]) for row in rows] == [False, False, True, False, False, False]
    assert "2.wav" in rows[2]["fault"] and fault in rows[2]["fault"]
    assert [clip.track_id for clip in read_good_clips(tmp_path)] == ["c0", "c1", "c3", "c4", "c5"]


@pytest.mark.parametrize(
    ("task", "text", "fault"),
    [
        ("onset", "0.5\n0.2\n", "line 2: 0.2 s is out of order"),
        ("onset", "0.5\n1.5\n", "line 2: 1.5 s, expected at most 1.000 s"),
        ("drums", "0.5 XX\n", "class 'XX'"),
    ],
)
def test_a_bad_annotation_is_a_bad_clip(tmp_path: Path, corpus: list[Clip], task: str, text: str, fault: str) -> None:
    for clip in corpus:
        Path(clip.annotation).write_text("0.5 KD\n" if task == "drums" else "0.5\n")
    Path(corpus[0].annotation).write_text(text)
    validate(tmp_path, get_task(task), bad_clips=0.2)
    assert fault in read_rows(tmp_path / "quality.csv")[0]["fault"]
    assert "c0" not in {clip.track_id for clip in read_good_clips(tmp_path)}


@pytest.mark.parametrize(
    ("hertz", "fault"),
    [
        ("-440", "f0 of -440 Hz at 0.5 s, expected 0 (unvoiced) or 10 to 8000 Hz"),
        ("1e6", "f0 of 1e+06 Hz at 0.5 s"),
        ("0.001", "f0 of 0.001 Hz at 0.5 s"),
        ("0", ""),
        ("27.5", ""),
        ("8000", ""),
    ],
)
def test_an_f0_that_nobody_hears_is_a_fault(tmp_path: Path, corpus: list[Clip], hertz: str, fault: str) -> None:
    for clip in corpus:
        Path(clip.annotation).write_text("0.1,220\n")
    Path(corpus[0].annotation).write_text(f"0.1,220\n0.5,{hertz}\n")
    validate(tmp_path, get_task("pitch"), bad_clips=0.2)
    row = read_rows(tmp_path / "quality.csv")[0]
    assert row["fault"].startswith(f"{corpus[0].annotation}: {fault}" if fault else "") and bool(row["fault"]) == bool(
        fault
    )
    assert (corpus[0].track_id in {clip.track_id for clip in read_good_clips(tmp_path)}) == (not fault)


@pytest.mark.parametrize(
    ("task", "label", "fault"),
    [
        ("instrument", "kazoo", "label 'kazoo', expected one of clarinet, "),
        ("instrument", "Flute", "label 'Flute', expected one of clarinet, "),
        ("singing", "flute", "label 'flute', expected one of belt, "),
        ("instrument", "oboe", ""),
        ("instrument", "organ", ""),
        ("singing", "falsetto", ""),
        ("singing", "control", ""),
    ],
)
def test_a_label_that_nobody_knows_is_a_fault(
    tmp_path: Path, corpus: list[Clip], task: str, label: str, fault: str
) -> None:
    known = get_task(task).classes[0]
    write_clips(
        tmp_path, [replace(clip, annotation="", label=label if clip is corpus[0] else known) for clip in corpus]
    )
    validate(tmp_path, get_task(task), bad_clips=0.2)
    text = read_rows(tmp_path / "quality.csv")[0]["fault"]
    assert text.startswith(fault) and bool(text) == bool(fault)
    assert ("c0" in {clip.track_id for clip in read_good_clips(tmp_path)}) == (not fault)


@pytest.mark.parametrize("task", ["onset", "drums", "pitch", "chord"])
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(min_size=1, max_size=60))
def test_any_bytes_in_an_annotation_are_a_fault_or_an_annotation(corpus: list[Clip], task: str, content: bytes) -> None:
    Path(corpus[0].annotation).write_bytes(content)
    fault = quality.examine(corpus[0], get_task(task)).fault
    assert not fault or corpus[0].annotation in fault


@pytest.mark.parametrize("task", ["onset", "drums", "pitch", "chord", "instrument"])
def test_a_clip_that_is_not_annotated_at_all_is_a_bad_one(corpus: list[Clip], task: str) -> None:
    bare = replace(corpus[0], annotation="", label="")
    assert quality.examine(bare, get_task(task)).fault.startswith("clip 'c0': no ")


def test_one_of_six_is_more_than_two_percent(tmp_path: Path, corpus: list[Clip]) -> None:
    _silence(Path(corpus[2].audio))
    with pytest.raises(InputError) as caught:
        validate(tmp_path, get_task("onset"), bad_clips=0.02)
    said = str(caught.value)
    assert "1 of 6 clips are bad, expected at most 2 % (bad_clips): clip 'c2': " in said and "2.wav: silent" in said
    assert "\n" not in said
    assert not (tmp_path / "splits.tsv").exists()
    assert read_rows(tmp_path / "quality.csv")[2]["fault"]


def test_the_first_three_are_named_and_the_rest_counted(tmp_path: Path, corpus: list[Clip]) -> None:
    for clip in corpus[:5]:
        _silence(Path(clip.audio))
    with pytest.raises(InputError, match=r"5 of 6 .* clip 'c0': .* clip 'c1': .* clip 'c2': .*; and 2 more$"):
        validate(tmp_path, get_task("onset"), bad_clips=0.5)


@pytest.mark.parametrize(
    ("bad", "limit", "passes"), [(1, 1 / 6, True), (2, 1 / 6, False), (0, 0.0, True), (1, 0.0, False)]
)
def test_the_limit_itself_is_allowed(tmp_path: Path, corpus: list[Clip], bad: int, limit: float, passes: bool) -> None:
    for clip in corpus[:bad]:
        _silence(Path(clip.audio))
    if passes:
        validate(tmp_path, get_task("onset"), bad_clips=limit)
        assert len(read_good_clips(tmp_path)) == 6 - bad
    else:
        with pytest.raises(InputError, match="clips are bad"):
            validate(tmp_path, get_task("onset"), bad_clips=limit)


def test_a_split_with_no_good_clip_is_refused(tmp_path: Path, corpus: list[Clip]) -> None:
    _silence(Path(corpus[4].audio))
    with pytest.raises(InputError, match="every clip of split valid is bad: clip 'c4'"):
        validate(tmp_path, get_task("onset"), bad_clips=0.5)


def test_the_same_recording_resampled_and_coded_in_another_split_is_refused(tmp_path: Path, corpus: list[Clip]) -> None:
    copy = audio.resampled(0.3 * _noise(1), RATE, 44_100)
    other = tmp_path / "other-name.ogg"
    soundfile.write(other, np.stack([copy, copy], axis=1), 44_100, format="OGG")
    write_clips(tmp_path, [*corpus[:5], Clip("d", str(other), corpus[5].annotation, "", "elsewhere", "test", 1.0)])
    with pytest.raises(InputError) as caught:
        validate(tmp_path, get_task("onset"), bad_clips=0.0)
    said = str(caught.value)
    assert "the same recording is in two splits: clip 'c1' (train) and clip 'd' (test)" in said
    assert "1.wav" in said and "other-name.ogg" in said
    assert not (tmp_path / "splits.tsv").exists()


def test_identical_bytes_in_another_split_are_refused(tmp_path: Path, corpus: list[Clip]) -> None:
    Path(corpus[5].audio).write_bytes(Path(corpus[0].audio).read_bytes())
    with pytest.raises(InputError, match=r"the same content is in two splits: clip 'c0' .train. and clip 'c5' .test."):
        validate(tmp_path, get_task("onset"), bad_clips=0.0)


def test_a_copy_within_a_split_is_no_leak(tmp_path: Path, corpus: list[Clip]) -> None:
    Path(corpus[1].audio).write_bytes(Path(corpus[0].audio).read_bytes())
    validate(tmp_path, get_task("onset"), bad_clips=0.0)
    assert len(read_good_clips(tmp_path)) == 6


def test_every_recording_is_read_once(tmp_path: Path, corpus: list[Clip], monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    whole = Path.read_bytes

    def counted(path: Path) -> bytes:
        opened.append(path.name)
        return whole(path)

    monkeypatch.setattr(Path, "read_bytes", counted)
    validate(tmp_path, get_task("onset"), bad_clips=0.0)
    assert sorted(opened) == [f"{number}.wav" for number in range(6)]


def test_quality_tells_level_clipping_silence_and_what_is_annotated(tmp_path: Path, corpus: list[Clip]) -> None:
    samples = np.concatenate([np.zeros(4160), 0.5 * np.sin(np.arange(7680)), np.zeros(4160)])  # blocks of 320
    samples[RATE // 2 : RATE // 2 + 160] = 1.0
    audio.write(Path(corpus[0].audio), samples, RATE)
    row = quality.examine(corpus[0], get_task("onset")).row
    assert row["silent"] == "0.5200" and row["clipped"] == "0.010000" and float(str(row["peak_db"])) > -0.01
    assert (row["annotated_from"], row["annotated_to"], row["fault"]) == ("0.100", "0.750", "")
    word = quality.examine(corpus[0], get_task("instrument")).row
    assert (word["annotated_from"], word["annotated_to"]) == ("", "")


def test_clipping_is_seen_before_the_channels_are_mixed(tmp_path: Path, corpus: list[Clip]) -> None:
    both = np.stack([np.ones(RATE), 0.1 * np.sin(np.arange(RATE))], axis=1)
    soundfile.write(corpus[0].audio, both, RATE)
    assert quality.examine(corpus[0], get_task("instrument")).row["clipped"] == "0.500000"


@pytest.mark.parametrize(
    ("task", "text", "span"),
    [
        ("chord", "0.0 0.4 C:maj\n0.4 0.9 N\n", ("0.000", "0.900")),
        ("pitch", "0.05,220\n0.5,0\n", ("0.050", "0.500")),
        ("pitch", "", ("", "")),
        ("drums", "0.2 HH\n0.3 KD\n0.9 CY\n", ("0.200", "0.300")),
        ("drums", "0.9 CY\n", ("", "")),
        ("onset", "", ("", "")),
    ],
)
def test_the_span_of_every_kind_of_annotation(corpus: list[Clip], task: str, text: str, span: tuple[str, str]) -> None:
    Path(corpus[0].annotation).write_text(text)
    row = quality.examine(corpus[0], get_task(task)).row
    assert (row["annotated_from"], row["annotated_to"]) == span and not row["fault"]
