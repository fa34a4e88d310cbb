"""``pli migrate``: the database at the level of the program."""

from __future__ import annotations

import argparse

from pli.project.config import config
from pli.project.database import database_for, start_django


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None."""


def run(arguments: argparse.Namespace) -> int:
    """Apply the migrations that are missing; several machines may try at once, one does it."""
    with database_for(config()):
        start_django()
        from pli.project.preparation import migrate_alone

        migrate_alone()
    return 0
