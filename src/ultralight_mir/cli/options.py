"""What several commands take, and the app that they belong to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ultralight_mir.jobs.machine import DEVICE_VARIABLE
from ultralight_mir.jobs.timing import Clock
from ultralight_mir.tasks import TASKS
from ultralight_mir.tickets import SIZES

if TYPE_CHECKING:
    import torch

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Trim music-information-retrieval networks by lottery tickets: how small before it gets worse?",
)

Settings = Annotated[str, typer.Option(help="Settings as a JSON object, as the workflow passes them.")]
Threads = Annotated[int, typer.Option(min=1, help="Threads that torch may use.")]
TaskName = Annotated[str, typer.Argument(help=f"{', '.join(TASKS)}, or module:Class for one of your own.")]
OutFolder = Annotated[Path, typer.Argument(help="Folder to write into.")]
Fold = Annotated[int | None, typer.Option(min=0, help="Of a corpus cut into folds: which one.")]
DEVICES = "cpu, cuda, cuda:1, mps, or auto: cuda if there is one"
Device = Annotated[str, typer.Option(envvar=DEVICE_VARIABLE, help=f"Where torch computes: {DEVICES}.")]
Trusted = Annotated[
    list[str] | None,
    typer.Option("--trust", help="Somebody's own module:Name that a ticket may name; its code is run. Several times."),
]
Calibrate = Annotated[
    str,
    typer.Option(
        metavar="FEATURES",
        help="For int8: features of the corpus that the ticket was trained on; or 'synthetic', to have clips of the"
        " embedded corpus synthesised.",
    ),
]
PackagedTask = Annotated[
    str, typer.Option("--task", help="A ticket that comes with the package, instead (see `tickets`).")
]
PackagedSize = Annotated[str, typer.Option("--size", help=f"With --task: {', '.join(SIZES)}.")]
DenseFolder = Annotated[Path, typer.Argument(help="Folder that `train` wrote.")]
FeaturesFolder = Annotated[Path, typer.Argument(help="Folder that `features` wrote.")]


def begin(threads: int, device: str) -> tuple[Clock, torch.device]:
    """The clock of a job that trains or scores, and the device that it works on."""
    from ultralight_mir.jobs.torch_setup import prepare

    return Clock(), prepare(threads, device)
