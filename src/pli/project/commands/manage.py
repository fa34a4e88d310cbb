"""``pli manage …``: Django's own commands."""

from __future__ import annotations

import argparse
import os

from pli.project.config import config
from pli.project.database import database_for

# These look at the code only; they need no database and start none.
_WITHOUT_DATABASE = {"makemigrations", "makemessages", "compilemessages", "check", "help", "version", "diffsettings"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """All that follows belongs to Django."""
    parser.add_argument("words", nargs=argparse.REMAINDER)


def run(arguments: argparse.Namespace) -> int:
    """Hand over to Django."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pli.project.settings")
    from django.core.management import execute_from_command_line

    words = ["pli manage", *arguments.words]
    if not arguments.words or arguments.words[0] in _WITHOUT_DATABASE:
        execute_from_command_line(words)
        return 0
    with database_for(config()):
        execute_from_command_line(words)
    return 0
