import pytest
import torch
from recipes import recipe

from ultralight_mir.errors import InputError
from ultralight_mir.networks import build


@pytest.mark.parametrize("samples", [160, 1601, 16_000])
@pytest.mark.parametrize("framewise", [False, True])
def test_gives_a_row_a_clip_or_a_frame(samples, framewise):
    network = build(recipe("waveform_cnn", 1, 10, framewise, 160, {"width": 2, "depth": 4}), 0).eval()
    expected = (2, samples // 160, 10) if framewise else (2, 10)
    assert network(torch.randn(2, samples)).shape == expected


def test_dilations_grow_and_width_and_depth_are_options():
    network = build(recipe("waveform_cnn", 1, 10, False, 160, {"width": 3, "depth": 5}), 0)
    convolutions = [layer[0] for layer in network.layers]
    assert [c.dilation[0] for c in convolutions] == [1, 2, 4, 8, 1]
    assert [c.out_channels for c in convolutions] == [3, 6, 6, 12, 12]
    with pytest.raises(InputError, match="at least one"):
        build(recipe("waveform_cnn", 1, 10, False, 160, {"depth": 0}), 0)


def test_hears_the_difference_between_two_tones():
    network = build(recipe("waveform_cnn", 1, 2, False, 160, {"width": 4, "depth": 4}), 0)
    time = torch.arange(4000) / 16_000
    tones = torch.stack([torch.sin(2 * torch.pi * f * time) for f in (300.0, 2400.0)])
    optimizer = torch.optim.Adam(network.parameters(), 1e-2)
    for _ in range(40):
        loss = torch.nn.functional.cross_entropy(network(tones), torch.tensor([0, 1]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.1
