"""Clients, employees and suppliers: created, updated, deactivated, and where they stand on electronic sending."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from uuid import UUID

from django.db import IntegrityError, transaction

from pli.journal.api import EventType, record
from pli.kit.clock import PARIS, SYSTEM_CLOCK, Clock, paris_day
from pli.kit.errors import NotFound
from pli.parties import events
from pli.parties.actors import Actor
from pli.parties.addresses import ADDRESS_FIELDS, fill_address
from pli.parties.errors import UnableToSave
from pli.parties.identities import require_writer
from pli.parties.models import Address, Consent, Party, PartyKind
from pli.parties.planning import Plan, current_values, plan_party
from pli.parties.problems import Problem
from pli.parties.validation import PARTY_FIELDS


def create_party(*, actor: Actor, kind: PartyKind, values: Mapping[str, str], clock: Clock = SYSTEM_CLOCK) -> Party:
    """Open a party's record. ``values`` may hold any of ``PARTY_FIELDS`` and ``ADDRESS_FIELDS``.

    :raises UnableToSave: with every problem found, a code already taken among them.
    :raises NotAllowed: for an auditor.
    """
    require_writer(actor)
    plan = plan_party(values, None)
    _refuse_problems(plan)
    party = Party(organisation_id=actor.organisation_id, kind=kind)
    try:
        with transaction.atomic():
            save_plan(party, None, plan)
            written = {change.field: change.new for change in plan.changes}
            _tell(events.PARTY_CREATED, party, actor, clock, {"kind": kind, "values": written})
    except IntegrityError:
        raise _code_taken(plan) from None
    return party


def update_party(*, actor: Actor, party_id: UUID, values: Mapping[str, str], clock: Clock = SYSTEM_CLOCK) -> Party:
    """Change the fields given; the others stay. The journal keeps old and new, apart from the chain.

    :raises UnableToSave: with every problem found.
    """
    require_writer(actor)
    try:
        with transaction.atomic():
            party = lock_party(actor, party_id)
            address = party.addresses.filter(is_main=True).first()
            plan = plan_party(values, current_values(party, address))
            _refuse_problems(plan)
            if plan.changes:
                save_plan(party, address, plan)
                _tell(events.PARTY_UPDATED, party, actor, clock, describe_changes(plan))
    except IntegrityError:
        raise _code_taken(plan) from None
    return party


def deactivate_party(*, actor: Actor, party_id: UUID, clock: Clock = SYSTEM_CLOCK) -> Party:
    """Set a party aside: it is no longer offered, nothing of it is erased and its portal stays open."""
    return _set_active(actor, party_id, is_active=False, kind=events.PARTY_DEACTIVATED, clock=clock)


def reactivate_party(*, actor: Actor, party_id: UUID, clock: Clock = SYSTEM_CLOCK) -> Party:
    """Take a party back among those in use."""
    return _set_active(actor, party_id, is_active=True, kind=events.PARTY_REACTIVATED, clock=clock)


@transaction.atomic
def set_consent(
    *, actor: Actor, party_id: UUID, consent: Consent, stated_on: date | None = None, clock: Clock = SYSTEM_CLOCK
) -> Party:
    """Write down what the party said of receiving documents electronically, and on which day (today when silent).

    :raises UnableToSave: for a day to come.
    """
    require_writer(actor)
    party = lock_party(actor, party_id)
    today = paris_day(clock.now())
    day = stated_on or today
    if day > today:
        raise UnableToSave([Problem("stated_on", "date_in_future", {"value": day.strftime("%d/%m/%Y")})])
    before = party.consent
    party.consent, party.consent_at = consent, consent_instant(stated_on, clock)
    party.save(update_fields=["consent", "consent_at", "updated_at"])
    data = {"before": before, "after": consent.value, "stated_on": day.isoformat()}
    _tell(events.CONSENT_CHANGED, party, actor, clock, data)
    return party


def consent_instant(stated_on: date | None, clock: Clock) -> datetime:
    """Now, or noon in Paris of a day in the past: an instant that every zone of Europe reads as that day."""
    now = clock.now()
    if stated_on is None or stated_on == paris_day(now):
        return now
    return datetime.combine(stated_on, time(12), tzinfo=PARIS)


def lock_party(actor: Actor, party_id: UUID) -> Party:
    """The party, locked until the end of the transaction. :raises NotFound: for another organisation's."""
    party = Party.objects.select_for_update().filter(id=party_id, organisation_id=actor.organisation_id).first()
    if party is None:
        raise NotFound()
    return party


def save_plan(party: Party, address: Address | None, plan: Plan) -> None:
    """Write a plan without problems."""
    for name in PARTY_FIELDS:
        setattr(party, name, plan.values[name])
    party.save()
    if not any(change.field in ADDRESS_FIELDS for change in plan.changes):
        return
    if plan.values["city"]:
        fill_address(address or Address(party=party), plan.values).save()
    elif address is not None:
        address.delete()


def describe_changes(plan: Plan) -> dict[str, object]:
    """The journal's view of a plan."""
    return {
        "changed": [change.field for change in plan.changes],
        "before": {change.field: change.old for change in plan.changes},
        "after": {change.field: change.new for change in plan.changes},
    }


@transaction.atomic
def _set_active(actor: Actor, party_id: UUID, *, is_active: bool, kind: EventType, clock: Clock) -> Party:
    require_writer(actor)
    party = lock_party(actor, party_id)
    if party.is_active != is_active:
        party.is_active = is_active
        party.save(update_fields=["is_active", "updated_at"])
        _tell(kind, party, actor, clock)
    return party


def _refuse_problems(plan: Plan) -> None:
    if plan.problems:
        raise UnableToSave(plan.problems)


def _code_taken(plan: Plan) -> UnableToSave:
    return UnableToSave([Problem("code", "code_taken", {"value": plan.values["code"]})])


def _tell(kind: EventType, party: Party, actor: Actor, clock: Clock, data: Mapping[str, object] | None = None) -> None:
    record(
        kind,
        organisation_id=party.organisation_id,
        subject=("party", party.id),
        actor=actor.reference,
        data=data,
        clock=clock,
    )
