from itertools import pairwise

import numpy as np
import pytest
from synthetic_clips import no_group_crosses, of_every_split

from ultralight_mir.corpora.synthetic import excerpts
from ultralight_mir.corpora.synthetic.drum_patterns import FASTEST, FILLS, KEEPERS, LIKELY, LOUD, STYLES, Hit, play
from ultralight_mir.corpora.synthetic.drum_sounds import ROLES, Shot, choose, mix, recorded
from ultralight_mir.corpora.synthetic.drum_synthesis import SYNTHESES
from ultralight_mir.corpora.synthetic.drums import DURATION, annotation
from ultralight_mir.corpora.synthetic.excerpt import Excerpt
from ultralight_mir.corpora.synthetic.kits import shots
from ultralight_mir.corpora.synthetic.midi import SAMPLE_RATE

CLASSES = {"KD", "SD", "HH", "TT", "CY", "OT"}


@pytest.fixture(scope="module")
def made() -> dict[str, list[Excerpt]]:
    return of_every_split("drums", 20, 3)


@pytest.fixture(scope="module")
def clips(made: dict[str, list[Excerpt]]) -> list[Excerpt]:
    return [clip for part in made.values() for clip in part]


def rows(clip: Excerpt) -> list[tuple[float, str]]:
    cells = [line.split("\t") for line in clip.annotation.splitlines()]
    return [(float(time), label) for time, label in cells]


def test_hits_are_in_order_inside_the_clip_and_of_known_classes(clips: list[Excerpt]) -> None:
    for clip in clips:
        times = [time for time, _ in rows(clip)]
        assert times == sorted(times)
        assert all(0.0 <= time < DURATION for time in times)
        assert {label for _, label in rows(clip)} <= CLASSES
        assert len(clip.samples) == round(DURATION * SAMPLE_RATE)
        assert 0.01 < np.abs(clip.samples).max() <= 1.0


def test_every_split_has_every_class_that_is_asked_for(made: dict[str, list[Excerpt]]) -> None:
    for clips in made.values():
        found = {label for clip in clips for _, label in rows(clip)}
        assert {"KD", "SD", "HH"} <= found


def test_no_group_crosses_a_split(made: dict[str, list[Excerpt]]) -> None:
    assert no_group_crosses(made)


def test_the_same_seed_gives_the_same_bytes(clips: list[Excerpt]) -> None:
    again = next(excerpts("drums", "train", 1, 3))
    assert again.annotation == clips[0].annotation
    assert np.array_equal(again.samples, clips[0].samples)


def test_every_percussion_key_of_general_midi_has_a_role() -> None:
    assert {key for role in ROLES.values() for key in role.keys} >= set(range(27, 88))
    assert {role.label for role in ROLES.values()} == CLASSES
    assert {name for role in ROLES.values() for name in role.syntheses} <= set(SYNTHESES)


@pytest.mark.parametrize("style", STYLES)
def test_a_style_is_well_formed(style: str) -> None:
    lines, beats = STYLES[style].lines, STYLES[style].beats
    lengths = {len(line) for line in lines.values()}
    assert len(lengths) == 1
    assert lengths.pop() % beats == 0
    assert set(lines) - {"time"} <= set(ROLES)
    assert set("".join(lines.values())) <= set(LIKELY)
    assert set(LOUD) | {"."} == set(LIKELY)


def test_who_keeps_time_and_who_fills_have_sounds() -> None:
    assert set(KEEPERS) - {"none"} <= set(ROLES)
    assert set(FILLS) <= set(ROLES)
    assert sum(KEEPERS.values()) == pytest.approx(1.0)


def test_played_hits_of_one_role_are_apart_and_in_range() -> None:
    random = np.random.default_rng(0)
    for _ in range(50):
        hits, beat = play(6.0, random)
        assert 0.2 < beat < 1.3
        assert all(0.0 <= hit.time < 5.95 and 0.0 < hit.velocity <= 1.0 for hit in hits)
        for role in {hit.role for hit in hits}:
            times = [hit.time for hit in hits if hit.role == role]
            assert all(b - a >= FASTEST for a, b in pairwise(times))


@pytest.mark.parametrize("role", ROLES)
def test_a_hit_sounds_when_the_annotation_says(role: str) -> None:
    """A fifth of the peak is reached within 25 ms of the hit (pedal and shakers start softly), none before."""
    random = np.random.default_rng(1)
    for split in ("train", "valid", "test") * 3:
        sound = choose(role, shots(role, split), random)
        track = np.abs(mix([Hit(0.5, role, 0.9)], {role: sound}, 1.0, random))
        begin = round(0.5 * SAMPLE_RATE)
        assert track[:begin].max() == 0.0
        assert np.argmax(track >= 0.2 * track.max()) - begin < 0.025 * SAMPLE_RATE


def test_soft_strokes_are_softer() -> None:
    random = np.random.default_rng(1)
    sound = choose("snare", [Shot(0, 38)], random)
    soft, loud = (np.abs(sound.hit(velocity, random)).max() for velocity in (0.3, 1.0))
    assert 4.0 < loud / soft < 12.0


def test_a_closed_hi_hat_ends_an_open_one() -> None:
    random = np.random.default_rng(2)
    sounds = {"open": choose("open", [Shot(0, 46)], random), "closed": choose("closed", [Shot(0, 42)], random)}
    alone = mix([Hit(0.0, "open", 1.0)], sounds, 1.0, np.random.default_rng(0))
    choked = mix([Hit(0.0, "open", 1.0), Hit(0.1, "closed", 1e-6)], sounds, 1.0, np.random.default_rng(0))
    assert np.abs(alone[round(0.12 * SAMPLE_RATE) :]).max() > 100 * np.abs(choked[round(0.12 * SAMPLE_RATE) :]).max()


def test_a_hit_at_the_very_end_is_cut() -> None:
    random = np.random.default_rng(0)
    sounds = {"crash": choose("crash", [Shot(0, 49)], random)}
    assert len(mix([Hit(0.999, "crash", 1.0)], sounds, 1.0, random)) == SAMPLE_RATE


def test_two_roles_of_one_class_at_once_are_annotated_once() -> None:
    hits = [Hit(1.0, "closed", 1.0), Hit(1.01, "pedal", 1.0), Hit(1.01, "snare", 1.0), Hit(1.1, "open", 1.0)]
    assert annotation(hits) == "1.000000\tHH\n1.010000\tSD\n1.100000\tHH\n"


def test_snares_of_the_font_ring() -> None:
    """A renderer that plays one zone a key leaves a click of 5 ms of them."""
    for kit in (0, 8, 16, 24):
        assert len(recorded(Shot(kit, 38))) > 0.1 * SAMPLE_RATE


@pytest.mark.parametrize("name", SYNTHESES)
def test_synthesised_drums_differ_and_are_sound(name: str) -> None:
    random = np.random.default_rng(0)
    made = [SYNTHESES[name](random) for _ in range(4)]
    assert len({samples.tobytes() for samples in made}) == 4
    for samples in made:
        assert np.isfinite(samples).all()
        assert np.abs(samples).max() == pytest.approx(1.0, abs=1e-3)
        assert samples.dtype == np.float32
