"""One of everything, made once: two organisations, every kind of object, and every kind of actor ready to knock."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.test import Client
from PIL import Image

from pli.api.api import SCOPES, add_endpoint, issue_token, send_test
from pli.billing.api import Meter, SellerFacts, issue_invoice, meter_usage, save_seller
from pli.billing.receiving import keep_money
from pli.capture.api import (
    FtpOptions,
    InputSource,
    PrinterSettings,
    SourceSettings,
    Wishes,
    create_printer,
    create_source,
    receive,
)
from pli.capture.printing.jobs import Sender, receive_job
from pli.capture.sources.arrivals import receive_from
from pli.delivery.api import Parcel, deliver_by_email, failed_deliveries
from pli.documents.api import DocumentKind, existing_blob_path, keep_blob, store_bytes
from pli.gateway.accepting import Arrival, Target, accept_many
from pli.gateway.api import MailMessage, make_account
from pli.gateway.sealing import open_link as open_sealed
from pli.journal.api import Event, chain_events
from pli.journal.dispatch import STUCK_ATTEMPTS
from pli.journal.models import OutboxEntry
from pli.journey.api import QuoteWishes, send_quote
from pli.kit.clock import SYSTEM_CLOCK, FrozenClock, paris_day
from pli.kit.ids import new_id
from pli.notifications.api import Recipient, local_outbox
from pli.parties.api import (
    Account,
    Party,
    PartyKind,
    PortalAccess,
    Role,
    StaffActor,
    invite_member,
    open_portal_access,
    receive_import,
)
from pli.processing.api import (
    PICTURE_WIDTH,
    ArrivedFile,
    LayoutWishes,
    RecipeWishes,
    add_resource,
    sample_of_blob,
    save_layout,
    save_recipe,
    start_run,
)
from pli.processing.samples import keep_picture
from pli.quotes.api import NewQuote, open_quote
from pli.signing.api import Signer, SignerRequest, check_code, device_cookie, enter, open_link, send_code
from tests.capture.ipp.conftest import make_pdf
from tests.matrix.gateway_world import tracked_places
from tests.matrix.own_keys import made_own_key
from tests.matrix.people import Who
from tests.matrix.prepared import made_form, made_prepared
from tests.support.ceremonies import JULIE, PAUL, ask, file_contract, file_quote, last_code, last_link, sign_as
from tests.support.people import PASSWORD, House, make_house
from tests.support.queue import RunJobs


@dataclass(frozen=True)
class World:
    """Who knocks, on what."""

    clients: dict[Who, Client]
    headers: dict[Who, dict[str, str]]
    values: dict[str, str]
    own_values: dict[str, dict[str, str]]

    def values_for(self, key: str) -> dict[str, str]:
        """What fills the address ``key``: the object it is about."""
        return self.values | self.own_values.get(key, {})


def build_world(run_jobs: RunJobs) -> World:
    """Make everything, in the caller's transaction."""
    house, elsewhere = make_house("mercier"), make_house("lambert")
    values, own_values = _objects(house, run_jobs)
    token, device, other_device = _signers(house, run_jobs)
    values["token"] = token
    clients = {who: Client(raise_request_exception=False) for who in Who}
    accounts = {
        Who.OTHER_ADMIN: elsewhere.alice.account_id,
        Who.AUDITOR: house.denis.account_id,
        Who.MEMBER: house.chloe.account_id,
        Who.MANAGER: house.bruno.account_id,
        Who.ADMIN: house.alice.account_id,
        Who.PORTAL_OWNER: house.portal.account_id,
        Who.OTHER_CLIENT: _portal_account(house, "C002", PartyKind.CLIENT),
        Who.OTHER_EMPLOYEE: _portal_account(house, "E001", PartyKind.EMPLOYEE),
    }
    for who, account_id in accounts.items():
        clients[who].force_login(Account.objects.get(id=account_id))
    clients[Who.SIGNER].cookies[device_cookie(token)] = device
    finished = own_values["signing:proof"]
    clients[Who.SIGNER].cookies[device_cookie(finished["token"])] = finished.pop("device")
    clients[Who.OTHER_SIGNER].cookies[device_cookie(token)] = other_device
    clients[Who.OTHER_SIGNER].cookies[device_cookie(finished["token"])] = other_device
    issued = {
        Who.TOKEN: _token(house.alice),
        Who.TOKEN_MEMBER: _token(house.chloe),
        Who.TOKEN_AUDITOR: _token(house.denis),
        Who.TOKEN_OTHER: _token(elsewhere.alice),
        Who.TOKEN_BARE: _token(house.alice, but=True),
    }
    headers = {who: {"Authorization": f"Bearer {text}"} for who, text in issued.items()}
    return World(clients, headers, values, own_values)


