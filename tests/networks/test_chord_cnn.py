import pytest
import torch

from ultralight_mir.networks.chord_cnn import CONTEXT, ChordCnn


def network(**options: int) -> ChordCnn:
    torch.manual_seed(0)
    return ChordCnn(bins=48, outputs=25, framewise=True, hop=1, **{"width": 4, **options}).eval()


@pytest.mark.parametrize("frames", [1, 7, 100])
def test_as_many_frames_out_as_in(frames: int) -> None:
    assert network()(torch.randn(2, frames, 48)).shape == (2, frames, 25)


def test_clip_wise_gives_one_row() -> None:
    clip_wise = ChordCnn(bins=48, outputs=9, framewise=False, hop=1, width=4)
    assert clip_wise(torch.randn(2, 30, 48)).shape == (2, 9)


@pytest.mark.parametrize("depth", [2, 3, 6])
def test_a_frame_sees_15_frames_and_no_more(depth: int) -> None:
    x = torch.randn(1, 61, 48, requires_grad=True)
    network(depth=depth)(x)[0, 30].sum().backward()
    assert x.grad is not None
    seen = torch.nonzero(x.grad[0].abs().sum(dim=1)).flatten()
    assert seen.min() >= 30 - CONTEXT // 2 and seen.max() <= 30 + CONTEXT // 2
    assert seen.max() - seen.min() + 1 >= CONTEXT - 2


def test_width_sets_the_size() -> None:
    sizes = [sum(p.numel() for p in network(width=w).parameters()) for w in (4, 8)]
    assert 2.5 < sizes[1] / sizes[0] < 4.0


@pytest.mark.parametrize("depth", [1, 7])
def test_an_impossible_depth_is_refused(depth: int) -> None:
    with pytest.raises(ValueError, match="depth"):
        network(depth=depth)
