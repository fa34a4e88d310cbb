"""Who may send what to whom. Nothing here is told to a log but an address that guesses passwords."""

from __future__ import annotations

import asyncio
import base64
import binascii
import ipaddress
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from aiosmtpd.smtp import MISSING, Envelope, Session
from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from pli.documents.api import UnableToStore
from pli.gateway.accepting import Acceptor, Arrival, Target
from pli.gateway.accounts import Sender, find_by_address, is_large_taken, recognise
from pli.gateway.bounces import LARGEST_BOUNCE, is_bounce_address, organisation_of_bounce
from pli.gateway.mime.heads import read_head
from pli.gateway.sealing import own_mark
from pli.gateway.seams import Inbox, inboxes
from pli.gateway.smtp.reading import Intake
from pli.gateway.smtp.server import GatewaySmtp
from pli.gateway.subjects import Subject, read_subject, tag_of
from pli.kit.gate import Gate

log = logging.getLogger(__name__)
T = TypeVar("T")
LARGE = 1_500_000_000
"""A gigabyte of files, which base64 makes a third larger on the way."""
MOST_RECIPIENTS = 500
MOST_RECEIVED = 50
"""A message that went through as many servers goes round in circles (RFC 5321 §6.3)."""
LOST = "451 4.3.0 Nothing was kept, try again later"
NEEDS_AUTH = "530 5.7.0 Authentication required"


@dataclass(frozen=True)
class Routed:
    """A recipient the door lets in, and whose house it belongs to when it is an address of ours."""

    target: Target
    inbox: Inbox | None = None
    is_bounce: bool = False


