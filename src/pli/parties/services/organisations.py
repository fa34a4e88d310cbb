"""Opening an organisation and its first administrator."""

from __future__ import annotations

from django.db import transaction

from pli.journal.api import record
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.parties import events
from pli.parties.errors import UnableToSave
from pli.parties.models import Organisation
from pli.parties.problems import Problem
from pli.parties.validation import Wrong, clean_siren


@transaction.atomic
def create_organisation(
    *,
    slug: str,
    name: str,
    siren: str = "",
    contact_email: str = "",
    language: str = "fr",
    purpose: str = "set-up",
    clock: Clock = SYSTEM_CLOCK,
) -> Organisation:
    """Open an organisation. Its team starts empty: give it members by ``create_member`` or ``invite_member``.

    :raises UnableToSave: for a false SIREN.
    """
    try:
        number = clean_siren(siren) if siren else ""
    except Wrong as wrong:
        raise UnableToSave([Problem("siren", wrong.code, wrong.details)]) from None
    organisation = Organisation.objects.create(
        slug=slug, name=name, siren=number, contact_email=contact_email, language=language
    )
    record(
        events.ORGANISATION_CREATED,
        organisation_id=organisation.id,
        subject=("organisation", organisation.id),
        actor=f"system:{purpose}",
        data={"slug": slug},
        clock=clock,
    )
    return organisation
