import pytest
import torch
from recipes import recipe

from ultralight_mir.errors import InputError
from ultralight_mir.networks import build

RECIPE = recipe("harmonic_cnn", 264, 360, True, 160, {"width": 4})


@pytest.mark.parametrize("frames", [1, 2, 3, 4, 5, 50, 51])
def test_gives_a_row_a_frame_for_any_number_of_frames(frames):
    assert build(RECIPE, 0).eval()(torch.randn(2, frames, 264)).shape == (2, frames, 360)


def test_a_whole_tone_up_moves_the_logits_a_whole_tone_up():
    network = build(RECIPE, 0).eval()
    x = torch.zeros(1, 12, 264)
    x[:, :, 100:140] = torch.rand(1, 12, 40)
    with torch.no_grad():
        low, high = network(x), network(x.roll(6, dims=2))  # 36 bins an octave in, 60 out
    assert torch.allclose(high[..., 60:300], low[..., 50:290], atol=1e-5)
    assert low.std() > 0


def test_harmonics_of_a_pitch_come_to_lie_on_one_row():
    network = build(RECIPE, 0)
    x = torch.zeros(1, 1, 1, 264)
    x[..., [72, 72 + 36, 72 + 57, 72 + 72]] = 1.0  # fundamental, octave, twelfth, double octave
    stacked = network._harmonics(x)
    assert stacked.shape == (1, 8, 1, 216)
    assert stacked[0, 1:5, 0, 72].tolist() == [1.0] * 4 and stacked[0, 0, 0, 72] == 0.0
    assert stacked[0, 0, 0, 108] == 1.0  # the octave sees the fundamental half an octave number below


def test_every_branch_learns():
    network = build(RECIPE, 0)
    network(torch.randn(2, 20, 264)).square().mean().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in network.parameters() if p.ndim > 1)


def test_width_and_depth_are_options_and_shapes_are_checked():
    sizes = [sum(p.numel() for p in build(recipe("harmonic_cnn", 264, 360, True, 160, o), 0).parameters())
             for o in ({"width": 4}, {"width": 8}, {"width": 8, "depth": 3})]  # fmt: skip
    assert sizes == sorted(set(sizes))
    with pytest.raises(InputError, match="clip-wise"):
        build(recipe("harmonic_cnn", 264, 360, False, 160, {}), 0)
    with pytest.raises(InputError, match="multiple of 72"):
        build(recipe("harmonic_cnn", 264, 100, True, 160, {}), 0)
