"""The mail gateway and its neighbours: who signs what it brings, who takes what is scanned to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from pli.capture.api import MailInbox, find_inbox, has_open_inboxes, recognise_device, take_mail
from pli.gateway.api import (
    LINK_CARRIED,
    AskedSignature,
    Inbox,
    close_waiting,
    take_link,
    use_inboxes,
    use_proof_keeper,
    use_record_sealer,
    use_signing_desk,
)
from pli.journal.api import Event, subscribe
from pli.journey.tracked import keep_tracked
from pli.kit.clock import SYSTEM_CLOCK, Clock, paris_day
from pli.parties.api import Account, Contact, Organisation, Party, StaffActor
from pli.signing.api import (
    CEREMONY_EXPIRED,
    CEREMONY_REFUSED,
    CEREMONY_WITHDRAWN,
    CeremonyRequest,
    SignerRequest,
    note_carried,
    preferred_level,
    seal_record,
    send_ceremony,
    use_carrier,
)

ORIGIN = "mail"


class Desk:
    """Requests for signature that come by mail."""

    def ask(self, actor: StaffActor, wanted: AskedSignature) -> UUID:
        """Each signer's origin names their row at the gateway: their link goes back to it."""
        organisation = Organisation.objects.get(id=actor.organisation_id)
        account = Account.objects.get(id=actor.account_id)
        request = CeremonyRequest(
            document_ids=wanted.document_ids,
            signers=tuple(
                SignerRequest(
                    name=one.name,
                    email=one.email,
                    mobile=one.mobile,
                    origin=f"{ORIGIN}:{one.recipient_id}",
                    language=organisation.language,
                    code_channel="SMS" if one.by_sms else "EMAIL",
                )
                for one in wanted.signers
            ),
            deadline=paris_day(SYSTEM_CLOCK.now()) + timedelta(days=wanted.days),
            sender_name=account.name or account.email,
            sender_email=account.email,
            title=wanted.title,
            is_in_order=wanted.in_turn,
            level=preferred_level(organisation),
        )
        return send_ceremony(actor, request).id

    def mobiles(self, actor: StaffActor, addresses: Sequence[str]) -> dict[str, str]:
        """What the address book says of these people; of two who share an address, nothing is guessed."""
        found: dict[str, set[str]] = {}
        contacts = Contact.objects.filter(party__organisation_id=actor.organisation_id)
        parties = Party.objects.filter(organisation_id=actor.organisation_id)
        for rows in (contacts, parties):
            known = rows.filter(email__in=list(addresses)).exclude(mobile="")
            for email, mobile in known.values_list("email", "mobile"):
                found.setdefault(email.lower(), set()).add(mobile)
        return {email: mobiles.pop() for email, mobiles in found.items() if len(mobiles) == 1}


class Scans:
    """Sources of scans that have an address at the gateway."""

    def find(self, local_part: str) -> Inbox | None:
        return _inbox(find_inbox(local_part))

    def recognise(self, login: str, secret: str) -> Inbox | None:
        return _inbox(recognise_device(login, secret))

    def has_networks(self) -> bool:
        return has_open_inboxes()

    def take(self, inbox_id: UUID, message: Path, key: str) -> None:
        take_mail(inbox_id, message, key)


def _inbox(found: MailInbox | None) -> Inbox | None:
    return Inbox(found.id, found.organisation_id, found.networks) if found else None


def bring_link(recipient_id: UUID, link: str, clock: Clock) -> bool:
    """The link of a signer who was written to through the gateway leaves at the top of that very message."""
    return take_link(recipient_id, link, clock=clock)


def _seal(organisation: Organisation, plain: Path, sealed: Path, reason: str, clock: Clock) -> bytes:
    return seal_record(organisation, plain, sealed, reason=reason, clock=clock).timestamp_token


def connect() -> None:
    """Give both rooms what they need of each other."""
    use_signing_desk(Desk())
    use_inboxes(Scans())
    use_carrier(ORIGIN, bring_link)
    use_record_sealer(_seal)
    use_proof_keeper(keep_tracked)


@subscribe(LINK_CARRIED, "journey.note-carried-link")
def note_after_relaying(event: Event) -> None:
    """The signer's evidence tells when their link left, and what the server answered."""
    recipient_id = event.data["recipient_id"]
    detail = {
        "channel": "EMAIL",
        "mail_id": str(event.subject_id),
        "provider": event.data["provider"],
        "server_reply": str((event.personal or {}).get("server_reply", "")),
        "sha256_written": event.data["sha256"],
    }
    note_carried(f"{ORIGIN}:{recipient_id}", detail, clock=SYSTEM_CLOCK)


@subscribe(CEREMONY_WITHDRAWN, "journey.close-mail-withdrawn")
@subscribe(CEREMONY_EXPIRED, "journey.close-mail-expired")
@subscribe(CEREMONY_REFUSED, "journey.close-mail-refused")
def close_after_ending(event: Event) -> None:
    """Whoever's turn had not come is written nothing any more."""
    close_waiting(event.subject_id)
