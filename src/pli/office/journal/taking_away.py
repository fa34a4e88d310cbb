"""The self-proving export of a journal, as one archive."""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path
from typing import IO

from pli.journal.api import export_chain, make_anchor
from pli.kit.errors import PlugError
from pli.parties.api import StaffActor, get_organisation
from pli.signing.api import roots_pem, timestamps_of


def zipped_export(actor: StaffActor) -> IO[bytes]:
    """The organisation's journal without personal values: entries, anchors, tokens, roots, verifier, as a ZIP.

    Everything is anchored first. A timestamp service that is down does not hold the export up: what it could not
    date is said by the verifier as not proved yet.
    """
    organisation = get_organisation(actor)
    timestamps = timestamps_of(organisation)
    make_anchor(organisation.id, timestamps=timestamps)
    with tempfile.TemporaryDirectory(prefix="pli-journal-") as place:
        folder = Path(place) / "journal"
        try:
            export_chain(organisation.id, folder, roots=roots_pem(), timestamps=timestamps)
        except PlugError:
            folder = Path(place) / "undated"
            export_chain(organisation.id, folder, roots=roots_pem())
        archive = Path(place) / "journal.zip"
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    packed.write(path, f"journal-de-preuve/{path.relative_to(folder)}")
        return archive.open("rb")  # stays readable after its folder is gone
