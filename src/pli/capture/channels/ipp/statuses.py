"""How IPP says yes and no (RFC 8011 §B.1)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

from pli.capture.channels.ipp.codec import Attribute


class Status(IntEnum):
    """The statuses this printer answers."""

    OK = 0x0000
    OK_IGNORED = 0x0001
    BAD_REQUEST = 0x0400
    NOT_POSSIBLE = 0x0404
    NOT_FOUND = 0x0406
    TOO_LARGE = 0x0408
    FORMAT_NOT_SUPPORTED = 0x040A
    ATTRIBUTES_NOT_SUPPORTED = 0x040B
    CHARSET_NOT_SUPPORTED = 0x040D
    COMPRESSION_NOT_SUPPORTED = 0x040F
    COMPRESSION_ERROR = 0x0410
    INTERNAL_ERROR = 0x0500
    OPERATION_NOT_SUPPORTED = 0x0501
    VERSION_NOT_SUPPORTED = 0x0503
    NOT_ACCEPTING = 0x0506
    BUSY = 0x0507


class Refused(Exception):
    """The request is refused with ``status``; ``unsupported`` says which attributes are to blame."""

    def __init__(self, status: Status, unsupported: Mapping[str, Attribute] | None = None) -> None:
        super().__init__(status.name)
        self.status = status
        self.unsupported = unsupported or {}
