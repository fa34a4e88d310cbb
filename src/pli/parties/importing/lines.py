"""One line of a file against what is known: what it creates or changes, or why it can't."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from pli.kit.clock import paris_day
from pli.parties.folding import fold
from pli.parties.importing.escaping import restore_cell, scrub_cell
from pli.parties.models import Address, Consent, Contact, LineOutcome, Party
from pli.parties.planning import PARTY_AND_ADDRESS, Change, Plan, current_values, plan_party
from pli.parties.problems import Problem
from pli.parties.validation import check_contact

_CONSENTS = {
    **dict.fromkeys(("accepte", "oui", "o", "accord", "accepted", "yes", "y", "true", "vrai", "1"), Consent.ACCEPTED),
    **dict.fromkeys(("refuse", "non", "n", "refused", "no", "false", "faux", "0"), Consent.REFUSED),
    **dict.fromkeys(("demande", "asked", "requested"), Consent.ASKED),
}
_DATES = ("%d/%m/%Y", "%Y-%m-%d", "%d.%m.%Y", "%d-%m-%Y")


@dataclass
class Known:
    """A party already there, with what an import may touch of it."""

    party: Party
    address: Address | None = None
    contacts: list[Contact] = field(default_factory=list)


@dataclass(frozen=True)
class ConsentPlan:
    """What the line says of electronic sending."""

    consent: Consent
    stated_on: date | None


@dataclass(frozen=True)
class ContactPlan:
    """The contact the line names: an existing one or a new one, and its clean values."""

    contact: Contact | None
    values: dict[str, str]


@dataclass(frozen=True)
class LinePlan:
    """Everything applying a line needs, and everything its preview shows."""

    plan: Plan
    consent: ConsentPlan | None
    contact: ContactPlan | None
    changes: tuple[Change, ...]
    problems: tuple[Problem, ...]
    outcome: LineOutcome


def values_of(cells: Sequence[str], mapping: Mapping[str, int], *, clears_empty: bool) -> dict[str, str]:
    """The fields of a line. An empty cell leaves what is known, unless ``clears_empty``."""
    given: dict[str, str] = {}
    for name, position in mapping.items():
        value = scrub_cell(restore_cell(cells[position]) if position < len(cells) else "").strip()
        if value or clears_empty or name in ("code", "name"):
            given[name] = value
    return given


def load_known(organisation_id: UUID, kind: str, codes: Iterable[str], *, lock: bool = False) -> dict[str, Known]:
    """The parties of these codes, by code, in four queries; locked in a lasting order when they will be written."""
    rows = Party.objects.filter(organisation_id=organisation_id, kind=kind, code__in=set(codes)).order_by("id")
    known = {party.code: Known(party) for party in (rows.select_for_update() if lock else rows)}
    by_id = {entry.party.id: entry for entry in known.values()}
    for address in Address.objects.filter(party_id__in=by_id, is_main=True):
        by_id[address.party_id].address = address
    for contact in Contact.objects.filter(party_id__in=by_id, is_active=True).order_by("id"):
        by_id[contact.party_id].contacts.append(contact)
    return known


def plan_line(values: Mapping[str, str], known: Known | None, now: datetime) -> LinePlan:
    """What the line does to the party of its code, or to a new one."""
    current = current_values(known.party, known.address) if known else None
    plan = plan_party({name: value for name, value in values.items() if name in PARTY_AND_ADDRESS}, current)
    changes, problems = list(plan.changes), list(plan.problems)
    consent = _plan_consent(values, known, now, changes, problems)
    contact = _plan_contact(values, known, changes, problems)
    if problems:
        outcome = LineOutcome.ERROR
    elif known is None:
        outcome = LineOutcome.CREATE
    else:
        outcome = LineOutcome.UPDATE if changes else LineOutcome.UNCHANGED
    return LinePlan(plan, consent, contact, tuple(changes), tuple(problems), outcome)


def _plan_consent(
    values: Mapping[str, str], known: Known | None, now: datetime, changes: list[Change], problems: list[Problem]
) -> ConsentPlan | None:
    said = values.get("consent", "")
    if not said:
        return None
    consent = _CONSENTS.get(fold(said))
    if consent is None:
        problems.append(Problem("consent", "consent", {"value": said}))
        return None
    day: date | None = None
    if written := values.get("consent_date", ""):
        day = _read_date(written)
        if day is None:
            problems.append(Problem("consent_date", "date", {"value": written}))
        elif day > paris_day(now):
            problems.append(Problem("consent_date", "date_in_future", {"value": written}))
    before = known.party.consent if known else Consent.UNKNOWN
    before_at = known.party.consent_at if known else None
    before_day = paris_day(before_at) if before_at else None
    if consent == before and (day is None or day == before_day):
        return None
    changes.append(Change("consent", str(Consent(before).value), consent.value))
    if day is not None and day != before_day:
        changes.append(Change("consent_date", _write_date(before_day), _write_date(day)))
    return ConsentPlan(consent, day)


def _plan_contact(
    values: Mapping[str, str], known: Known | None, changes: list[Change], problems: list[Problem]
) -> ContactPlan | None:
    given = {
        name.removeprefix("contact_"): value
        for name, value in values.items()
        if name in ("contact_name", "contact_email", "contact_mobile") and value
    }
    if not given:
        return None
    checked = check_contact(given)
    problems += [Problem(f"contact_{problem.field}", problem.code, problem.details) for problem in checked.problems]
    contact = _find_contact(checked.values, known)
    if contact is None and "name" not in given:
        problems.append(Problem("contact_name", "required"))
    moved = {
        name: value for name, value in checked.values.items() if contact is None or getattr(contact, name) != value
    }
    changes += [
        Change(f"contact_{name}", str(getattr(contact, name)) if contact else "", value)
        for name, value in moved.items()
    ]
    return ContactPlan(contact, moved) if moved else None


def _find_contact(values: Mapping[str, str], known: Known | None) -> Contact | None:
    """The contact of that e-mail, else the one of that name."""
    contacts = known.contacts if known else []
    email, name = values.get("email", "").casefold(), fold(values.get("name", ""))
    same_email = (contact for contact in contacts if email and contact.email.casefold() == email)
    same_name = (contact for contact in contacts if name and fold(contact.name) == name)
    return next(same_email, None) or next(same_name, None)


def _read_date(text: str) -> date | None:
    for form in _DATES:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day, not an instant
        except ValueError:
            continue
    return None


def _write_date(day: date | None) -> str:
    return day.strftime("%d/%m/%Y") if day else ""
