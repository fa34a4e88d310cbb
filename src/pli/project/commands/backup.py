"""``pli backup FILE``: everything, in one file."""

from __future__ import annotations

import argparse
from pathlib import Path

from pli.project.config import config
from pli.project.database import database_for
from pli.project.speech import _, complain, write


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to."""
    parser.add_argument("file", type=Path, help=_("fichier à écrire (il contient les clés : gardez-le fermé)"))


def run(arguments: argparse.Namespace) -> int:
    """Back up, whether Pli runs or not; 1 when a document's bytes turn out to be damaged."""
    from pli.project.backup import back_up

    with database_for(config()) as url:
        tally = back_up(config().home, url, arguments.file.absolute())
    write(
        _("Sauvegarde faite : %(file)s (%(blobs)d fichiers de documents, %(size)d Mo).")
        % {"file": arguments.file, "blobs": tally.blobs, "size": tally.bytes // 1_000_000}
    )
    for name in tally.damaged:
        complain(_("Attention : le fichier %s ne correspond plus à son empreinte.") % name)
    return int(bool(tally.damaged))
