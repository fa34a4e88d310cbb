"""One of everything, made once: two organisations, every kind of object, and every kind of actor ready to knock."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django.test import Client

from pli.api.api import SCOPES, add_endpoint, issue_token, send_test
from pli.capture.api import (
    FtpOptions,
    SourceSettings,
    Wishes,
    create_source,
    receive,
)
from pli.documents.api import DocumentKind, store_bytes
from pli.kit.clock import SYSTEM_CLOCK, paris_day
from pli.notifications.api import local_outbox
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
from pli.signing.api import Signer, check_code, device_cookie, enter, open_link, send_code
from tests.matrix.gateway_world import tracked_places
from tests.matrix.objects import (
    made_account,
    made_cancelled_run,
    made_chained,
    made_failed_delivery,
    made_finished,
    made_logo,
    made_mail,
    made_own_signature,
    made_parked_run,
    made_printer,
    made_quotes,
    made_run,
    made_stuck,
    made_waiting,
)
from tests.matrix.own_keys import made_own_key
from tests.matrix.people import Who
from tests.matrix.prepared import made_form, made_prepared
from tests.support.ceremonies import JULIE, PAUL, ask, file_contract, last_code, last_link
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
    finished, finished_own = made_finished(house, run_jobs)
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
        **made_quotes(house, finished),
        "sha256": made_logo(house),
        "kind_id": str(DocumentKind.objects.filter(organisation=house.organisation).first().id),  # type: ignore[union-attr]
        "event_id": made_chained(house),
        "organisation_id": str(house.organisation.id),
        **made_printer(house, run_jobs),
        "source_id": str(source.id),
        "door": "ftp",
        **made_run(house, run_jobs),
        "entry_id": str(made_stuck(house)),
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
    delivered = {"delivery_id": made_failed_delivery(house, run_jobs)}
    failed = {
        "deliveries:retry": delivered,
        "deliveries:abandon": delivered,
        "api/v1/runs/<run_id>/retry": {"run_id": made_parked_run(house)},
        "api/v1/runs/<run_id>/resume": {"run_id": made_cancelled_run(house)},
    }
    held = {"capture_id": str(made_waiting(source, run_jobs))}
    failed |= made_own_signature(house)
    failed |= {"todo:confirm": held, "todo:aside": held, "todo:page": held}
    failed |= {"api/v1/captures/<capture_id>/confirm": held}
    values_of_files = {"token": values.pop("files_token")}
    failed |= {"files:show": values_of_files, "files:fetch": values_of_files}
    failed |= tracked_places(house, run_jobs)
    finished_own |= made_form(values["template_id"], house)
    return values, finished_own | {"activation:link": {"token": member.token}} | finished | failed
