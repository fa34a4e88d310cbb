"""A client of the printer for the tests: small, over a plain socket, and in no way polite."""

from __future__ import annotations

import http.client
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from pli.capture.channels.ipp.attributes import Operation
from pli.capture.channels.ipp.codec import Attribute, Message, Tag, decode, encode, group_of, make

HEAD = (make("attributes-charset", Tag.CHARSET, "utf-8"), make("attributes-natural-language", Tag.LANGUAGE, "en"))


def request(
    operation: int, uri: str, *more: Attribute, job: Iterable[Attribute] = (), version: tuple[int, int] = (2, 0)
) -> Message:
    """A request to the printer at ``uri``."""
    asked = [*HEAD, make("printer-uri", Tag.URI, uri), *more]
    groups = [group_of(Tag.OPERATION, asked)]
    if attributes := list(job):
        groups.append(group_of(Tag.JOB, attributes))
    return Message(version, operation, 7, groups)


def named(name: str, user: str = "sofia") -> tuple[Attribute, Attribute]:
    """Who prints what."""
    return make("requesting-user-name", Tag.NAME, user), make("job-name", Tag.NAME, name)


def of_job(number: int) -> Attribute:
    return make("job-id", Tag.INTEGER, number)


class Printer:
    """One printer as a computer sees it."""

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self.parts = urlsplit(uri)

    def post(self, content: bytes | Iterable[bytes], *, path: str = "", length: int | None = None) -> tuple[int, bytes]:
        """One HTTP request; chunked unless the length is known."""
        wire = http.client.HTTPConnection(self.parts.hostname or "", self.parts.port or 0, timeout=120)
        headers = {"Content-Type": "application/ipp"}
        if isinstance(content, bytes):
            length = len(content)
        if length is not None:
            headers["Content-Length"] = str(length)
        wire.request("POST", path or self.parts.path, body=content, headers=headers, encode_chunked=length is None)
        answer = wire.getresponse()
        try:
            return answer.status, answer.read()
        finally:
            wire.close()

    def send(self, message: Message, document: bytes | Iterable[bytes] = b"", **how: Any) -> Message:
        """One IPP request, its answer."""
        head = encode(message)
        content = head + document if isinstance(document, bytes) else _after(head, document)
        status, body = self.post(content, **how)
        assert status == 200, status
        return decode(body)[0]

    def ask(self, operation: int, *more: Attribute, document: bytes = b"", **how: Any) -> Message:
        return self.send(request(operation, self.uri, *more, **how), document)

    def print(self, document: bytes, name: str = "Devis", user: str = "sofia", *more: Attribute) -> Message:
        return self.ask(Operation.PRINT_JOB, *named(name, user), *more, document=document)


def _after(head: bytes, document: Iterable[bytes]) -> Iterator[bytes]:
    yield head
    yield from document


def of(answer: Message, tag: int, name: str) -> Any:
    """The first value of an attribute of the answer."""
    group = answer.group(tag)
    assert group is not None, hex(answer.code)
    return group.attributes[name].value


def job_number(answer: Message) -> int:
    assert answer.code == 0, hex(answer.code)
    return int(of(answer, Tag.JOB, "job-id"))
