"""What a run's steps know of the organisation, gathered once for many chunks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from pli.documents.api import DocumentKind, existing_blob_path
from pli.parties.api import Address, Organisation, Party, main_addresses
from pli.processing.chain import ChosenStep, choose, needs_addresses, needs_parties
from pli.processing.models import Layout, Resource, Run
from pli.processing.plugs import Context, FieldSpec, KindSpec, LayoutSpec, PartySpec
from pli.processing.wire import write_context

_SHA256 = re.compile(r"[0-9a-f]{64}")


@lru_cache(maxsize=8)
def context_of(run_id: UUID, minute: int) -> bytes:
    """The context of a run as the sandbox takes it; the same for ``minute``, so that a chunk costs no questions."""
    run = Run.objects.select_related("organisation").get(id=run_id)
    return write_knowledge(
        run.organisation,
        run.steps,
        now=run.started_at,
        channel=run.channel,
        queue=run.queue,
        file_name=run.file_name,
    )


def write_knowledge(
    organisation: Organisation,
    steps: Sequence[Mapping[str, Any]],
    *,
    now: datetime,
    channel: str = "",
    queue: str = "",
    file_name: str = "",
) -> bytes:
    """What ``steps`` may know of ``organisation``, as the sandbox takes it."""
    english = organisation.language == "en"
    kinds = DocumentKind.objects.filter(organisation=organisation, is_active=True)
    context = Context(
        organisation_name=organisation.name,
        language=organisation.language,
        now=now,
        deadline=0,
        channel=channel,
        queue=queue,
        file_name=file_name,
        kinds={kind.slug: kind_spec(kind, english=english) for kind in kinds},
        layouts=tuple(
            layout_spec(layout) for layout in Layout.objects.filter(organisation=organisation, is_active=True)
        ),
        parties=_parties_for(organisation, choose(steps)),
        organisation_facts=organisation_facts(organisation),
    )
    return json.dumps(write_context(context), ensure_ascii=False).encode()


def kind_spec(kind: DocumentKind, *, english: bool = False) -> KindSpec:
    """A document kind as steps see it."""
    label = "label_en" if english else "label_fr"
    return KindSpec(
        slug=kind.slug,
        name=kind.name_en if english else kind.name_fr,
        fields=tuple(
            FieldSpec(
                name=str(field["name"]),
                label=str(field.get(label) or field["name"]),
                type=str(field.get("type", "text")),
                is_required=bool(field.get("required")),
            )
            for field in kind.fields
        ),
    )


def layout_spec(layout: Layout) -> LayoutSpec:
    """A layout as steps see it."""
    return LayoutSpec.model_validate(
        {
            "id": str(layout.id),
            "name": layout.name,
            "kind": layout.kind,
            "party_id": str(layout.party_id) if layout.party_id else None,
            "keywords": layout.keywords,
            "rules": layout.rules,
        }
    )


def _parties_for(organisation: Organisation, chosen: Sequence[ChosenStep]) -> tuple[PartySpec, ...]:
    if not needs_parties(chosen):
        return ()
    return tuple(_parties(organisation, main_addresses(organisation) if needs_addresses(chosen) else {}))


def _parties(organisation: Organisation, addresses: Mapping[UUID, Address]) -> Iterator[PartySpec]:
    rows = Party.objects.filter(organisation=organisation, is_active=True).order_by("code")
    for party in rows.iterator(chunk_size=2000):
        mails = {party.email, party.email_quotes, party.email_invoices, party.email_reminders}
        address = addresses.get(party.id)
        yield PartySpec(
            id=str(party.id),
            code=party.code,
            name=party.name,
            kind=party.kind,
            siren=party.siren,
            vat=party.vat_number.replace(" ", "").upper(),
            ibans=party.bank_accounts,
            emails=tuple(sorted(mail.lower() for mail in mails if mail)),
            street=", ".join(address.lines) if address else "",
            postcode=address.postcode if address else "",
            city=address.city if address else "",
            country=address.country if address else "",
        )


def organisation_facts(organisation: Organisation) -> dict[str, str]:
    """What identifies the organisation itself on its own papers."""
    known = {"name": organisation.name, "siren": organisation.siren}
    for name in ("vat", "iban", "address"):
        known[name] = str(organisation.settings.get(name) or "")
    return {name: value for name, value in known.items() if value}


def resource_paths(run: Run) -> dict[str, Path]:
    """The files that the run's steps name by their SHA-256, only those kept as resources of its organisation."""
    return resources_named(run.organisation_id, run.steps)


def resources_named(organisation_id: UUID, steps: Sequence[Mapping[str, Any]]) -> dict[str, Path]:
    """The same, of steps that no run has begun."""
    named = set(_digests(steps))
    if not named:
        return {}
    kept = Resource.objects.filter(organisation_id=organisation_id, blob__in=named).values_list("blob_id", flat=True)
    return {sha256: existing_blob_path(sha256) for sha256 in sorted(set(kept))}


def _digests(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _digests(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _digests(inner)
    elif isinstance(value, str) and _SHA256.fullmatch(value):
        yield value
