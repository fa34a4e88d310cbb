"""Opening an organisation, and changing what it says of itself and how it works."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction

from pli.journal.api import record
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.parties import events
from pli.parties.actors import Actor
from pli.parties.errors import UnableToSave
from pli.parties.identities import require_role
from pli.parties.models import Organisation, Role
from pli.parties.problems import Problem
from pli.parties.validation import Wrong, clean_email, clean_ibans, clean_language, clean_siren, clean_vat, is_storable

ORGANISATION_FIELDS = ("name", "siren", "contact_email", "colour", "language")
# What an organisation's own invoices say of it, kept in its settings: read on its pages and written into Factur-X.
PAPER_FIELDS = ("vat", "iban", "address")
_ADDRESS = re.compile(r"\S.*\n\s*\d{5}\s+\S.*", re.S)
_MOST_ADDRESS = 300
_DIGEST = re.compile(r"[0-9a-f]{64}")


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


@transaction.atomic
def update_organisation(*, actor: Actor, values: Mapping[str, str], clock: Clock = SYSTEM_CLOCK) -> Organisation:
    """Change those of ``ORGANISATION_FIELDS`` and ``PAPER_FIELDS`` that are given; the journal keeps old and new, apart
    from the chain.

    :raises NotAllowed: unless an administrator asks; :raises UnableToSave: with every problem found.
    """
    require_role(actor, Role.ADMIN)
    clean, problems = _check(values)
    if problems:
        raise UnableToSave(problems)
    organisation = Organisation.objects.select_for_update().get(id=actor.organisation_id)
    known = organisation_values(organisation)
    changed = {name: value for name, value in clean.items() if known[name] != value}
    if changed:
        columns = [name for name in changed if name in ORGANISATION_FIELDS]
        for name in columns:
            setattr(organisation, name, changed[name])
        kept = organisation.settings | {name: value for name, value in changed.items() if name in PAPER_FIELDS}
        organisation.settings = {name: value for name, value in kept.items() if name not in PAPER_FIELDS or value}
        organisation.save(update_fields=[*columns, "settings"])
        _tell_changed(organisation, actor, {name: known[name] for name in changed}, changed, clock)
    return organisation


def organisation_values(organisation: Organisation) -> dict[str, str]:
    """What :func:`update_organisation` changes, as it stands; empty for what is not known."""
    columns = {name: str(getattr(organisation, name)) for name in ORGANISATION_FIELDS}
    return columns | {name: str(organisation.settings.get(name) or "") for name in PAPER_FIELDS}


@transaction.atomic
def set_organisation_logo(*, actor: Actor, sha256: str, clock: Clock = SYSTEM_CLOCK) -> Organisation:
    """Show the image of that digest (cleaned and kept already) as the organisation's logo; empty: its name alone.

    :raises NotAllowed: unless an administrator asks.
    """
    require_role(actor, Role.ADMIN)
    if sha256 and not _DIGEST.fullmatch(sha256):
        raise ValueError("not a SHA-256")
    organisation = Organisation.objects.select_for_update().get(id=actor.organisation_id)
    if organisation.logo_sha256 != sha256:
        before, organisation.logo_sha256 = organisation.logo_sha256, sha256
        organisation.save(update_fields=["logo_sha256"])
        _tell_changed(organisation, actor, {"logo": before}, {"logo": sha256}, clock)
    return organisation


@transaction.atomic
def change_settings(
    *,
    actor: Actor,
    values: Mapping[str, Any],
    spoken: Callable[[Any], Any] | None = None,
    clock: Clock = SYSTEM_CLOCK,
) -> Organisation:
    """Write choices that a room above has checked into the organisation's settings; a None goes back to the default.

    ``spoken`` says what of a value the journal may hold, where the whole could carry a key.

    :raises NotAllowed: unless an administrator asks.
    """
    require_role(actor, Role.ADMIN)
    organisation = Organisation.objects.select_for_update().get(id=actor.organisation_id)
    changed = {name: value for name, value in values.items() if organisation.settings.get(name) != value}
    if changed:
        before = {name: organisation.settings.get(name) for name in changed}
        kept = {**organisation.settings, **changed}
        organisation.settings = {name: value for name, value in kept.items() if value is not None}
        organisation.save(update_fields=["settings"])
        say = spoken or (lambda value: value)
        told = [{name: say(value) for name, value in part.items()} for part in (before, changed)]
        _tell_changed(organisation, actor, told[0], told[1], clock)
    return organisation


def _check(values: Mapping[str, str]) -> tuple[dict[str, str], list[Problem]]:
    clean: dict[str, str] = {}
    problems: list[Problem] = []
    for name in (*ORGANISATION_FIELDS, *PAPER_FIELDS):
        if name not in values:
            continue
        try:
            clean[name] = _clean(name, values[name])
        except Wrong as wrong:
            problems.append(Problem(name, wrong.code, wrong.details))
    return clean, problems


def _clean(name: str, raw: str) -> str:
    """:raises Wrong: when the value is not what its field holds."""
    value = " ".join(raw.split())
    if not is_storable(raw):
        raise Wrong("unreadable")
    match name, value:
        case "name", "":
            raise Wrong("required")
        case "language", _:
            return clean_language(value)
        case _, "":
            return ""
        case "siren", _:
            return clean_siren(value)
        case "contact_email", _:
            return clean_email(value)
        case "vat", _:
            return clean_vat(value)
        case "iban", _:
            return _clean_iban(value)
        case "address", _:
            return _clean_address(raw)
        case "colour", _:
            if not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
                raise Wrong("colour", value=value)
            return value.lower()
        case _:
            if len(value) > 200:
                raise Wrong("too_long", limit="200")
            return value


def _clean_iban(value: str) -> str:
    found = clean_ibans(value)
    if "," in found:
        raise Wrong("too_many_ibans", limit="1")
    return found


def _clean_address(raw: str) -> str:
    """Lines of an address, the last its postcode and city: what EN 16931 asks of a seller (BG-5).

    :raises Wrong: when it does not end so, or is too long.
    """
    address = "\n".join(line for line in (" ".join(part.split()) for part in raw.splitlines()) if line)
    if len(address) > _MOST_ADDRESS:
        raise Wrong("too_long", limit=str(_MOST_ADDRESS))
    if not _ADDRESS.fullmatch(address):
        raise Wrong("city_missing")
    return address


def _tell_changed(
    organisation: Organisation, actor: Actor, before: Mapping[str, Any], after: Mapping[str, Any], clock: Clock
) -> None:
    record(
        events.ORGANISATION_CHANGED,
        organisation_id=organisation.id,
        subject=("organisation", organisation.id),
        actor=actor.reference,
        data={"changed": sorted(after), "before": dict(before), "after": dict(after)},
        clock=clock,
    )
