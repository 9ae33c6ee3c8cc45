"""A convolutional recurrent network: convolutions for what sounds, a bidirectional GRU for what surrounds it.

After Vogl, Dorfer, Widmer & Knees, *Drum transcription via joint beat and drum modeling using convolutional recurrent
neural networks* (ISMIR 2017), and McFee & Bello, *Structured training for large-vocabulary chord recognition*
(ISMIR 2017). It serves any spectral feature at any frame rate: drums and onsets on log-mel, chords on a constant-Q.
"""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn


class Crnn(nn.Module):
    """Spectrogram `[batch, frames, bins]` → logits `[batch, frames, outputs]`.

    Args:
        bins: of the input, at least 8.
        outputs: classes.
        framewise: False averages the logits over time.
        hop: samples a frame; not used.
        width: channels of the first block; the second and third have twice as many.
        hidden: of the GRU, in each direction; 0 takes 4 · `width`.
        layers: of the GRU.
    """

    kind: ClassVar[str] = "spectral"

    def __init__(
        self,
        bins: int,
        outputs: int,
        framewise: bool,
        hop: int,
        width: int = 12,
        hidden: int = 0,
        layers: int = 1,
    ) -> None:
        super().__init__()
        self.framewise = framewise
        self.norm = nn.BatchNorm1d(bins)
        self.local = nn.Sequential(_local(1, width), _local(width, 2 * width), _local(2 * width, 2 * width))
        rows = -(-bins // 8)
        units = hidden or 4 * width
        self.recurrent = nn.GRU(2 * width * rows, units, layers, batch_first=True, bidirectional=True)
        self.classify = nn.Linear(2 * units, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Spectrogram `[batch, frames, bins]` → logits `[batch, frames, outputs]` (or `[batch, outputs]`)."""
        x = self.norm(x.transpose(1, 2)).transpose(1, 2)
        x = self.local(x[:, None])
        x = x.permute(0, 2, 1, 3).flatten(2)
        x, _ = self.recurrent(x)
        logits: Tensor = self.classify(x)
        return logits if self.framewise else logits.mean(dim=1)


def _local(inputs: int, outputs: int) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, 3, stride=(1, 2), padding=1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU())
