"""Samples: PDFs that recipes and layouts are tried on, never filed. A ticket names one for its organisation alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db import transaction

from pli.documents.api import (
    Blob,
    StoredBytes,
    best_rendition,
    existing_blob_path,
    get_for,
    keep_blob,
    page_image,
)
from pli.kit.errors import NotFound
from pli.parties.api import Role, StaffActor
from pli.pdf.api import CAPTURE_LIMITS, inspect_pdf, render_cached
from pli.processing.recipes import get_recipe

_SALT = "pli.processing.samples"
TICKET_SECONDS = 30 * 86_400
LARGEST_SAMPLE = 100 * 1024 * 1024


@dataclass(frozen=True)
class Sample:
    """A PDF at hand. ``ticket`` names it in forms and addresses, for its organisation alone."""

    ticket: str
    sha256: str
    page_count: int
    width: float
    height: float
    """Of its first page, in points as seen."""


def keep_sample(actor: StaffActor, stored: StoredBytes) -> Sample:
    """Keep a PDF somebody dropped on an editor; its bytes are already durable.

    :raises NotAllowed: for a member or an auditor; :raises NotAPdf, DamagedPdf, EncryptedPdf, PdfTooLarge,
        TooManyPages, PdfTimeout: it can't serve.
    """
    actor.require(Role.ADMIN, Role.MANAGER)
    sample = _look_at(actor.organisation_id, stored.sha256)
    keep_blob(stored, "application/pdf")
    return sample


def sample_of_document(actor: StaffActor, document_id: UUID) -> Sample:
    """A document the actor sees, as a sample.

    :raises NotAllowed, NotFound: as their words say; :raises PdfError: as :func:`keep_sample`.
    """
    actor.require(Role.ADMIN, Role.MANAGER)
    return _look_at(actor.organisation_id, best_rendition(get_for(actor, document_id).id).blob_id)


def sample_of_blob(actor: StaffActor, blob: Blob) -> Sample:
    """The sample a recipe or a layout of the actor's organisation keeps."""
    actor.require(Role.ADMIN, Role.MANAGER)
    return _look_at(actor.organisation_id, blob.sha256)


def open_sample(actor: StaffActor, ticket: str) -> Sample:
    """The sample a ticket names.

    :raises NotFound: for a ticket that is old, false or another organisation's.
    """
    return _look_at(actor.organisation_id, read_ticket(actor, ticket))


def read_ticket(actor: StaffActor, ticket: str) -> str:
    """The SHA-256 a ticket names.

    :raises NotAllowed: for a member or an auditor; :raises NotFound: as :func:`open_sample`.
    """
    actor.require(Role.ADMIN, Role.MANAGER)
    try:
        organisation, sha256 = signing.loads(ticket, salt=_SALT, max_age=TICKET_SECONDS)
    except (signing.BadSignature, ValueError, TypeError):
        raise NotFound from None
    if organisation != str(actor.organisation_id):
        raise NotFound
    return str(sha256)


def sample_page(actor: StaffActor, ticket: str, page: int, width: int) -> Path:
    """The picture of one of its pages.

    :raises NotAllowed, NotFound: as :func:`read_ticket`; :raises PdfError: it can't be drawn.
    """
    return page_image(read_ticket(actor, ticket), page, width)


def write_ticket(organisation_id: UUID, sha256: str) -> str:
    """A ticket for bytes of that organisation."""
    return signing.dumps([str(organisation_id), sha256], salt=_SALT)


def keep_picture(organisation_id: UUID, sha256: str, path: Path, width: int) -> str:
    """Draw the first page of a file that goes away, and give the ticket that shows it while the cache keeps it."""
    render_cached(_cache(), sha256, path, 1, width)
    return write_ticket(organisation_id, sha256)


def kept_picture(actor: StaffActor, ticket: str, width: int) -> Path:
    """What :func:`keep_picture` drew.

    :raises NotAllowed, NotFound: the ticket is not the actor's, or the picture is gone.
    """
    sha256 = read_ticket(actor, ticket)
    path = _cache() / sha256[:2] / sha256 / f"1-{width}.jpg"
    if not path.is_file():
        raise NotFound
    return path


@transaction.atomic
def keep_recipe_sample(actor: StaffActor, recipe_id: UUID, ticket: str) -> None:
    """The sample a recipe is opened with from now on.

    :raises NotAllowed, NotFound: the ticket or the recipe is not the actor's.
    """
    recipe = get_recipe(actor, recipe_id)
    recipe.sample = Blob.objects.filter(sha256=read_ticket(actor, ticket)).first()
    recipe.save(update_fields=["sample"])


def _look_at(organisation_id: UUID, sha256: str) -> Sample:
    count, width, height = measures(sha256)
    return Sample(write_ticket(organisation_id, sha256), sha256, count, width, height)


@lru_cache(maxsize=256)
def measures(sha256: str) -> tuple[int, float, float]:
    """The number of pages of a stored PDF, and the size of its first in points as seen."""
    told = inspect_pdf(existing_blob_path(sha256), limits=CAPTURE_LIMITS)
    return told.page_count, told.pages[0].width, told.pages[0].height


def _cache() -> Path:
    return Path(settings.PLI_HOME) / "cache" / "pages"
