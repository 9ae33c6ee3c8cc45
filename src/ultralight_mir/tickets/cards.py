"""What a ticket is worth, on its card."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from ultralight_mir.files import read_json
from ultralight_mir.settings import Settings
from ultralight_mir.tickets import CARD


class Score(Settings):
    """What a ticket scores on a test corpus, in the metric's unit.

    Attributes:
        recordings: whether the corpus is of recordings (else it is synthesised).
        score: of this ticket.
        mean, low, high: of this strategy's trainings, `seeds` of them, with the 95 % interval over them and the clips.
        dense: mean of the dense networks.
    """

    corpus: str
    recordings: bool
    metric: str
    unit: str
    score: float
    mean: float
    low: float | None
    high: float | None
    seeds: int = Field(ge=1)
    clips: int = Field(ge=1)
    dense: float


class Card(Settings):
    """What a ticket is worth, for people and programs.

    Attributes:
        macs_per_second: multiply-accumulates a second of audio, without the front end.
        removed: fraction of the dense network's parameters that is gone.
        seed: the training that this ticket is of.
        corpus, training_clips: what it was trained on.
        delay_ms: from a frame's centre (of clips: a window's first frame's) until its C tells of it, at most; None
            where no C was made of it.
        limits: what it does not do.
        commit: of the source that it was trained with, "" where that is not known.
    """

    format: Literal[1] = 1
    task: str
    classes: list[str]
    network: str
    strategy: str
    removed: float
    seed: int
    parameters: int
    bytes: int
    macs_per_second: float
    dense_parameters: int
    dense_macs_per_second: float
    thresholds: dict[str, float]
    corpus: str
    training_clips: int
    scores: list[Score]
    delay_ms: float | None = None
    limits: str
    licence: str
    commit: str

    def markdown(self, title: str) -> str:
        """The card as text."""
        classes = f"\n- classes: {', '.join(self.classes)}" if self.classes else ""
        thresholds = ", ".join(f"{name} {value:g}" for name, value in self.thresholds.items()) or "none"
        macs, dense_macs = (
            f"{value / 1e6:.3g} million" for value in (self.macs_per_second, self.dense_macs_per_second)
        )
        delay = "" if self.delay_ms is None else f"\n- delay, as C that listens: {self.delay_ms:,.0f} ms at most"
        lines = [
            f"# {title}",
            "",
            f"- task: {self.task}{classes}",
            f"- size: {self.parameters:,} parameters, {self.bytes:,} bytes, {macs} MACs a second of audio"
            f" (dense: {self.dense_parameters:,} parameters, {dense_macs})",
            f"- made by: {self.network}, {self.strategy}, {100 * self.removed:.1f} % of the parameters removed",
            f"- trained on: {self.training_clips:,} clips of the {self.corpus} corpus, seed {self.seed}",
            f"- thresholds, chosen on validation clips: {thresholds}{delay}",
            f"- licence: {self.licence}",
            f"- limits: {self.limits}",
            "",
            "| tested on | metric | this ticket | its strategy (95 % interval) | trainings | clips | dense |",
            "| :-- | :-- | --: | --: | --: | --: | --: |",
        ]
        for score in self.scores:
            interval = "" if score.low is None or score.high is None else f" ({score.low:.1f} … {score.high:.1f})"
            cells = (
                f"{score.corpus}{' (recordings)' if score.recordings else ''}",
                f"{score.metric} ({score.unit})",
                f"{score.score:.1f}",
                f"{score.mean:.1f}{interval}",
                f"{score.seeds}",
                f"{score.clips:,}",
                f"{score.dense:.1f}",
            )
            lines.append(f"| {' | '.join(cells)} |")
        return "\n".join(lines) + "\n"


def read_card(folder: Path) -> Card:
    """The card of a ticket's folder.

    Raises:
        InputError: it is missing or not whole.
    """
    return Card.read(read_json(folder / CARD), str(folder / CARD))
