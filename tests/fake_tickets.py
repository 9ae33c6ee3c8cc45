"""Made-up tickets of a corpus in three folds, as training and scoring leave them.

Groups and tracks have the names that readers of tables like to lose.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from checkout import ROOT

from ultralight_mir import clips
from ultralight_mir.clips import Clip, write_clips
from ultralight_mir.config import resolve
from ultralight_mir.digests import FILES, SEAL, digest, write_sealed
from ultralight_mir.experiment import Experiment
from ultralight_mir.files import read_json, write_json, write_rows
from ultralight_mir.paths import TicketFolder
from ultralight_mir.records import SCORES, WIDTHS
from ultralight_mir.strategy import Strategy

GROUPS = {"NA": "None", "*": "None", "null": "NA", "nan": "c"}
LABELS = {"NA": "belt", "*": "trill", "null": "belt", "nan": "trillo"}
PARTS = {"None": 0, "NA": 1, "c": 2}
VALUES = {"NA": 1.0, "*": 0.0, "null": 0.5, "nan": 1.0}
WEIGHTS = {"NA": 1.0, "*": 3.0, "null": 2.0, "nan": 4.0}
STRATEGY = Strategy(
    name="trim", method="trim", criterion="random", scope="local", measure="macs", round_to=4, floor=2, rewind="2ep"
)


def write_tickets(home: Path) -> Experiment:
    """The experiment and all that its jobs leave before gathering; `home` is the working directory."""
    (home / "manifest.csv").write_text(
        "track_id,audio,label,group\n" + "".join(f"{t},x,y,{g}\n" for t, g in GROUPS.items())
    )
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    config["corpora"]["mine"] = {"kind": "manifest", "folder": ".", "folds": "leave-one-group-out"}
    config["corpora"]["further"] = {"kind": "manifest", "folder": "."}
    config["grid"] = {"tasks": ["singing"], "strategies": ["trim"], "removed": [0.5], "seeds": [0]}
    config["tasks"]["singing"] |= {"corpus": "mine", "test_corpora": ["further"]}
    whole = Experiment(resolve(config))
    for number, folder in enumerate(whole.tickets()):
        _ticket(folder, number // 2, trimmed=bool(number % 2))
    for name, split in (("mine", "fold-{}"), ("further", "test")):
        folder = whole.corpus_folders()[name, "singing"]
        rows = [Clip(t, t, "", LABELS[t], g, split.format(PARTS[g]), 900.0) for t, g in GROUPS.items()]
        write_clips(folder.path, rows)
        good = [{"track_id": c.track_id, "group": c.group, "split": c.split, "sha256": "0"} for c in rows]
        write_rows(folder.splits, clips.GOOD_COLUMNS, good, "\t")
        write_rows(folder.quality, clips.GOOD_COLUMNS, good)
        clips.seal(folder.path, "singing")
        _timing(folder.timing, "corpus", 0.5)
    for features in whole.feature_folders():
        _timing(features.timing, "features", 0.25)
    for early in whole.rewind_folders():
        _timing(early.timing, "rewind", 0.125)
    return whole


def _timing(path: Path, rule: str, seconds: float) -> None:
    write_json(path, {"rule": rule, "phases": {"optimizer": [seconds, 3.0]}})


def _ticket(folder: TicketFolder, fold: int, trimmed: bool) -> None:
    rung = {"rung": 1, "removed_target": 0.5, "removed": 0.5 + 0.01 * fold, "channels_removed": 0.3, "overshoot": 0.03}
    dense = {"rung": 0, "removed_target": 0.0, "removed": 0.0, "channels_removed": 0.0, "overshoot": 0.0}
    ticket = {"corpus": f"mine.fold-{fold}", "task": "singing", "seed": 0, "recipe": {"network": "timbre_cnn"}}
    strategy = STRATEGY.model_dump() if trimmed else None
    layer = {"layer": "first", "outputs": 8 + fold, "dense_outputs": 16, "weights": 9, "dense_weights": 9, "floored": 0}
    WIDTHS.write(folder.widths, [layer, {**layer, "layer": "a"}])
    ticket["validation"] = {"accuracy": 0.5 + 0.1 * fold, **({} if fold else {"macro_f1": 0.4})}
    write_sealed(folder.ticket, {**ticket, "strategy": strategy, **(rung if trimmed else dense)}, [folder.widths])
    for timing in (folder.timing, folder.evaluation_timing):
        _timing(timing, "dense", 2.0)
    scores = [_score("mine", t, VALUES[t] * (0.5 if trimmed else 1)) for t, g in GROUPS.items() if PARTS[g] == fold]
    scores += [_score("further", t, 0.1 * fold) for t in GROUPS]
    whole = {"level": "set", "track_id": "", "group": "", "metric": "macro_f1", "value": 0.9, "weight": 1.0}
    scores += [{"test_corpus": test, **whole} for test in ("mine", "further")]
    write_evaluation(folder, fold, scores)


def write_evaluation(folder: TicketFolder, fold: int, scores: list[dict[str, Any]]) -> None:
    costs = dict.fromkeys(("nonzero_parameters", "bytes"), 100)
    costs |= dict.fromkeys(("macs_per_second", "memory_traffic_bytes", "peak_activation_bytes"), 5.0)
    costs |= dict.fromkeys(("cpu_ratio", "cpu_ratio_low", "cpu_ratio_high"), 1.0)
    costs |= {"parameters": 100 + 10 * fold, "cpu_rtf": 0.1 * fold, "threads": 1, "machine": "m"}
    SCORES.write(folder.scores, scores)
    unscored = {"mine": {"hum": fold}, "further": {"hum": 3}}
    content = {"ticket": digest(folder.ticket), "costs": costs, "unscored": unscored}
    write_sealed(folder.evaluation, content, [folder.scores])


def _score(test: str, track: str, value: float) -> dict[str, Any]:
    row = {"test_corpus": test, "level": "clip", "track_id": track, "group": GROUPS[track], "metric": "accuracy"}
    return {**row, "value": value, "weight": WEIGHTS[track]}


def changed(path: Path, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """A sealed file with other content under a seal that fits, and fits the files beside it as they are now."""
    whole = read_json(path)
    content = {name: value for name, value in whole.items() if name not in (SEAL, FILES)}
    write_sealed(path, change(content), [path.parent / name for name in whole[FILES]])
