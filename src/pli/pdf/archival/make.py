"""Making a document archival: one pass over an open file, in place."""

from __future__ import annotations

from io import BytesIO

from pikepdf import ObjectStreamMode, Pdf, StreamDecodeLevel

from pli.kit.errors import Phrase
from pli.pdf.archival import profiles, programs
from pli.pdf.archival.colours import settle_colours, settle_content
from pli.pdf.archival.conversion import ArchiveInfo, Conversion, Part
from pli.pdf.archival.fonts import settle_fonts
from pli.pdf.archival.images import settle_images
from pli.pdf.archival.interactive import is_signed, settle_interaction
from pli.pdf.archival.layers import settle_layers
from pli.pdf.archival.metadata import write_metadata
from pli.pdf.archival.nesting import settle_missing, settle_nesting
from pli.pdf.archival.shown import Shown
from pli.pdf.archival.streams import settle_comments, settle_inline_images, settle_streams
from pli.pdf.archival.transparency import settle_states, settle_transparency
from pli.pdf.archival.walk import find_all
from pli.pdf.errors import UnableToConform


def make_archival(pdf: Pdf, part: Part, info: ArchiveInfo) -> list[str]:
    """Make ``pdf`` a PDF/A of ``part`` (``1b``, ``2b``, ``3b``), in place; save it with :func:`save_archival`.

    Text stays text and nothing moves: fonts the file only names are replaced at the widths it counts on. Works inside
    a sandbox job whose module called :func:`prepare_archival` in its ``prepare_sandbox``. After a refusal the document
    is half changed: keep the bytes it was opened from.

    :returns: what was done, French sentences for the document's history.
    :raises UnableToConform: naming everything that stands in the way.
    """
    try:
        return _make(pdf, part, info)
    except (UnableToConform, MemoryError):
        raise
    except Exception as error:
        # A font or a picture can break the library that reads it in any way: the file stays as it came.
        reason = Phrase(
            "la structure du fichier ne peut pas être remise en règle (%(error)s)", error=type(error).__name__
        )
        raise UnableToConform(reasons=[reason]) from error


def _make(pdf: Pdf, part: Part, info: ArchiveInfo) -> list[str]:
    work = Conversion(pdf, part)
    if is_signed(pdf):
        raise UnableToConform(reasons=["le document porte une signature, que toute transformation rendrait invalide"])
    settle_interaction(work)
    settle_layers(work)
    found = find_all(pdf)
    work.shown = Shown(found)
    settle_streams(work)
    settle_nesting(work, found)
    settle_fonts(work, found.fonts)
    settle_images(work, found)
    settle_colours(work, found)
    for content in found.contents:
        operators = content.read()
        if operators is None:
            work.refuse("le dessin d’une page est abîmé, ou trop lourd pour être vérifié")
            continue
        settle_missing(work, content, operators)
        settle_comments(content, operators)
        settle_content(work, content, operators)
        settle_states(work, content, operators)
        settle_inline_images(work, content, operators)
    settle_transparency(work, found)
    if work.shown.lacks_font():
        work.refuse("du texte est écrit sans police")
    if work.reasons:
        raise UnableToConform(reasons=list(work.reasons))
    write_metadata(pdf, part, info)
    if "/Version" in pdf.Root and str(pdf.Root.Version).startswith("/2"):
        del pdf.Root["/Version"]
    if "/Size" not in pdf.trailer:  # A trailer rebuilt by qpdf has none, and it then writes none.
        pdf.trailer["/Size"] = len(pdf.objects) + 1
    return list(work.changes)


def archival_version(pdf: Pdf) -> str:
    """The version the file's header must say where its own won't do: the norm asks for ``%PDF-1.`` and a figure, and
    PDF 2.0 came after all three parts. Empty: its own."""
    major, _dot, minor = pdf.pdf_version.partition(".")
    return "" if major == "1" and minor != "0" else "1.7"


def save_archival(pdf: Pdf, part: Part) -> bytes:
    """The file's bytes, as the part wants them stored: part 1 knows no object streams."""
    written = BytesIO()
    pdf.save(
        written,
        encryption=False,
        compress_streams=False,
        stream_decode_level=StreamDecodeLevel.none,
        object_stream_mode=ObjectStreamMode.disable if part == "1b" else ObjectStreamMode.preserve,
        fix_metadata_version=False,
        deterministic_id=True,
        force_version=archival_version(pdf),
    )
    return written.getvalue()


def prepare_archival() -> None:
    """Load fonts and profiles: for ``prepare_sandbox``, since a job may read no file.

    :raises FontsMissing: the set-up did not unpack them.
    """
    programs.warm()
    profiles.srgb_deflated()
    profiles.cmyk()
