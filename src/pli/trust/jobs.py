"""What this room runs in the sandbox: all it does with a PDF that somebody else made. No key is ever in here.

Each job gets open files and plain arguments and returns plain values; see :mod:`pli.trust.isolation` for the callers.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, BinaryIO

import pikepdf
from cryptography import x509
from pikepdf import settings

from pli.trust import repair
from pli.trust.revision import Appearance, open_for_append, write_placeholder, write_timestamp_placeholder
from pli.trust.security_store import write_validation_data
from pli.trust.verdicts import verdict_to_json
from pli.trust.verify import verify_pdf_here

Files = Mapping[str, BinaryIO]
_MEBI = 1 << 20


def prepare_sandbox() -> None:
    """Bound qpdf's decoders, and load now what libraries load on first use: a job may not read a single file."""
    settings.set_qpdf_limits(
        doc_max_warnings=1000, parser_max_nesting=200, max_stream_filters=8, flate_max_memory=256 * _MEBI
    )
    _rehearse()
    for module in ("pyhanko.pdf_utils.metadata.xmp_xml", "pyhanko.pdf_utils.filters", "zoneinfo"):
        __import__(module)


def _rehearse() -> None:
    """Place and judge a signature on a page of our own: what is compiled and cached here, no job does again."""
    sheet, signed = BytesIO(), BytesIO()
    with pikepdf.new() as blank:
        blank.add_blank_page(page_size=(200, 100))
        blank.save(sheet)
    look = {"field_name": "S", "signed_at": datetime.now(UTC).isoformat(), "page": 1, "box": [0, 0, 100, 50]}
    files = {"source": sheet, "target": signed, "mark": BytesIO(sheet.getvalue())}
    sheet.seek(0)
    place_signature(files, look=look | {"lock": True, "reason": "é"}, reserved=64)
    verify_pdf_here(signed, roots=(), at=datetime.now(UTC))


def _copy(files: Files) -> None:
    """Copy ``source`` to ``target`` and end its last line: an object header starts a line (ISO 19005-1 §6.1.8)."""
    shutil.copyfileobj(files["source"], files["target"], _MEBI)
    files["target"].seek(-1, 2)
    if files["target"].read(1) not in (b"\n", b"\r"):
        files["target"].write(b"\n")


def place_signature(files: Files, *, look: dict[str, Any], reserved: int) -> dict[str, Any]:
    """Copy ``source`` to ``target`` and append a signature's empty place; ``mark`` is the visible mark, if any."""
    mark = files["mark"].read() if "mark" in files else None
    fills = tuple(
        (str(name), str(value), files[f"fill_{number}"].read())
        for number, (name, value) in enumerate(look.get("fills", ()))
    )
    when = datetime.fromisoformat(look["signed_at"])
    fields = {**look, "signed_at": when, "box": tuple(look["box"]), "fills": fills}
    _copy(files)
    return asdict(write_placeholder(files["target"], Appearance(**fields, mark_pdf=mark), reserved=reserved))


def place_timestamp(files: Files, *, field_name: str, reserved: int) -> dict[str, Any]:
    """Copy ``source`` to ``target`` and append the empty place of a document timestamp."""
    _copy(files)
    writer = open_for_append(files["target"])
    return asdict(write_timestamp_placeholder(files["target"], writer, field_name=field_name, reserved=reserved))


def add_validation_data(files: Files, *, certificates: list[str], crls: list[str], ocsps: list[str]) -> None:
    """Copy ``source`` to ``target`` and append certificates, lists and responders' answers (DER in hexadecimal)."""
    _copy(files)
    write_validation_data(
        files["target"],
        certificates=[bytes.fromhex(item) for item in certificates],
        crls=[bytes.fromhex(item) for item in crls],
        ocsps=[bytes.fromhex(item) for item in ocsps],
    )


def verify(files: Files, *, at: str) -> dict[str, Any]:
    """The verdict on ``pdf`` against ``roots`` (PEM, maybe empty)."""
    pem = files["roots"].read()
    roots = x509.load_pem_x509_certificates(pem) if pem else []
    return verdict_to_json(verify_pdf_here(files["pdf"], roots=roots, at=datetime.fromisoformat(at)))


def find_problem(files: Files) -> str | None:
    """Why signatures cannot be added to ``pdf``; None when they can."""
    return repair.find_problem(files["pdf"])


def normalise(files: Files) -> bool:
    """Write a form of ``source`` that accepts signatures to ``target``; True when it had to be rewritten."""
    return repair.rewrite_if_needed(files["source"], files["target"])
