"""The printer as an ASGI application of its own: reads bodies as they come, answers when the bytes are durable.

``/ipp/print/<secret>``: the secret is the authentication, so a wrong one is answered as any address that does not
exist, and no path is ever logged. Bodies flow through a small buffer into the blob store, so memory stays flat however
large a job is. Everything that waits for disk or database does so in threads.
"""

from __future__ import annotations

import asyncio
import io
import logging
import threading
import time
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections, connection
from PIL import Image, ImageDraw

from pli.capture.channels.ipp import operations
from pli.capture.channels.ipp.codec import Decoder, MalformedMessage, Message, encode
from pli.capture.channels.ipp.facts import ICON
from pli.capture.channels.ipp.operations import Awaiting
from pli.capture.channels.ipp.refusing import is_refusal, note_refusal
from pli.capture.channels.ipp.statuses import Status
from pli.capture.printing.addresses import PATH
from pli.capture.printing.jobs import find_printer, touch_job
from pli.kit.clock import SYSTEM_CLOCK, Clock

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
T = TypeVar("T")

THREADS = 16
IDLE_SECONDS = 90.0
_BUFFER = 1 << 18
_TOUCH_SECONDS = 30.0
_STRANGER_BYTES = 1 << 20


class SenderGone(Exception):
    """The client went away or fell silent before its request was whole: nothing of it is kept."""


class Body:
    """The body of one request."""

    def __init__(self, receive: Receive, announced: int | None) -> None:
        self._receive = receive
        self._announced = announced
        self._size = 0
        self.is_over = False

    async def read(self) -> bytes:
        """Some more bytes; none at the end.

        :raises SenderGone: when it ends before its end.
        """
        while not self.is_over:
            try:
                event = await asyncio.wait_for(self._receive(), IDLE_SECONDS)
            except TimeoutError:
                raise SenderGone from None
            if event["type"] != "http.request":
                raise SenderGone
            chunk = bytes(event.get("body", b""))
            self.is_over = not event.get("more_body", False)
            self._size += len(chunk)
            if self.is_over and self._announced is not None and self._size != self._announced:
                raise SenderGone
            if chunk:
                return chunk
        return b""

    async def read_small(self, start: bytes, limit: int) -> bytes:
        """``start`` and what follows it, to the end of a body announced shorter than ``limit``; else ``start``."""
        if self.is_over or self._announced is None or self._announced > limit:
            return start
        read = bytearray(start)
        while chunk := await self.read():
            read += chunk
        return bytes(read)

    async def drain(self, limit: int) -> None:
        """Read on and forget, so that the client hears the answer."""
        while limit > 0 and (chunk := await self.read()):
            limit -= len(chunk)


