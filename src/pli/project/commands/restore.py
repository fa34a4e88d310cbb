"""``pli restore FILE``: everything back, in an empty PLI_HOME, every file verified."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from pli.project.config import config
from pli.project.database import database_for
from pli.project.faults import UnableToRestore
from pli.project.home import make_home
from pli.project.speech import _, complain, write


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What from."""
    parser.add_argument("file", type=Path, help=_("fichier écrit par « pli backup »"))


def run(arguments: argparse.Namespace) -> int:
    """Restore; 1 when bytes are missing or damaged, each named."""
    from pli.project.backup import is_empty_home, load_database, missing_blobs, unpack

    settings = config()
    if not is_empty_home(settings.home):
        raise UnableToRestore(reason=_("%s n’est pas vide") % settings.home)
    make_home(settings.home)
    with tempfile.TemporaryDirectory(dir=settings.home / "run") as folder:
        dump = Path(folder) / "database.dump"
        tally = unpack(arguments.file, settings.home, dump)
        with database_for(settings) as url:
            load_database(dump, url)
            missing = missing_blobs(settings.home, url)
    write(
        _("Restauration faite dans %(home)s : %(blobs)d fichiers de documents vérifiés.")
        % {"home": settings.home, "blobs": tally.blobs}
    )
    for name in [*tally.damaged, *missing]:
        complain(_("Attention : le fichier %s manque ou ne correspond pas à son empreinte.") % name)
    return int(bool(tally.damaged or missing))
