"""The command line. Each subcommand of the workflow is one of its arrows and can be called by hand.

Heavy imports stand inside the commands: a job imports only what it needs.
"""

from __future__ import annotations

from ultralight_mir.cli import corpora, embedded, reporting, tickets, training, workflow
from ultralight_mir.cli.options import app

__all__ = ["app", "corpora", "embedded", "reporting", "tickets", "training", "workflow"]
