"""What of a refused request the office should hear, beside the answer that its sender gets."""

from __future__ import annotations

import logging

from django.db import DatabaseError, InterfaceError

from pli.capture.channels.ipp.attributes import Operation
from pli.capture.channels.ipp.codec import Message
from pli.capture.channels.ipp.statuses import Status
from pli.capture.errors import PrintNotTaken
from pli.capture.printing.jobs import find_printer
from pli.capture.printing.refusals import Station, closed, note_refused, note_stranger
from pli.kit.clock import Clock

log = logging.getLogger(__name__)

_PRINTING = frozenset({Operation.PRINT_JOB, Operation.VALIDATE_JOB, Operation.CREATE_JOB, Operation.SEND_DOCUMENT})
# A client may ask by Validate-Job which format it has to make: no print is lost by that.
_SENDING = frozenset({Operation.PRINT_JOB, Operation.SEND_DOCUMENT})
_REASON_LABELS = {
    Status.FORMAT_NOT_SUPPORTED: "ce format n’est pas pris (PDF, PWG, URF et JPEG le sont)",
    Status.COMPRESSION_NOT_SUPPORTED: "cette compression n’est pas prise",
    Status.COMPRESSION_ERROR: "ses données sont abîmées",
    Status.TOO_LARGE: "le document dépasse la taille permise",
}


def note_refusal(message: Message, answer: Message | None, *, secret: str, address: str, clock: Clock) -> None:
    """Note for « À traiter » a print that was refused; ``answer`` is None when the secret is no printer's.

    Never fails: the sender's answer does not wait for it to succeed.
    """
    station = Station(address, _user_of(message))
    try:
        if answer is None:
            note_stranger(secret, station, clock=clock)
        elif answer.code == Status.NOT_ACCEPTING and message.code in _PRINTING:
            if printer := find_printer(secret):
                note_refused(printer, closed(printer, station), clock=clock)
        elif answer.code in _REASON_LABELS and message.code in _SENDING and (printer := find_printer(secret)):
            reason = _REASON_LABELS[Status(answer.code)]
            note_refused(printer, PrintNotTaken(who=str(station), name=printer.name, reason=reason), clock=clock)
    except (DatabaseError, InterfaceError) as error:
        log.warning("a refused print could not be noted: %s", type(error).__name__)


def is_refusal(answer: Message) -> bool:
    """Whether an answer may be worth a note: most are not, and cost nothing."""
    return answer.code == Status.NOT_ACCEPTING or answer.code in _REASON_LABELS


def _user_of(message: Message) -> str:
    named = message.groups[0].attributes.get("requesting-user-name") if message.groups else None
    shown = str(named.value) if named and named.values else ""
    return "".join(letter for letter in shown if letter.isprintable())[:60]
