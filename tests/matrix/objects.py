"""One object of each kind, made through the doors that the product has for it."""

from __future__ import annotations

import io
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from PIL import Image

from pli.billing.api import Meter, SellerFacts, issue_invoice, meter_usage, save_seller
from pli.billing.receiving import keep_money
from pli.capture.api import (
    InputSource,
    PrinterSettings,
    RefusedPrint,
    create_printer,
)
from pli.capture.errors import PrinterClosed
from pli.capture.printing.jobs import Sender, receive_job
from pli.capture.printing.refusals import note_refused
from pli.capture.sources.arrivals import receive_from
from pli.delivery.api import Parcel, deliver_by_email, failed_deliveries
from pli.documents.api import existing_blob_path, keep_blob, store_bytes
from pli.gateway.accepting import Arrival, Target, accept_many
from pli.gateway.api import MailMessage, make_account
from pli.gateway.sealing import open_link as open_sealed
from pli.journal.api import Event, chain_events
from pli.journal.dispatch import STUCK_ATTEMPTS
from pli.journal.models import OutboxEntry
from pli.journey.api import QuoteWishes, send_quote
from pli.kit.clock import SYSTEM_CLOCK, FrozenClock, paris_day
from pli.kit.ids import new_id
from pli.notifications.api import Recipient
from pli.processing.api import (
    PICTURE_WIDTH,
    ArrivedFile,
    LayoutWishes,
    RecipeWishes,
    add_resource,
    cancel_run,
    sample_of_blob,
    save_layout,
    save_recipe,
    start_run,
)
from pli.processing.samples import keep_picture
from pli.quotes.api import NewQuote, open_quote
from pli.signing.api import SignerRequest
from tests.capture.ipp.conftest import make_pdf
from tests.support.ceremonies import JULIE, ask, file_contract, file_quote, last_link, sign_as
from tests.support.people import House
from tests.support.queue import RunJobs


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


def made_quotes(house: House, finished: dict[str, dict[str, str]]) -> dict[str, str]:
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


def made_printer(house: House, run_jobs: RunJobs) -> dict[str, str]:
    """A printer of the whole team, with a job that waits for somebody."""
    chosen = PrinterSettings("Accueil", asks_first=True)
    printer = create_printer(house.bruno, chosen=chosen, is_shared=True)
    stored = store_bytes([make_pdf("Devis")])
    job = receive_job(printer, Sender("Devis", "sofia"), stored=stored, media_type="application/pdf")
    run_jobs()
    note_refused(printer, PrinterClosed(who="192.168.1.20", name=printer.name, reason="elle est éteinte"))
    refused_id = str(RefusedPrint.objects.get(queue=printer).id)
    return {"printer_id": str(printer.id), "job_uuid": str(job.uuid), "refused_id": refused_id}


def made_waiting(source: InputSource, run_jobs: RunJobs) -> Any:
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
    run = start_run(house.chloe, made_arrived("matrice"), recipe_id=recipe.id)
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
        "resource_id": str(made_letterhead(house)),
    }


def made_letterhead(house: House) -> UUID:
    stored = store_bytes([make_pdf("En-tête")])
    return add_resource(house.bruno, name="En-tête", stored=stored, media_type="application/pdf").id


def made_parked_run(house: House) -> str:
    """A run whose recipe was gone."""
    return str(start_run(house.chloe, made_arrived("sans-recette"), recipe_id=new_id()).id)


def made_cancelled_run(house: House) -> str:
    """A run that was cancelled while its file was being read."""
    recipe = save_recipe(house.bruno, RecipeWishes(name="Annulée", kind="invoice", steps=[]))
    run = start_run(house.chloe, made_arrived("annulé"), recipe_id=recipe.id)
    return str(cancel_run(house.chloe, run.id).id)


def made_arrived(origin: str) -> ArrivedFile:
    stored = store_bytes([make_pdf("Facture")])
    keep_blob(stored, "application/pdf")
    return ArrivedFile(origin=f"test:{origin}", stored=stored, file_name="lot.pdf", page_count=1)


def made_failed_delivery(house: House, run_jobs: RunJobs) -> str:
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


def made_stuck(house: House) -> int:
    """What follows from an event and keeps failing."""
    entry = OutboxEntry.objects.filter(event__organisation_id=house.organisation.id).latest("id")
    entry.attempts, entry.done_at = STUCK_ATTEMPTS, None
    entry.save()
    return entry.id


def made_own_signature(house: House) -> dict[str, dict[str, str]]:
    """A request that awaits the member who sent it, and holds a paper that was joined."""
    ceremony = ask(house, SignerRequest("", "", member_id=house.chloe.member_id, asks=("RIB",)))
    signer = ceremony.signers.get()
    asked = signer.asked_files.get()
    asked.sha256, asked.media_type = ceremony.papers.get().current_sha256, "application/pdf"
    asked.save()
    about = {"ceremony_id": str(ceremony.id), "signer_id": str(signer.id), "asked_id": str(asked.id)}
    return {"signatures:mine": about, "signatures:joined": about}


def made_logo(house: House) -> str:
    out = io.BytesIO()
    Image.new("RGB", (40, 20), "navy").save(out, "PNG")
    stored = store_bytes([out.getvalue()])
    house.organisation.logo_sha256 = stored.sha256
    house.organisation.save()
    return stored.sha256


def made_chained(house: House) -> str:
    """An entry of the journal that has its place in the chain."""
    chain_events(house.organisation.id)
    return str(Event.objects.filter(organisation_id=house.organisation.id, position__gt=0).first().id)  # type: ignore[union-attr]


def made_finished(house: House, run_jobs: RunJobs) -> tuple[dict[str, dict[str, str]], dict[str, dict[str, str]]]:
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
