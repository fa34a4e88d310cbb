"""Documents and judges the tests of this room share."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen import canvas

from pli.trust.api import SealRequest

SealMaker = Callable[..., SealRequest]


def make_pdf(pages: int = 2, *, text: str = "Article", **options: int) -> bytes:
    """A plain contract by reportlab."""
    out = BytesIO()
    pen = canvas.Canvas(out, pagesize=A4, **options)
    for page in range(pages):
        for line in range(30):
            pen.drawString(60, 780 - line * 20, f"{text} {page + 1}.{line + 1} : le prestataire livre dans les délais.")
        pen.showPage()
    pen.save()
    return out.getvalue()


def make_mark(label: str = "Signé par Alice") -> bytes:
    out = BytesIO()
    pen = canvas.Canvas(out, pagesize=(200, 80))
    pen.setFillGray(0.9)
    pen.rect(0, 0, 200, 80, fill=1)
    pen.setFillGray(0)
    pen.drawString(20, 35, label)
    pen.save()
    return out.getvalue()


def pdfsig(path: Path) -> str:
    """What poppler says of the file's signatures."""
    return subprocess.run(["pdfsig", "-nocert", str(path)], capture_output=True, text=True, check=False).stdout
