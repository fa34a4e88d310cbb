"""Writing what was confirmed: chunks of lines, each in one transaction; a killed job goes on where it was."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from pli.journal.api import EventType, record
from pli.kit.clock import SYSTEM_CLOCK, Clock, paris_day
from pli.parties import events
from pli.parties.addresses import fill_address
from pli.parties.importing.lines import Known, LinePlan, load_known, plan_line
from pli.parties.importing.services import count_outcomes
from pli.parties.importing.states import IMPORT_STATES
from pli.parties.models import Address, Contact, ImportLine, LineOutcome, Party, PartyImport
from pli.parties.services.directory import consent_instant
from pli.parties.validation import PARTY_FIELDS

APPLY_CHUNK = 500
_WRITTEN = (*PARTY_FIELDS, "consent", "consent_at", "search_text", "updated_at")


def run_import(import_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> None:
    """Apply every confirmed line that is not applied yet. Idempotent: each line is written once, and a line that
    says what is already there changes nothing. Called by the job."""
    while True:
        try:
            if not _apply_chunk(import_id, clock):
                return
        except IntegrityError:
            # Somebody created one of these codes since the chunk was read: read again, it is now an update.
            if not _apply_chunk(import_id, clock):
                return


@transaction.atomic
def _apply_chunk(import_id: UUID, clock: Clock) -> bool:
    """One chunk; False when there is nothing left."""
    made = PartyImport.objects.select_for_update().defer("content").get(id=import_id)
    if made.state != "APPLYING":
        return False
    waiting = made.lines.filter(applied_at=None, outcome__in=[LineOutcome.CREATE, LineOutcome.UPDATE])
    lines = list(waiting.order_by("number")[:APPLY_CHUNK])
    if not lines:
        _finish(made, clock)
        return False
    now = clock.now()
    codes = [line.code for line in lines]
    known = load_known(made.organisation_id, made.kind, codes, lock=True)
    writer = _Writer(made, clock)
    for line in lines:
        plan = plan_line(line.values, known.get(line.code), now)
        writer.add(line, plan, known.get(line.code), now)
    writer.write()
    ImportLine.objects.bulk_update(lines, ["outcome", "changes", "problems", "applied_at"])
    made.done += len(lines)
    made.save(update_fields=["done"])
    return True


class _Writer:
    """The rows of one chunk, written together."""

    def __init__(self, made: PartyImport, clock: Clock) -> None:
        self.made = made
        self.clock = clock
        self.parties: list[Party] = []
        self.addresses: list[Address] = []
        self.dropped: list[UUID] = []
        self.contacts: list[Contact] = []
        self.events: list[tuple[Party, LinePlan, bool, str]] = []

    def add(self, line: ImportLine, plan: LinePlan, known: Known | None, now: datetime) -> None:
        """Take a line in, as things stand now: the preview may be older than somebody's change."""
        line.outcome = plan.outcome
        line.changes = [[change.field, change.old, change.new] for change in plan.changes]
        line.problems = [problem.stored() for problem in plan.problems]
        line.applied_at = now
        if plan.outcome not in (LineOutcome.CREATE, LineOutcome.UPDATE):
            return
        party = known.party if known else Party(organisation_id=self.made.organisation_id, kind=self.made.kind)
        consent_before = party.consent
        for name in PARTY_FIELDS:
            setattr(party, name, plan.plan.values[name])
        if plan.consent:
            party.consent = plan.consent.consent
            party.consent_at = consent_instant(plan.consent.stated_on, self.clock)
        party.search_text = party.words_to_search()
        self.parties.append(party)
        self._add_address(party, plan, known)
        if plan.contact:
            contact = plan.contact.contact or Contact(party=party)
            for name, value in plan.contact.values.items():
                setattr(contact, name, value)
            self.contacts.append(contact)
        self.events.append((party, plan, known is None, consent_before))

    def _add_address(self, party: Party, plan: LinePlan, known: Known | None) -> None:
        address = known.address if known else None
        if plan.plan.values["city"]:
            self.addresses.append(fill_address(address or Address(party=party), plan.plan.values))
        elif address is not None:
            self.dropped.append(address.id)

    def write(self) -> None:
        """All rows and their events."""
        Party.objects.bulk_create(self.parties, update_conflicts=True, unique_fields=["id"], update_fields=_WRITTEN)
        Address.objects.filter(id__in=self.dropped).delete()
        Address.objects.bulk_create(
            self.addresses,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["lines", "postcode", "city", "country"],
        )
        Contact.objects.bulk_create(
            self.contacts, update_conflicts=True, unique_fields=["id"], update_fields=["name", "email", "mobile"]
        )
        for party, plan, is_new, consent_before in self.events:
            self._tell(party, plan, is_new=is_new, consent_before=consent_before)

    def _tell(self, party: Party, plan: LinePlan, *, is_new: bool, consent_before: str) -> None:
        import_id = str(self.made.id)
        moved = [change for change in plan.changes if not change.field.startswith("consent")]
        before, after = {c.field: c.old for c in moved}, {c.field: c.new for c in moved}
        if is_new:
            created = {"kind": self.made.kind, "values": after, "import_id": import_id}
            self._record(events.PARTY_CREATED, party, created)
        elif moved:
            data = {"changed": list(after), "before": before, "after": after, "import_id": import_id}
            self._record(events.PARTY_UPDATED, party, data)
        if plan.consent:
            day = plan.consent.stated_on or paris_day(self.clock.now())
            self._record(
                events.CONSENT_CHANGED,
                party,
                {
                    "before": consent_before,
                    "after": plan.consent.consent.value,
                    "stated_on": day.isoformat(),
                    "import_id": import_id,
                },
            )

    def _record(self, kind: EventType, party: Party, data: Mapping[str, object]) -> None:
        record(
            kind,
            organisation_id=party.organisation_id,
            subject=("party", party.id),
            actor=self.made.created_by,
            data=data,
            clock=self.clock,
        )


def _finish(made: PartyImport, clock: Clock) -> None:
    made.state = IMPORT_STATES.next_state(made.state, "finish")
    made.finished_at = clock.now()
    made.save(update_fields=["state", "finished_at"])
    record(
        events.IMPORT_APPLIED,
        organisation_id=made.organisation_id,
        subject=("import", made.id),
        actor=made.created_by,
        data={"counts": count_outcomes(made)},
        clock=clock,
    )
