"""The demonstration's papers, and requests for signature in each state a person will meet."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from pli.documents.api import (
    Document,
    create_document,
    existing_blob_path,
    read_document,
    set_facts,
    store_bytes,
)
from pli.journey.api import QuoteWishes, send_quote
from pli.notifications.api import Channel, local_channels, local_outbox
from pli.parties.api import Account, Contact, Party, Role, StaffActor
from pli.pdf.api import inspect_pdf
from pli.project.demonstration.own_keys import OwnKey
from pli.project.demonstration.papers import make_contract, make_invoice, make_payslip_letter, make_quote
from pli.project.queue import run_waiting_jobs
from pli.quotes.api import OfferedLine
from pli.signing.api import (
    Answer,
    CeremonyRequest,
    FieldRequest,
    Signer,
    SignerRequest,
    SignerRole,
    SignerSession,
    Spot,
    check_code,
    enter,
    open_link,
    papers_digest,
    papers_shown,
    refuse,
    send_ceremony,
    send_code,
    sign,
)

# What the demonstration's quote adds up to, VAT included.
QUOTE_TOTAL = "5016.00"
# The same work with something to choose: visits, a thermostat, and one of two contracts.
QUOTE_LINES = (
    OfferedLine("Dépose de l’ancienne chaudière", Decimal(340), Decimal(20)),
    OfferedLine("Chaudière à condensation 24 kW", Decimal(2890), Decimal(20)),
    OfferedLine("Raccordement hydraulique et fumisterie", Decimal(760), Decimal(20)),
    OfferedLine("Mise en service et réglages", Decimal(95), Decimal(20), Decimal(2), Decimal(1), Decimal(6)),
    OfferedLine("Thermostat connecté", Decimal("149.90"), Decimal(20), Decimal(0), is_optional=True),
    OfferedLine("Argent, une visite par an", Decimal(120), Decimal(20), group="Contrat d’entretien"),
    OfferedLine("Or, deux visites et dépannage", Decimal(240), Decimal(20), Decimal(0), group="Contrat d’entretien"),
)


def make_requests(staff: Mapping[Role, StaffActor], parties: Mapping[str, Party], *, today: date) -> None:
    """File papers at the clients' and take some requests to their end. Skipped when any paper is there already."""
    admin, member = staff[Role.ADMIN], staff[Role.MEMBER]
    if Document.objects.filter(organisation_id=admin.organisation_id).exists():
        return
    dupont, lemaire, tilleuls, karim = (parties[code] for code in ("C001", "C002", "C003", "S001"))
    contract = _file(
        member, dupont, "contract", make_contract(_lines(dupont), "CE-2026-018", today), "Contrat d’entretien"
    )
    quote = _file(member, lemaire, "quote", make_quote(_lines(lemaire), "D-2026-041", today), "Devis 2026-041")
    refused = _file(member, tilleuls, "quote", make_quote(_lines(tilleuls), "D-2026-039", today), "Devis 2026-039")
    _file(member, dupont, "invoice", make_invoice(_lines(dupont), "F-2026-112", today), "Facture F-2026-112")
    _file(member, tilleuls, "invoice", make_invoice(_lines(tilleuls), "F-2026-113", today), "Facture F-2026-113")
    amendment = _file(
        admin, karim, "letter", make_payslip_letter(_lines(karim), "AV-2026-02", today), "Avenant au contrat de travail"
    )
    own = _file(
        member, tilleuls, "contract", make_contract(_lines(tilleuls), "CE-2026-021", today), "Contrat CE-2026-021"
    )
    key = OwnKey(member)
    key.sign_document(own, reason="Bon pour accord")
    amended = _file(
        member, tilleuls, "contract", make_contract(_lines(tilleuls), "CE-2026-022", today), "Contrat CE-2026-022"
    )
    _ask_own_key(admin, member, amended, today)
    _ask(member, contract, dupont, today, "Merci de nous retourner ce contrat signé.")
    _offer(member, refused, tilleuls, today, "")
    _offer(member, quote, lemaire, today, "Voici le devis dont nous avons parlé. Bonne lecture !")
    _ask_in_full(staff, amendment, karim, today)
    report = make_contract(_lines(tilleuls), "PV-2026-021", today)
    _ask_beside(member, _file(member, tilleuls, "contract", report, "Procès-verbal de réception"), tilleuls, today)
    if Channel.EMAIL not in local_channels():
        return  # a real mail server is set: nobody's answer can be made up
    for contact in Contact.objects.filter(party=dupont).order_by("name"):
        _sign(admin, contact.email)
    session = _enter(admin, Account.objects.get(id=member.account_id).email)
    key.sign_request(session, _answer(session))
    _refuse(admin, "n.cohen@tilleuls.example", "Le montant ne correspond pas à notre accord du 3 novembre.")
    for number, is_signed in (("035", True), ("044", False)):
        pdf = make_quote(_lines(dupont), f"D-2026-{number}", today)
        offered = _file(member, dupont, "quote", pdf, f"Devis 2026-{number}")
        # The one that waits offers a choice.
        lines = () if is_signed else QUOTE_LINES
        _offer(member, offered, dupont, today, "Ce devis est valable trente jours.", lines)
        if is_signed:
            _sign(admin, "julie.martin@dupont.example")
    run_waiting_jobs()


def _lines(party: Party) -> list[str]:
    address = party.addresses.filter(is_main=True).first()
    return [party.name, *(address.lines if address else []), f"{address.postcode} {address.city}" if address else ""]


