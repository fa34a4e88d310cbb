"""``pli prepare``: migrations, served files, first-start steps. ``pli serve`` runs it before anything serves."""

from __future__ import annotations

import argparse

from pli.project.config import config
from pli.project.database import database_for, start_django
from pli.project.speech import _, write


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whether this is a demonstration."""
    parser.add_argument("--demonstration", action="store_true", help=_("crée une entreprise de démonstration"))


def run(arguments: argparse.Namespace) -> int:
    """Bring this installation to the level of the program; safe to run at any moment, by several machines at once."""
    with database_for(config()):
        start_django()
        from pli.project.first_start import run_first_start
        from pli.project.preparation import collect_static, migrate_alone

        migrate_alone()
        if collect_static():
            write(_("fichiers servis : à jour"))
        for name in run_first_start(config().home, demonstration=arguments.demonstration):
            write(_("étape faite : %s") % name)
    return 0
