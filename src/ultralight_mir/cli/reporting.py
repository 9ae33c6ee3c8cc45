"""From tickets to tables, figures and the page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ultralight_mir.cli.options import OutFolder, app


@app.command()
def results(
    root: Annotated[Path, typer.Argument(help="The results folder.")],
    config: Annotated[str, typer.Option(help="The experiment's config as a JSON object.")],
) -> None:
    """Gather the scores and costs of all tickets into results.csv, costs.csv and what stands beside them."""
    from ultralight_mir import results as gather
    from ultralight_mir.config import Config
    from ultralight_mir.experiment import Experiment

    gather.write_all(Experiment(Config.read_json(config, "--config"), root))


@app.command()
def report(
    root: Annotated[Path, typer.Argument(help="The results folder.")],
    folder: Annotated[Path, typer.Argument(help="The reports folder.")],
    figure: Annotated[
        list[str] | None, typer.Option(help="A figure of your own beside the others, module:Name; several times.")
    ] = None,
    threads: Annotated[int, typer.Option(min=1, help="Figures drawn at a time.")] = 1,
) -> None:
    """Draw the figures, write the tables and the page, from the gathered results alone."""
    from ultralight_mir.report import page

    page.render(root, folder, threads, figure or ())


@app.command()
def join(
    pieces: Annotated[list[Path], typer.Argument(help="Results folders of one experiment.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write.")],
    compact: Annotated[
        bool, typer.Option(help="Keep of clip scores only what intervals are computed from, compressed.")
    ] = False,
) -> None:
    """Join results folders that are pieces of one experiment: other tasks, other seeds or other strategies."""
    from ultralight_mir import join as joining

    joining.join(pieces, out, compact)


@app.command()
def figures(
    root: Annotated[Path, typer.Argument(help="The results folder.")],
    folder: OutFolder,
    only: Annotated[list[str] | None, typer.Option(help="A figure to draw, without the others; several times.")] = None,
    form: Annotated[
        list[str] | None, typer.Option(help="svg, pdf, png, or csv (its data); several times (default: all).")
    ] = None,
) -> None:
    """Draw the figures alone, from the gathered results."""
    from ultralight_mir.report import figures as drawing
    from ultralight_mir.report.analysis import Analysis

    drawing.draw(Analysis.read(root), folder, only=only or (), forms=form or ())


@app.command()
def verdicts(
    root: Annotated[Path, typer.Argument(help="The results folder.")],
    into: Annotated[
        Path | None, typer.Option(help="A Markdown file to write them into, between its two comments.")
    ] = None,
    brief: Annotated[bool, typer.Option("--brief", help="A row a task, and what matters in words.")] = False,
) -> None:
    """Print what the results show of the paper's claims, task by task (Markdown)."""
    from ultralight_mir.report import verdicts as telling
    from ultralight_mir.report.analysis import Analysis

    text = telling.markdown(Analysis.read(root), brief)
    if into is None:
        typer.echo(text, nl=False)
    else:
        telling.put(into, text)
