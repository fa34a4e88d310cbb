"""A page of our own made as the pieces of a run are, in the fork server: what it loads, no job loads again.

A job is a process of its own and dies with what it imported: in a run of small chunks that was a tenth of their time.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pikepdf

from pli.pdf import api as pdf_tools
from pli.trust.api import SealLook, place_seal

_MARKER = bytes(range(1, 21))


def rehearse() -> None:
    """Make a page archival and place a seal on it. The judge is loaded but not called: its threads live in the process
    that called it first, and a fork of that one would wait for them for ever.

    :raises PliError: fonts or profiles are missing.
    """
    pdf_tools.load_all()
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(200, 100))
        pdf_tools.make_archival(pdf, "1b", pdf_tools.ArchiveInfo(made_at=moment, language="fr"))
        look = SealLook(field_name="S", signed_at=moment, signer_name="Pli", reason="Pli")
        place_seal(pdf, look, 64, marker=_MARKER, packs_objects=False)
