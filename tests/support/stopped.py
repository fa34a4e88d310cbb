"""Many things that stopped, written as rows: what « À traiter » is full of after a bad night."""

from __future__ import annotations

from datetime import timedelta

from pli.capture.api import Capture, CaptureState, InputSource, SourceKind
from pli.delivery.api import Delivery, DeliveryState, Parcel, deliver_by_email
from pli.documents.api import keep_blob, store_bytes
from pli.kit.clock import SYSTEM_CLOCK
from pli.kit.errors import PliError
from pli.kit.ids import new_id
from pli.notifications.api import Message, MessageState, Recipient
from pli.parties.api import StaffActor
from pli.pdf.api import DamagedPdf
from pli.processing.api import PieceState, Recipe, RecipeMissing, Run, RunPiece, RunState
from pli.processing.errors import PieceUnreadable
from pli.processing.models import RunReading
from pli.signing.api import Ceremony, CeremonyState
from tests.pdf import samples
from tests.support.ceremonies import file_contract
from tests.support.many import make_ceremonies, make_documents
from tests.support.people import House

HOUR = timedelta(hours=1)


def problem_of(error: PliError) -> dict[str, object]:
    """A reason as rows keep it."""
    return {"message": error.message, "kept": error.kept, "remedy": error.remedy, "details": error.details}


def park_files(
    actor: StaffActor, count: int, *, state: str = CaptureState.PARKED, source: InputSource | None = None
) -> list[Capture]:
    """Captures that a person looks at: parked, or scans to confirm when ``state`` says so."""
    blob = keep_blob(store_bytes([samples.simple_contract(pages=1)]), "application/pdf")
    now, is_parked = SYSTEM_CLOCK.now(), state == CaptureState.PARKED
    names = [f"scan-{number:03}.pdf" for number in range(count)]
    return Capture.objects.bulk_create(
        Capture(
            organisation_id=actor.organisation_id, channel="upload", source_key=str(new_id()), state=state, blob=blob,
            file_name=name, received_from=actor.reference, wishes={"kind": "other"}, source=source,
            actor={"account_id": str(actor.account_id), "member_id": str(actor.member_id), "role": str(actor.role)},
            received_at=now - HOUR, ended_at=now if is_parked else None, page_count=1, is_held=not is_parked,
            problem_code=DamagedPdf.code if is_parked else "",
            problem=problem_of(DamagedPdf()) if is_parked else {},
        )
        for name in names
    )  # fmt: skip


def park_runs(actor: StaffActor, recipe: Recipe | None, count: int, *, prefix: str = "lot") -> list[Run]:
    """Files whose recipe was switched off when they came."""
    return Run.objects.bulk_create(_run(actor, recipe, f"{prefix}-{n:03}.pdf", RunState.PARKED) for n in range(count))


def park_pieces(
    actor: StaffActor, recipe: Recipe, count: int, *, orphans: int = 0, file_name: str = "factures.pdf"
) -> Run:
    """A run that is over but for ``count`` pieces that could not be made, the last ``orphans`` of them nobody's."""
    run = _run(actor, recipe, file_name, RunState.DONE, pages=count)
    # What it shows of its first pages; the others are never looked at.
    run.blob = keep_blob(store_bytes([samples.simple_contract(pages=min(count, 3))]), "application/pdf")
    run.save()
    RunReading.objects.create(run=run, first=1, last=count, marks=[], packed=b"")
    RunPiece.objects.bulk_create(
        RunPiece(
            run=run, position=number, pages=[number], objects_of=[number], kind=run.kind, state=PieceState.PARKED,
            is_orphan=number > count - orphans, ended_at=run.ended_at, problem_code=PieceUnreadable.code,
            problem=problem_of(PieceUnreadable(reason="page vide")),
        )
        for number in range(1, count + 1)
    )  # fmt: skip
    return run


def _run(actor: StaffActor, recipe: Recipe | None, name: str, state: str, *, pages: int = 1) -> Run:
    blob = keep_blob(store_bytes([samples.simple_contract(pages=1)]), "application/pdf")
    now, is_parked = SYSTEM_CLOCK.now(), state == RunState.PARKED
    return Run(
        organisation_id=actor.organisation_id, recipe=recipe, recipe_name=recipe.name if recipe else "",
        recipe_revision=1, kind="invoice", steps=recipe.steps if recipe else [], origin=f"test:{new_id()}",
        received_from=actor.reference, channel="upload", blob=blob, file_name=name, state=state, page_count=pages,
        actor={"account_id": str(actor.account_id), "member_id": str(actor.member_id), "role": str(actor.role)},
        started_at=now - HOUR, split_at=None if is_parked else now, ended_at=now,
        problem_code=RecipeMissing.code if is_parked else "",
        problem=problem_of(RecipeMissing()) if is_parked else {},
    )  # fmt: skip


def fail_deliveries(house: House, count: int) -> list[Delivery]:
    """Sendings whose message the mail server refused."""
    document, now = file_contract(house), SYSTEM_CLOCK.now()
    fields = {"document": "Bail", "numéro_preuve": "P-1", "lien": "https://pli.example/verify"}
    to = Recipient("Julie Martin", "julie@client.example")
    made = [
        deliver_by_email(
            house.chloe, Parcel(document, (), str(new_id())), to, template="signature.completed", fields=fields
        )
        for _ in range(count)
    ]
    Message.objects.filter(id__in=[one.message_id for one in made]).update(state=MessageState.FAILED)
    Delivery.objects.filter(id__in=[one.id for one in made]).update(state=DeliveryState.FAILED, ended_at=now)
    return list(Delivery.objects.filter(id__in=[one.id for one in made]).order_by("id"))


def fail_seals(house: House, count: int) -> list[Ceremony]:
    """Requests everybody has answered, whose sealing failed for good."""
    made = make_ceremonies(house, make_documents(house, count))
    ids = [one.id for one in made]
    Ceremony.objects.filter(id__in=ids).update(state=CeremonyState.SEAL_FAILED, ended_at=None, failure="perdu")
    return list(Ceremony.objects.filter(id__in=ids))


def make_source(house: House, name: str = "Copieur de l’accueil") -> InputSource:
    """A drop account of a copier that asks first."""
    now = SYSTEM_CLOCK.now()
    return InputSource.objects.create(
        organisation=house.organisation, member_id=house.bruno.member_id, channel=SourceKind.FTP, name=name,
        asks_first=True, login=new_id().hex[:12], created_at=now, changed_at=now,
    )  # fmt: skip
