"""Which device a job computes on: as it is told, by an option or the environment, and what results say of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from ultralight_mir.cli import app
from ultralight_mir.errors import InputError
from ultralight_mir.jobs import torch_setup
from ultralight_mir.jobs.machine import DEVICE_VARIABLE
from ultralight_mir.jobs.resources import gpus
from ultralight_mir.jobs.torch_setup import CPU, find_device, name_of

GPU = torch.cuda.is_available()


def test_auto_is_the_gpu_where_there_is_one() -> None:
    assert find_device("auto").type == ("cuda" if GPU else "cpu")
    assert name_of(CPU) == "cpu"


@pytest.mark.skipif(GPU, reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_one_line() -> None:
    with pytest.raises(InputError) as caught:
        find_device("cuda")
    assert re.fullmatch(r"device 'cuda': cannot be used \(.+\), expected cpu, auto, or cuda .+", str(caught.value))


@pytest.mark.parametrize("command", ["train", "rewind", "rung"])
def test_jobs_that_train_are_told_by_the_environment(command: str, tmp_path: Path) -> None:
    folders = [str(tmp_path / name) for name in "abcd"[: {"train": 2, "rewind": 3, "rung": 4}[command]]]
    needed = {"train": ["--settings", "{}"], "rewind": ["--step", "1it"]}
    options = needed.get(command, ["--settings", "{}", "--removed", "0.5"])
    done = CliRunner().invoke(app, [command, *folders, *options], env={DEVICE_VARIABLE: "abacus"})
    assert isinstance(done.exception, InputError) and "device 'abacus': cannot be used" in str(done.exception)


def test_tickets_are_scored_alike_wherever_they_were_trained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(torch_setup, "prepare", lambda threads, device: told.append(device))
    arguments = ["evaluate", str(tmp_path / "ticket"), "--features", str(tmp_path / "features")]
    done = CliRunner().invoke(app, arguments, env={DEVICE_VARIABLE: "abacus"})
    assert isinstance(done.exception, InputError) and told == ["cpu"]


@pytest.mark.parametrize(("told", "asked"), [(None, 0), ("cpu", 0), ("cuda", 1), ("auto", 1)])
def test_training_asks_for_a_gpu_where_it_may_use_one(told: str | None, asked: int) -> None:
    assert gpus({} if told is None else {DEVICE_VARIABLE: told}) == asked
