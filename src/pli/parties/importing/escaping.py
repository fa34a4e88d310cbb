"""Cells that a spreadsheet would run: escaped on the way out, restored on the way in."""

from __future__ import annotations

import re

# An apostrophe before what starts a formula (OWASP, "CSV injection"); already escaped text gets one more,
# so that the way back is exact.
_DANGEROUS = re.compile(r"'*[=+\-@\t\r\n\x00]")
_ESCAPED = re.compile(r"'+[=+\-@\t\r\n\x00]")


def escape_cell(text: str) -> str:
    """``text`` as it may be written in a cell: never taken for a formula."""
    return "'" + text if _DANGEROUS.match(text) else text


def restore_cell(text: str) -> str:
    """What :func:`escape_cell` was given."""
    return text[1:] if _ESCAPED.match(text) else text


def scrub_cell(text: str) -> str:
    """``text`` as the database and a page can hold it: what they can't becomes U+FFFD, which validation refuses."""
    return "".join(
        "\ufffd" if (c < " " and c not in "\t\n\r") or c == "\x7f" or "\ud800" <= c <= "\udfff" else c for c in text
    )