class PrinterApplication:
    """One process of the printer."""

    def __init__(self, clock: Clock = SYSTEM_CLOCK) -> None:
        self._clock = clock
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="printer")
        self._checked = threading.local()
        self._icon = _draw_icon()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        path, body = str(scope["path"]), Body(receive, _announced(scope))
        try:
            if scope["method"] == "GET" and path in (ICON, "/healthz"):
                await self._show(path, send)
            elif scope["method"] == "POST" and (secret := _secret_in(path)):
                await self._serve(secret, body, send, _address_in(scope))
            else:
                await self._ignore(body, send)
        except SenderGone:
            return

    async def _serve(self, secret: str, body: Body, send: Send, address: str) -> None:
        decoder = Decoder()
        try:
            while not decoder.feed(await body.read()):
                if body.is_over:
                    raise MalformedMessage("cut short")
        except MalformedMessage:
            await body.drain(_STRANGER_BYTES)
            await _reply(send, 400, b"", "text/plain")
            return
        message = decoder.message
        if message is None:
            return
        try:
            rest = await body.read_small(bytes(decoder.rest), _BUFFER)
            work = self._begin_and_finish if body.is_over else self._begin
            begun = await self._in_thread(work, message, secret, rest)
            answer = await self._take(begun, rest, body) if isinstance(begun, Awaiting) else begun
            if answer is None or is_refusal(answer):
                await self._in_thread(self._note, message, answer, secret, address)
            if answer is None:
                await self._ignore(body, send)
                return
        except SenderGone:
            raise
        except (DatabaseError, InterfaceError) as error:
            log.warning("the database does not answer: %s", type(error).__name__)
            answer = operations.refuse(message, Status.BUSY)
        except Exception:
            log.exception("a request to the printer failed")
            answer = operations.refuse(message, Status.INTERNAL_ERROR)
        await body.drain(settings.PLI_MAX_UPLOAD_BYTES)
        await _reply(send, 200, encode(answer), "application/ipp")

    def _begin(self, message: Message, secret: str, _rest: bytes) -> Message | Awaiting | None:
        printer = find_printer(secret)
        return operations.begin(message, printer, secret, self._clock) if printer else None

    def _begin_and_finish(self, message: Message, secret: str, rest: bytes) -> Message | Awaiting | None:
        """A whole small request in one go: most jobs are, and a thread's time costs more than their bytes."""
        begun = self._begin(message, secret, rest)
        return operations.finish(begun, rest) if isinstance(begun, Awaiting) else begun

    def _note(self, message: Message, answer: Message | None, secret: str, address: str) -> None:
        note_refusal(message, answer, secret=secret, address=address, clock=self._clock)

    async def _take(self, awaiting: Awaiting, rest: bytes, body: Body) -> Message:
        """Stream the document into its sink; the last piece is written, flushed and recorded in one go."""
        sink, buffer, touched = awaiting.sink, bytearray(rest), time.monotonic()
        try:
            while chunk := await body.read():
                buffer += chunk
                if len(buffer) >= _BUFFER:
                    await self._in_thread(sink.write, bytes(buffer))
                    buffer.clear()
                if awaiting.job and time.monotonic() - touched > _TOUCH_SECONDS:
                    await self._in_thread(lambda job: touch_job(job, clock=self._clock), awaiting.job)
                    touched = time.monotonic()
        except BaseException as error:
            sink.close()
            status = operations.status_of(error) if isinstance(error, Exception) else None
            if status is None:
                raise
            return await self._in_thread(operations.refuse_document, awaiting, status)
        return await self._in_thread(operations.finish, awaiting, bytes(buffer))

    async def _ignore(self, body: Body, send: Send) -> None:
        """What a stranger hears, whatever they asked for."""
        await body.drain(_STRANGER_BYTES)
        await _reply(send, 404, b"", "text/plain")

    async def _show(self, path: str, send: Send) -> None:
        if path == ICON:
            await _reply(send, 200, self._icon, "image/png")
            return
        try:
            await self._in_thread(_ask_database)
        except (DatabaseError, InterfaceError):
            await _reply(send, 503, b'{"status": "unavailable"}', "application/json")
        else:
            await _reply(send, 200, b'{"status": "ok"}', "application/json")

    async def _in_thread(self, work: Callable[..., T], *arguments: Any) -> T:
        def run() -> T:
            # A connection is looked at once a second, not at every request: a dead one costs one « busy ».
            if time.monotonic() - getattr(self._checked, "at", 0.0) > 1.0:
                close_old_connections()
                self._checked.at = time.monotonic()
            try:
                return work(*arguments)
            except (DatabaseError, InterfaceError):
                connection.close()
                raise

        # Shielded: a client that leaves must not tear a thread from under the transaction it is in.
        return await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._threads, run))


def _ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _address_in(scope: Scope) -> str:
    """The sender's network address."""
    client = scope.get("client")
    return str(client[0]) if client else "?"


def _announced(scope: Scope) -> int | None:
    for name, value in scope["headers"]:
        if bytes(name).lower() == b"content-length" and bytes(value).isdigit():
            return int(value)
    return None


def _secret_in(path: str) -> str:
    """The secret of a printer's or a job's address; empty for any other."""
    if not path.startswith(PATH):
        return ""
    secret, _, number = path.removeprefix(PATH).partition("/")
    return secret if 16 <= len(secret) <= 128 and (not number or number.isdigit()) else ""


async def _reply(send: Send, status: int, content: bytes, media_type: str) -> None:
    headers = [
        (b"content-type", media_type.encode()),
        (b"content-length", str(len(content)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


def _draw_icon() -> bytes:
    """A folded letter, which print dialogues show."""
    image = Image.new("RGB", (128, 128), "#1f3a8a")
    pen = ImageDraw.Draw(image)
    pen.polygon([(24, 40), (104, 40), (104, 92), (24, 92)], fill="white")
    pen.line([(24, 40), (64, 70), (104, 40)], fill="#1f3a8a", width=5)
    written = io.BytesIO()
    image.save(written, "PNG")
    return written.getvalue()
