"""aiosmtpd with a DATA of our own: by large pieces, to the disk, in flat memory; 250 only when it is durable."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from aiosmtpd.smtp import SMTP, Envelope, syntax

from pli.documents.api import UnableToStore
from pli.gateway.smtp.asked import (
    MAIL_WORDS,
    RCPT_WORDS,
    AskedReports,
    AskedReturn,
    BadParameter,
    read_reports,
    read_return,
    take_words,
)
from pli.gateway.smtp.reading import DotReader, Intake

if TYPE_CHECKING:
    from pli.gateway.smtp.door import Door

log = logging.getLogger(__name__)
_ALL = 1 << 24


class MailEnvelope(Envelope):
    """An envelope, and what the door knows of its recipients."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: list[Any] = []
        self.asked_return = AskedReturn()


class GatewaySmtp(SMTP):
    """One connection."""

    event_handler: Door

    def __init__(self, handler: Door, *, is_trusted: bool = False, **options: Any) -> None:
        self.is_trusted = is_trusted
        self.asked_reports = AskedReports()
        super().__init__(handler, **options)

    def _create_envelope(self) -> Envelope:
        return MailEnvelope()

    @syntax("MAIL FROM: <address>", extended=" [SP <mail-parameters>]")
    async def smtp_MAIL(self, arg: str | None) -> None:
        """RFC 5321 §4.1.1.2, with RET and ENVID."""
        envelope: Any = self.envelope
        try:
            rest, said = take_words(arg or "", MAIL_WORDS)
            asked = read_return(said)
        except BadParameter as word:
            await self.push(f"501 5.5.4 Error: {word}")
            return
        if envelope is not None:
            envelope.asked_return = asked
        await super().smtp_MAIL(rest if arg is not None else None)

    @syntax("RCPT TO: <address>", extended=" [SP <mail-parameters>]")
    async def smtp_RCPT(self, arg: str | None) -> None:
        """RFC 5321 §4.1.1.3, with NOTIFY and ORCPT."""
        try:
            rest, said = take_words(arg or "", RCPT_WORDS)
            self.asked_reports = read_reports(said)
        except BadParameter as word:
            await self.push(f"501 5.5.4 Error: {word}")
            return
        await super().smtp_RCPT(rest if arg is not None else None)

    @syntax("DATA")
    async def smtp_DATA(self, arg: str | None) -> None:
        """RFC 5321 §4.1.1.4."""
        if await self.check_helo_needed():
            return
        envelope = self.envelope
        if envelope is None or not envelope.rcpt_tos:
            await self.push("503 5.5.1 Error: need RCPT command")
            return
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        intake = Intake(self.data_size_limit or _ALL)
        try:
            status = await self._receive(intake)
        finally:
            intake.discard()
        count = len(envelope.rcpt_tos)
        self.envelope = self._create_envelope()
        await self._answer(status, count)

    async def _answer(self, status: str, count: int) -> None:
        await self.push(status)

    async def _receive(self, intake: Intake) -> str:
        """Read to the last dot whatever happens, then say what became of it."""
        trouble: UnableToStore | None = None
        reader = DotReader()
        while True:
            chunk = await self._reader.read(_ALL)
            if not chunk:
                # The line was cut in the middle of the message: nothing of it was acknowledged, nothing stays.
                raise ConnectionResetError
            self._reset_timeout()
            content, rest = reader.feed(chunk)
            try:
                if trouble is None:
                    intake.write(content)
            except UnableToStore as error:
                trouble = error
            if rest is not None:
                if rest:
                    # The buffer is empty: it was just read whole.
                    self._reader.feed_data(rest)
                break
        if trouble is not None:
            return "452 4.3.1 The disk is full: nothing was kept, try again later"
        return await self.event_handler.finish(self, intake)


class GatewayLmtp(GatewaySmtp):
    """For a mail server of the same house that hands over what it has accepted (RFC 2033): one answer a recipient."""

    show_smtp_greeting = False

    @syntax("LHLO hostname")
    async def smtp_LHLO(self, arg: str) -> None:
        """RFC 2033 §4.1."""
        await super().smtp_EHLO(arg)

    async def smtp_HELO(self, arg: str) -> None:
        """Not spoken here."""
        await self.push('500 5.5.1 Error: command "HELO" not recognized')

    async def smtp_EHLO(self, arg: str) -> None:
        """Not spoken here."""
        await self.push('500 5.5.1 Error: command "EHLO" not recognized')

    async def _answer(self, status: str, count: int) -> None:
        for _ in range(count):
            await self.push(status)
