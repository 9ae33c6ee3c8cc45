"""The whole workflow, and what its configs may hold."""

from __future__ import annotations

import typer

from ultralight_mir.cli.options import app


@app.command()
def schema() -> None:
    """Print the JSON Schema of a config (YAML)."""
    from ultralight_mir.config import schema as render

    typer.echo(render(), nl=False)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def run(context: typer.Context) -> None:
    """Run the workflow (arguments go to snakemake), going on where a killed run stopped."""
    from ultralight_mir.jobs.launch import launch
    from ultralight_mir.jobs.warm_server import COMMANDS

    raise typer.Exit(launch(context.args, COMMANDS))
