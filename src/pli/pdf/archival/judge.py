"""Judging PDF/A by ``page-validation``, with its known false alarm taken out."""

from __future__ import annotations

import re

import page

from pli.pdf.archival.conversion import Part

_MOST_PROBLEMS = 50
_STREAM_START = re.compile(rb"stream\r?\n")
_LENGTH = re.compile(rb"/Length (\d+)(?! \d+ R)")
_STREAM_ENDS = (b"\nendstream", b"\r\nendstream", b"\rendstream")


def judge_archival(data: bytes, part: Part) -> list[str]:
    """What keeps ``data`` from being a PDF/A of ``part``: at most fifty problems in the judge's words, none if conform.

    The judge is native code that reads the file: call it inside a sandbox job.
    """
    try:
        report = page.validate_pdf_bytes(data, profile=part)
    except page.PageError as error:
        return [f"{type(error).__name__}: {error}"]
    if report.is_compliant:
        return []
    return [
        f"{failure.rule_id}: {failure.message}"
        for failure in report.failures[:_MOST_PROBLEMS]
        if not (failure.rule_id.endswith(("STREAM-LENGTH-001", "STREAM-LENGTH")) and _is_false_alarm(data, failure))
    ]


def _is_false_alarm(data: bytes, failure: page.ValidationFailure) -> bool:
    """A stream whose last byte is a carriage return is taken for a byte longer than it is: count it ourselves."""
    place = failure.object_id
    if place is None:
        return False
    for match in re.finditer(rb"(?<!\d)%d %d obj\b" % (place.object_number, place.generation), data):
        start = _STREAM_START.search(data, match.end())
        length = _LENGTH.search(data, match.end(), start.start()) if start else None
        if start is None or length is None:
            return False
        end = start.end() + int(length[1])
        if data[end - 1 : end] != b"\r" or not data.startswith(_STREAM_ENDS, end):
            return False
    return True
