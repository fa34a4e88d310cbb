"""``pli serve``: everything, in the foreground."""

from __future__ import annotations

import argparse

from pli.project.config import config
from pli.project.speech import _


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument("--demonstration", action="store_true", help=_("crée une entreprise de démonstration"))


def run(arguments: argparse.Namespace) -> int:
    """Serve until Ctrl-C or SIGTERM."""
    from pli.project.supervisor import serve

    return serve(config(), demonstration=arguments.demonstration)