def _token(actor: StaffActor, *, but: bool = False) -> str:
    """A token with every scope, or ``but`` with none of any use: its only scope is taken away after it was made."""
    made, text = issue_token(actor, name="matrice", scopes=list(SCOPES))
    if but:
        made.scopes = []
        made.save(update_fields=["scopes"])
    return text


def _portal_account(house: House, code: str, kind: PartyKind) -> Any:
    party = Party.objects.create(
        organisation=house.organisation, kind=kind, code=code, name=f"Voisin {code}", email=f"{code}@voisin.example"
    )
    account = Account.objects.create_user(f"{code}@portail.example".lower(), PASSWORD, name=f"Voisin {code}")
    PortalAccess.objects.create(party=party, account=account)
    return account.id


def _signers(house: House, run_jobs: RunJobs) -> tuple[str, str, str]:
    """The link and device of a signer who may sign, and the device of a signer of another request."""
    julie, paul = partial(_arrive, house, run_jobs, JULIE), partial(_arrive, house, run_jobs, PAUL)
    _, other_device = paul()
    token, device = julie()
    return token, device, other_device


def _arrive(house: House, run_jobs: RunJobs, person: Any) -> tuple[str, str]:
    ask(house, person)
    run_jobs()
    token = last_link(house, person.email)
    _, device = open_link(token)
    session = enter(token, device)
    send_code(session)
    run_jobs()
    check_code(session, last_code(house, person.email))
    return token, device


def _objects(house: House, run_jobs: RunJobs) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    document = file_contract(house)
    document.is_published = True
    document.save(update_fields=["is_published"])
    rendition = document.renditions.get()
    finished, finished_own = _finished(house, run_jobs)
    under_way = ask(house, documents=[document])
    parked, _ = receive(
        house.chloe,
        channel="upload",
        stored=store_bytes([b"%PDF-1.4 casse"]),
        file_name="cassé.pdf",
        source_key="matrice",
        wishes=Wishes(),
    )
    run_jobs()
    endpoint, _secret = add_endpoint(house.alice, url="https://crochet.example/", event_types=["signing.ceremony-sent"])
    delivery = send_test(house.alice, endpoint.id)
    access = open_portal_access(actor=house.bruno, party_id=house.dupont.id, name="Ana", email="ana@client.example")
    member = invite_member(actor=house.alice, email="emma@mercier.example", name="Emma", role=Role.MEMBER)
    made = receive_import(
        actor=house.bruno, kind=PartyKind.CLIENT, file_name="clients.csv", file=io.BytesIO(b"code;nom\nC9;Neuf\n")
    )
    token, _ = issue_token(house.alice, name="à révoquer", scopes=["documents:read"])
    message = next(one for one in local_outbox(house.alice) if one.to == JULIE.email)
    source, _ = create_source(house.bruno, chosen=SourceSettings("Copieur", FtpOptions(), asks_first=True))
    values = {
        "kept": "not-mine",
        "revision": "1",
        **made_mail(house, run_jobs),
        **made_prepared(house, document),
        **made_account(house),
        **_quotes(house, finished),
        "sha256": _logo(house),
        "kind_id": str(DocumentKind.objects.filter(organisation=house.organisation).first().id),  # type: ignore[union-attr]
        "event_id": _chained(house),
        "organisation_id": str(house.organisation.id),
        **_printer(house, run_jobs),
        "source_id": str(source.id),
        "door": "ftp",
        **made_run(house, run_jobs),
        "entry_id": str(_stuck(house)),
        **made_own_key(house, document),
        "document_id": str(document.id),
        "rendition_id": str(rendition.id),
        "folder_id": str(document.folder_id),
        "number": "1",
        "position": "1",
        "form": "pdf",
        "ceremony_id": str(under_way.id),
        "asked_id": str(under_way.id),
        "secret": "x" * 43,
        "signer_id": str(Signer.objects.get(ceremony=under_way).id),
        "capture_id": str(parked.id),
        "key": "clef-de-la-matrice",
        "party_id": str(house.dupont.id),
        "contact_id": str(house.julie.id),
        "access_id": str(access.activation.access_id),
        "member_id": str(member.activation.member_id),
        "import_id": str(made.id),
        "message_id": str(message.id),
        "webhook_id": str(endpoint.id),
        "delivery_id": str(delivery.id),
        "token_id": str(token.id),
        "slug": "signature.invitation",
        "channel": "EMAIL",
        "language": "fr",
        "book": "clients",
        "colour": "1f4e79",
        "provider_id": "inconnu",
        "pk": "1",
        "uidb36": "1",
        "rest": "nulle/part",
        "day": (paris_day(SYSTEM_CLOCK.now()) + timedelta(days=9)).isoformat(),
    }
    delivered = {"delivery_id": _failed_delivery(house, run_jobs)}
    failed = {
        "deliveries:retry": delivered,
        "deliveries:abandon": delivered,
        "api/v1/runs/<run_id>/retry": {"run_id": _parked_run(house)},
    }
    held = {"capture_id": str(_waiting(source, run_jobs))}
    failed |= _own_signature(house)
    failed |= {"todo:confirm": held, "todo:aside": held, "todo:page": held}
    values_of_files = {"token": values.pop("files_token")}
    failed |= {"files:show": values_of_files, "files:fetch": values_of_files}
    failed |= tracked_places(house, run_jobs)
    finished_own |= made_form(values["template_id"], house)
    return values, finished_own | {"activation:link": {"token": member.token}} | finished | failed