def _file(actor: StaffActor, party: Party, kind: str, pdf: bytes, title: str) -> Document:
    stored = store_bytes([pdf])
    document = create_document(
        actor, kind_slug=kind, stored=stored, file_name=f"{title}.pdf", title=title, party_id=party.id,
        page_count=inspect_pdf(existing_blob_path(stored.sha256)).page_count,
    )  # fmt: skip
    read_document(document.id)
    return document


def _ask(actor: StaffActor, document: Document, party: Party, today: date, message: str) -> UUID:
    people = tuple(
        SignerRequest(one.name, one.email, one.mobile, f"contact:{one.id}")
        for one in party.contacts.order_by("name", "id")
    )
    sender = Account.objects.get(id=actor.account_id)
    request = CeremonyRequest(
        document_ids=(document.id,), signers=people, deadline=today + timedelta(days=14), sender_name=sender.name,
        sender_email=sender.email, message=message, is_in_order=False,
    )  # fmt: skip
    return send_ceremony(actor, request).id


def _offer(
    actor: StaffActor, document: Document, party: Party, today: date, message: str,
    lines: tuple[OfferedLine, ...] = (),
) -> None:  # fmt: skip
    """Send a quote to the first of its client's contacts."""
    contact = party.contacts.order_by("name", "id").first()
    if contact is None:
        raise LookupError(party.code)
    set_facts(actor, document.id, {"number": document.title.removeprefix("Devis "), "total": QUOTE_TOTAL})
    sender = Account.objects.get(id=actor.account_id)
    recipient = SignerRequest(contact.name, contact.email, contact.mobile, f"contact:{contact.id}")
    day = today + timedelta(days=30)
    wishes = QuoteWishes(
        document.id,
        recipient,
        day,
        sender.name,
        sender.email,
        message,
        lines=lines,
        asks_approval=bool(lines),
        may_delegate=bool(lines),
    )
    send_quote(actor, wishes)


def _ask_in_full(staff: Mapping[Role, StaffActor], document: Document, party: Party, today: date) -> None:
    """The manager approves first; the employee copies a phrase, initials each page and joins their bank details; the
    administrator countersigns at the bottom right."""
    admin = staff[Role.ADMIN]
    phrase = FieldRequest("PHRASE", "Lu et approuvé", "Lu et approuvé")
    sender = Account.objects.get(id=admin.account_id)
    people = (
        SignerRequest("", "", member_id=staff[Role.MANAGER].member_id, role=SignerRole.APPROVER),
        SignerRequest(
            party.name, party.email, party.mobile, f"party:{party.id}",
            fields=(phrase, FieldRequest("TEXT", "Fait à")), has_initials=True, asks=("RIB",), side="left",
        ),
        SignerRequest("", "", member_id=admin.member_id, side="right"),
    )  # fmt: skip
    send_ceremony(
        admin,
        CeremonyRequest(
            document_ids=(document.id,), signers=people, deadline=today + timedelta(days=21), sender_name=sender.name,
            sender_email=sender.email, message="Merci de joindre votre RIB à jour.", may_delegate=False,
        ),
    )  # fmt: skip


def _ask_beside(actor: StaffActor, document: Document, party: Party, today: date) -> None:
    """Signed on the sender's own device, when the client is there: nothing is sent to them."""
    contact = party.contacts.order_by("name", "id")[0]
    sender = Account.objects.get(id=actor.account_id)
    person = SignerRequest(contact.name, contact.email, contact.mobile, f"contact:{contact.id}", is_in_person=True)
    deadline = today + timedelta(days=7)
    send_ceremony(actor, CeremonyRequest((document.id,), (person,), deadline, sender.name, sender.email))


def _ask_own_key(admin: StaffActor, member: StaffActor, document: Document, today: date) -> None:
    """The administrator wants the member's own certificate in the file, not the organisation's seal."""
    sender = Account.objects.get(id=admin.account_id)
    send_ceremony(
        admin,
        CeremonyRequest(
            document_ids=(document.id,),
            signers=(SignerRequest("", "", member_id=member.member_id, needs_own_key=True),),
            deadline=today + timedelta(days=14), sender_name=sender.name, sender_email=sender.email,
            message="À signer avec votre carte, s’il vous plaît.",
        ),
    )  # fmt: skip


def _enter(admin: StaffActor, email: str) -> SignerSession:
    """What a signer does with their mail: open the link, type the code."""
    run_waiting_jobs()
    token, device = _last(admin, email, r"/s/([A-Za-z0-9_-]{43})"), ""
    _signer, device = open_link(token)
    session = enter(token, device)
    send_code(session)
    run_waiting_jobs()
    check_code(session, _last(admin, email, r"(?m)^\s*(\d{6})\s*$"))
    return session


def _last(admin: StaffActor, email: str, pattern: str) -> str:
    for message in local_outbox(admin):
        found = re.search(pattern, message.text)
        if message.to == email and found:
            return found.group(1)
    raise LookupError(email)


def _sign(admin: StaffActor, email: str) -> None:
    session = _enter(admin, email)
    sign(session, _answer(session))


def _answer(session: SignerSession) -> Answer:
    """A typed name near the foot of the last page."""
    signer = Signer.objects.select_related("ceremony").get(id=session.signer_id)
    paper = papers_shown(signer)[0][0]
    left = 320.0 if signer.position == 1 else 70.0
    spot = Spot(page=paper.page_count, x=left, y=640, width=170, height=68)
    return Answer(
        has_consented=True, papers_digest=papers_digest(signer), mark_kind="typed", mark_text=signer.name,
        spots={paper.id: spot},
    )  # fmt: skip


def _refuse(admin: StaffActor, email: str, reason: str) -> None:
    refuse(_enter(admin, email), reason)
