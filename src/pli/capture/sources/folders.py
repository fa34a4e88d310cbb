"""Where a watched folder stands: Pli's own under ``PLI_HOME/inbox``, or one the server's administrator opened."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from uuid import UUID

from django.conf import settings

from pli.capture.errors import FolderRefused
from pli.capture.models import InputSource
from pli.capture.sources.options import FolderOptions, read_options
from pli.capture.states import SourceKind
from pli.parties.api import Organisation

DONE, REFUSED = "done", "refused"


def name_folder(name: str, source_id: UUID) -> str:
    """The name of Pli's own folder for a source."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40] or "source"
    return f"{stem}-{source_id.hex[-6:]}"


def folder_of(source: InputSource) -> Path:
    """The folder a source watches."""
    options = read_options(FolderOptions, source.options)
    return Path(options.path) if options.path else inbox() / options.folder


def inbox() -> Path:
    """Where Pli's own watched folders stand."""
    return Path(settings.PLI_HOME) / "inbox"


def open_folders(organisation: Organisation) -> list[Path]:
    """The folders PLI_FOLDERS opens to this organisation: ``/path``, or ``slug=/path`` for one organisation alone."""
    found = []
    for entry in str(settings.PLI_FOLDERS).split(":"):
        slug, sign, path = entry.partition("=")
        if not sign:
            slug, path = organisation.slug, slug
        if path.startswith("/") and slug == organisation.slug:
            found.append(Path(path))
    return found


def check_folder(source: InputSource) -> None:
    """Make sure that a source may watch its folder, and that no other source watches it, above it or inside it.

    :raises FolderRefused: when it may not.
    """
    options = read_options(FolderOptions, source.options)
    if options.path:
        _check_path(Path(options.path), open_folders(source.organisation))
    mine = folder_of(source).resolve()
    others = InputSource.objects.filter(channel=SourceKind.FOLDER).exclude(id=source.id).select_related("organisation")
    for other in others:
        theirs = folder_of(other).resolve()
        if mine == theirs or mine in theirs.parents or theirs in mine.parents:
            raise FolderRefused(reason="une autre source le surveille déjà")


def _check_path(path: Path, roots: list[Path]) -> None:
    if not path.is_absolute() or "\0" in str(path):
        raise FolderRefused(reason="son chemin n’est pas complet")
    # Judged where it really is: a link must not lead out of what was opened.
    real = path.resolve()
    if not any(real == root.resolve() or root.resolve() in real.parents for root in roots):
        raise FolderRefused(reason="l’administrateur du serveur ne l’a pas ouvert")
    if not real.is_dir():
        raise FolderRefused(reason="il n’existe pas")