def made_mail(house: House, run_jobs: RunJobs) -> dict[str, str]:
    """What Alice sent through the gateway: a file behind a link, that stayed on this machine."""
    account, _secret = make_account(house.alice)
    content = b"Subject: *LIEN Plans\r\nContent-Type: application/zip; name=a.zip\r\n\r\nPK\r\n"
    target = Target("julie@client.example")
    arrival = Arrival(house.organisation.id, account.id, "alice@mercier.example", (target,), content, tag="LIEN")
    [mail_id] = accept_many([arrival])
    run_jobs()
    sent = MailMessage.objects.get(id=mail_id)
    one = sent.recipients.get()
    link = open_sealed(one.id, one.sealed_link or b"")
    return {
        "account_id": str(account.id),
        "mail_id": str(mail_id),
        "file_id": str(sent.files.get().id),
        "files_token": link.rstrip("/").rpartition("/")[2],
    }


def made_account(house: House) -> dict[str, str]:
    """A charge, an invoice of it, and money nobody claims."""
    clock = FrozenClock(SYSTEM_CLOCK.now() - timedelta(days=40))
    save_seller(house.alice, SellerFacts("Pli SAS", "1 rue du Pli", "732829320"))
    usage = meter_usage(
        house.organisation.id,
        Meter.LETTER,
        "matrice",
        occurred_at=clock.now(),
        cause=("delivery", new_id()),
        clock=clock,
    )
    invoice = issue_invoice(house.organisation.id, paris_day(clock.now()))
    money, _ = keep_money(
        "bank", "matrice", amount=Decimal(5), currency="EUR", day=paris_day(clock.now()), text="", payer="", actor="m"
    )
    return {
        "charge_id": str(usage.entry.id), "invoice_id": str(invoice.id if invoice else ""), "money_id": str(money.id),
        "organisation_slug": house.organisation.slug, "provider": "standard",
    }  # fmt: skip


def _quotes(house: House, finished: dict[str, dict[str, str]]) -> dict[str, str]:
    """A quote that waits for its answer, one that was signed, and one that has not left."""
    papers = [file_quote(house, title=f"Devis {number}") for number in range(1, 3)]
    about = next(iter(finished.values()))
    new = NewQuote(papers[0], (), UUID(about["ceremony_id"]), "Julie", "julie@client.example", SYSTEM_CLOCK.now())
    with transaction.atomic():
        signed = open_quote(house.chloe, new)
    finished["portal-quotes:proof"] = {"quote_id": str(signed.id), "number": about["number"]}
    return {"quote_id": made_quote(house), "quote_document_id": str(papers[1].id)}


def made_quote(house: House) -> str:
    """A quote that waits for its answer."""
    recipient = SignerRequest("Julie Martin", "julie@client.example", origin="typed")
    day = paris_day(SYSTEM_CLOCK.now()) + timedelta(days=9)
    paper = file_quote(house, title="Devis 0")
    return str(send_quote(house.chloe, QuoteWishes(paper.id, recipient, day, "Chloé", "chloe@mercier.example")).id)


def _printer(house: House, run_jobs: RunJobs) -> dict[str, str]:
    """A printer of the whole team, with a job that waits for somebody."""
    chosen = PrinterSettings("Accueil", asks_first=True)
    printer = create_printer(house.bruno, chosen=chosen, is_shared=True)
    stored = store_bytes([make_pdf("Devis")])
    job = receive_job(printer, Sender("Devis", "sofia"), stored=stored, media_type="application/pdf")
    run_jobs()
    return {"printer_id": str(printer.id), "job_uuid": str(job.uuid)}


def _waiting(source: InputSource, run_jobs: RunJobs) -> Any:
    """A scan that waits for somebody."""
    stored = store_bytes([make_pdf("Numérisation")])
    capture, _ = receive_from(
        source, stored=stored, file_name="scan.pdf", source_key="matrice", media_type="application/pdf"
    )
    run_jobs()
    return capture.id