class Door:
    """What every connection asks; one for the whole process."""

    def __init__(self, acceptor: Acceptor, *, threads: int = 8) -> None:
        self.acceptor = acceptor
        self.gate = Gate()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="door")

    async def ask(self, question: Callable[[], T]) -> T:
        """Ask the database in a thread of its own.

        :raises DatabaseError: when it does not answer.
        """

        def work() -> T:
            close_old_connections()
            try:
                return question()
            except (DatabaseError, InterfaceError):
                connection.close()
                raise

        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    # -- greeting and logging in --------------------------------------------------------------------------------

    async def handle_EHLO(
        self, server: GatewaySmtp, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Announce the size that may be sent here, enhanced status codes and delivery reports (RFC 3461)."""
        session.host_name = hostname
        sender = _sender(session)
        large = sender.takes_large if sender else await self.ask(is_large_taken)
        size = LARGE if large else settings.PLI_SMTP_MAX_BYTES
        server.data_size_limit = size
        said = [f"250-SIZE {size}" if line.startswith("250-SIZE") else line for line in responses]
        return [*said[:-1], "250-ENHANCEDSTATUSCODES", "250-DSN", said[-1]]

    async def handle_HELO(self, server: GatewaySmtp, session: Session, envelope: Envelope, hostname: str) -> str:
        """An old device, which can't log in."""
        session.host_name = hostname
        server.data_size_limit = settings.PLI_SMTP_MAX_BYTES
        return f"250 {server.hostname}"

    async def handle_AUTH(self, server: GatewaySmtp, session: Session, envelope: Envelope, args: list[str]) -> Any:
        """PLAIN (RFC 4616) and LOGIN; an address that guesses waits longer each time, then is kept out."""
        peer = _peer(session)
        if self.gate.is_banned(peer):
            return "421 4.7.0 Too many wrong passwords, come back later"
        given = await _credentials(server, args)
        if given is None:
            return None
        try:
            found = await self.ask(lambda: _recognise(*given))
        except (DatabaseError, InterfaceError):
            return "454 4.7.0 Temporary authentication failure"
        if found is None:
            delay = self.gate.fail(peer)
            log.warning("a wrong log-in from %s", peer)
            await asyncio.sleep(delay)
            return "535 5.7.8 Authentication credentials invalid"
        self.gate.succeed(peer)
        known: Any = session
        known.authenticated, known.auth_data = True, found
        server.data_size_limit = LARGE if found.takes_large else settings.PLI_SMTP_MAX_BYTES
        return "235 2.7.0 Authentication successful"

    # -- envelope -----------------------------------------------------------------------------------------------

    async def handle_MAIL(
        self, server: GatewaySmtp, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """The sender: one of their own addresses, or nobody."""
        if not _is_writable(address):
            return "553 5.1.7 This address can't be written"
        written = "" if address == "<>" else address
        if server.is_trusted:
            # A mail server keeps its connection for messages of several senders.
            known: Any = session
            known.auth_data = await self.ask(lambda: find_by_address(written))
        sender = _sender(session)
        if sender is None and not server.is_trusted and not await self._has_open_addresses():
            return NEEDS_AUTH
        if sender and sender.device_id is None and written and written.lower() not in sender.addresses:
            return "553 5.7.1 This address is not yours: write as yourself"
        if server.is_trusted and sender is None and not settings.PLI_SMTP_BOUNCES:
            return "550 5.7.1 Nobody here writes from this address"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def _has_open_addresses(self) -> bool:
        return bool(settings.PLI_SMTP_BOUNCES) or await self.ask(inboxes().has_networks)

    async def handle_RCPT(
        self, server: GatewaySmtp, session: Session, envelope: Any, address: str, options: list[str]
    ) -> str:
        """A recipient: anybody for a member, addresses of our own for those who did not log in."""
        if len(envelope.targets) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        if not _is_writable(address) or "@" not in address:
            return "553 5.1.3 This address can't be written"
        sender = _sender(session)
        local_part, _, domain = address.rpartition("@")
        routed: Routed | None = None
        if domain.lower() == settings.PLI_SMTP_DOMAIN.lower():
            routed = await self.ask(lambda: _route(local_part, address))
        if routed is None and (sender is None or sender.device_id):
            return NEEDS_AUTH if sender is None and not server.is_trusted else "550 5.7.1 Not from here"
        if routed and routed.inbox and not _may_deposit(sender, routed.inbox, _peer(session)):
            return "550 5.7.1 Not from here" if sender or server.is_trusted else NEEDS_AUTH
        asked, found = server.asked_reports, routed or Routed(Target(address))
        target = replace(found.target, notify=asked.notify, original=asked.original)
        envelope.targets.append(replace(found, target=target))
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    # -- the message --------------------------------------------------------------------------------------------

    async def finish(self, server: GatewaySmtp, intake: Intake) -> str:
        """Make a whole message durable; what the client is told."""
        session: Any = server.session
        envelope: Any = server.envelope
        sender = _sender(session)
        if intake.is_too_large:
            return "552 5.3.4 The message is too large"
        head = read_head(intake.head)
        if head.received > MOST_RECEIVED or own_mark() in head.marks:
            return "554 5.4.6 This message goes round in circles"
        said = read_subject(head.subject) if sender and sender.account_id else Subject(head.subject)
        stays_here = any(tag_of(one.slug).takes_large for one in said.tags)
        refusal = _refuse_size(intake.size, sender, envelope.targets, is_link=stays_here)
        if refusal:
            return refusal
        try:
            organisation_id = sender.organisation_id if sender else await self.ask(lambda: _house(envelope.targets))
            content = intake.finish() if intake.size < (1 << 20) else await self._flush(intake)
            arrival = Arrival(
                organisation_id=organisation_id, account_id=sender.account_id if sender else None,
                sender="" if envelope.mail_from == "<>" else envelope.mail_from,
                targets=tuple(one.target for one in envelope.targets), content=content,
                subject=said.rest, message_id=head.message_id, tag=said.words,
                needs_utf8=bool(envelope.smtp_utf8), peer=_peer(session),
                returns=envelope.asked_return.returns, envelope_id=envelope.asked_return.envelope_id,
            )  # fmt: skip
            message_id = await asyncio.wrap_future(self.acceptor.accept(arrival))
        except UnableToStore:
            return "452 4.3.1 The disk is full: nothing was kept, try again later"
        except (DatabaseError, InterfaceError, LookupError):
            return LOST
        return f"250 2.0.0 Kept as {message_id}"

    async def _flush(self, intake: Intake) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._pool, intake.finish)

    async def handle_exception(self, error: Exception) -> str:
        """What nobody foresaw: said without what it was about."""
        log.error("a command failed: %s", type(error).__name__)
        return LOST

    def close(self) -> None:
        """Give back the threads."""
        self._pool.shutdown(wait=True)


def _sender(session: Session | None) -> Sender | None:
    found = getattr(session, "auth_data", None)
    return found if isinstance(found, Sender) else None


def _peer(session: Session | None) -> str:
    peer = session.peer if session else None
    return str(peer[0]) if isinstance(peer, tuple) else "local"


def _is_writable(address: str) -> bool:
    """Whether it can stand in a row and in an envelope: no sign that is not printed, no byte that is no text."""
    return len(address) <= 320 and all(sign.isprintable() for sign in address) and " " not in address


async def _credentials(server: GatewaySmtp, args: Sequence[str]) -> tuple[str, str] | None:
    """The log-in and password that a client gives; None when it was told that they can't be read."""
    mechanism = args[0].upper()
    if mechanism == "PLAIN":
        blob = await _given(server, args[1]) if len(args) > 1 else await server.challenge_auth("")
        if blob is MISSING or not isinstance(blob, bytes):
            return None
        parts = blob.split(b"\0")
        if len(parts) == 3:
            return parts[1].decode("utf-8", "replace"), parts[2].decode("utf-8", "replace")
        await server.push("501 5.5.2 Can't split auth value")
        return None
    login = await _given(server, args[1]) if len(args) > 1 else await server.challenge_auth("Username:")
    if not isinstance(login, bytes):
        return None
    secret = await server.challenge_auth("Password:")
    if not isinstance(secret, bytes):
        return None
    return login.decode("utf-8", "replace"), secret.decode("utf-8", "replace")


async def _given(server: GatewaySmtp, said: str) -> bytes | None:
    if said == "=":
        return b""
    try:
        return base64.b64decode(said, validate=True)
    except (binascii.Error, ValueError):
        await server.push("501 5.5.2 Can't decode base64")
        return None


def _recognise(login: str, secret: str) -> Sender | None:
    """A member, else the device of a source of scans."""
    found = recognise(login, secret)
    if found is not None or "\0" in login + secret:
        return found
    inbox = inboxes().recognise(login, secret)
    return Sender(inbox.organisation_id, None, device_id=inbox.id) if inbox else None


def _route(local_part: str, address: str) -> Routed | None:
    if is_bounce_address(address) and organisation_of_bounce(address) is not None:
        return Routed(Target(address), is_bounce=True)
    inbox = inboxes().find(local_part)
    return Routed(Target(address, inbox.id), inbox) if inbox else None


def _may_deposit(sender: Sender | None, inbox: Inbox, peer: str) -> bool:
    """A device into its own source, a member into those of their organisation, an allowed network without log-in."""
    if sender is not None and sender.device_id is not None:
        return sender.device_id == inbox.id
    if sender is not None:
        return sender.organisation_id == inbox.organisation_id
    try:
        address = ipaddress.ip_address(peer)
        return any(address in ipaddress.ip_network(network, strict=False) for network in inbox.networks)
    except ValueError:
        return False


def _house(targets: Sequence[Routed]) -> Any:
    """The organisation of a message that nobody logged in for: that of the address it was sent to.

    :raises LookupError: when there is none any more.
    """
    for one in targets:
        found = one.inbox.organisation_id if one.inbox else organisation_of_bounce(one.target.address)
        if found is not None:
            return found
    raise LookupError


def _refuse_size(size: int, sender: Sender | None, targets: Sequence[Routed], *, is_link: bool) -> str:
    """What to say of a message whose size only some may send; empty when it may pass."""
    if sender is None and all(one.is_bounce for one in targets) and size > LARGEST_BOUNCE:
        return "552 5.3.4 The message is too large"
    is_large = size > settings.PLI_SMTP_MAX_BYTES
    if is_large and not (sender and sender.takes_large and is_link):
        return "552 5.3.4 The message is too large: write *LIEN in its subject, if your account may"
    return ""