def made_run(house: House, run_jobs: RunJobs) -> dict[str, str]:
    """A run that was cut, with pages that belong to nobody."""
    steps = [{"slug": "split", "options": {"by": "text", "pattern": "Introuvable"}}]
    recipe = save_recipe(house.bruno, RecipeWishes(name="Matrice", kind="invoice", steps=steps))
    run = start_run(house.chloe, _arrived("matrice"), recipe_id=recipe.id)
    run_jobs()
    sample = sample_of_blob(house.bruno, run.blob)
    picture = keep_picture(house.organisation.id, sample.sha256, existing_blob_path(sample.sha256), PICTURE_WIDTH)
    return {
        "recipe_id": str(recipe.id),
        "run_id": str(run.id),
        "piece_id": str(run.pieces.get().id),
        "start": "empty",
        "ticket": picture,
        "layout_id": str(save_layout(house.bruno, LayoutWishes("Matrice", "invoice", house.dupont.id)).id),
        "resource_id": str(_letterhead(house)),
    }


def _letterhead(house: House) -> UUID:
    stored = store_bytes([make_pdf("En-tête")])
    return add_resource(house.bruno, name="En-tête", stored=stored, media_type="application/pdf").id


def _parked_run(house: House) -> str:
    """A run whose recipe was gone."""
    return str(start_run(house.chloe, _arrived("sans-recette"), recipe_id=new_id()).id)


def _arrived(origin: str) -> ArrivedFile:
    stored = store_bytes([make_pdf("Facture")])
    keep_blob(stored, "application/pdf")
    return ArrivedFile(origin=f"test:{origin}", stored=stored, file_name="lot.pdf", page_count=1)


def _failed_delivery(house: House, run_jobs: RunJobs) -> str:
    delivery = deliver_by_email(
        house.chloe,
        Parcel(file_contract(house), (), "matrice"),
        Recipient("Julie", "not an address"),
        template="signature.completed",
        fields={"document": "Bail", "numéro_preuve": "P-1", "lien": "https://pli.example/verify"},
    )
    run_jobs()
    assert failed_deliveries(house.chloe).filter(id=delivery.id).exists()
    return str(delivery.id)


def _stuck(house: House) -> int:
    """What follows from an event and keeps failing."""
    entry = OutboxEntry.objects.filter(event__organisation_id=house.organisation.id).latest("id")
    entry.attempts, entry.done_at = STUCK_ATTEMPTS, None
    entry.save()
    return entry.id


def _own_signature(house: House) -> dict[str, dict[str, str]]:
    """A request that awaits the member who sent it, and holds a paper that was joined."""
    ceremony = ask(house, SignerRequest("", "", member_id=house.chloe.member_id, asks=("RIB",)))
    signer = ceremony.signers.get()
    asked = signer.asked_files.get()
    asked.sha256, asked.media_type = ceremony.papers.get().current_sha256, "application/pdf"
    asked.save()
    about = {"ceremony_id": str(ceremony.id), "signer_id": str(signer.id), "asked_id": str(asked.id)}
    return {"signatures:mine": about, "signatures:joined": about}


def _logo(house: House) -> str:
    out = io.BytesIO()
    Image.new("RGB", (40, 20), "navy").save(out, "PNG")
    stored = store_bytes([out.getvalue()])
    house.organisation.logo_sha256 = stored.sha256
    house.organisation.save()
    return stored.sha256


def _chained(house: House) -> str:
    """An entry of the journal that has its place in the chain."""
    chain_events(house.organisation.id)
    return str(Event.objects.filter(organisation_id=house.organisation.id, position__gt=0).first().id)  # type: ignore[union-attr]


def _finished(house: House, run_jobs: RunJobs) -> tuple[dict[str, dict[str, str]], dict[str, dict[str, str]]]:
    """A ceremony that went to its end, for what only exists then."""
    ceremony = ask(house)
    run_jobs()
    token = last_link(house, JULIE.email)
    devices: list[str] = []
    sign_as(house, JULIE.email, run_jobs, keep_device=devices.append)
    run_jobs()
    signer = ceremony.signers.get()
    about = {
        "ceremony_id": str(ceremony.id),
        "number": signer.evidence_number,
        "document_id": str(ceremony.papers.get().document_id),
    }
    keys = (
        "signatures:proof",
        "signatures:archive",
        "signatures:file",
        "verify:number",
        "api/v1/verify/<number>",
        "api/v1/ceremonies/<ceremony_id>/files",
        "api/v1/ceremonies/<ceremony_id>/files/<document_id>",
        "api/v1/ceremonies/<ceremony_id>/evidence",
        "api/v1/ceremonies/<ceremony_id>/evidence/<number>",
        "api/v1/ceremonies/<ceremony_id>/proof.zip",
    )
    return {key: about for key in keys}, {"signing:proof": {"token": token, "device": devices[0]}}
