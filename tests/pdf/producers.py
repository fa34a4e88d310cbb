"""The same kind of page written by programs of other people: what Pli receives in life."""

from __future__ import annotations

import functools
import io
import shutil
import subprocess
import tempfile
from pathlib import Path

import pikepdf
import pytest
import typst
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen import canvas

from tests.pdf.samples import scanned_like, simple_contract

FONTS = Path("src/pli/pdf/fonts")
_HTML = """<html lang="fr"><head><meta charset="utf-8"><title>Facture 2026-0042</title></head>
<body style="font-family:sans-serif"><h1>Facture n° 2026-0042 — « Été »</h1>
<p style="font-family:serif">Montant : 1 234,56 €, à régler sous trente jours ; cœur, œuvre, naïf.</p>
<p>Voir <a href="https://example.org/">le site</a>.</p><div class="note">Merci</div>
<table border="1"><tr><td>Article</td><td>Prix</td></tr></table>
<p style="page-break-before:always">Page 2</p></body></html>"""


def reportlab_embedded() -> bytes:
    """A business program that embeds a subset of a TrueType font."""
    pdfmetrics.registerFont(TTFont("Inter", str(FONTS / "Inter_400Regular.ttf")))
    written = io.BytesIO()
    sheet = canvas.Canvas(written, pagesize=A4, invariant=1)
    sheet.setTitle("Facture 2026-0042")
    sheet.setFont("Inter", 12)
    for line in range(30):
        sheet.drawString(72, 770 - 20 * line, f"Ligne {line} : œuvre à 1 234,56 € — « été »")
    sheet.bookmarkPage("a")
    sheet.addOutlineEntry("Début", "a")
    sheet.save()
    return written.getvalue()


def base_fourteen() -> bytes:
    """An old program: every standard font named, none embedded."""
    written = io.BytesIO()
    sheet = canvas.Canvas(written, pagesize=A4, invariant=1)
    names = [
        *(f"Helvetica{style}" for style in ("", "-Bold", "-Oblique", "-BoldOblique")),
        *(f"Courier{style}" for style in ("", "-Bold", "-Oblique", "-BoldOblique")),
        *(f"Times-{style}" for style in ("Roman", "Bold", "Italic", "BoldItalic")),
    ]
    for index, name in enumerate(names):
        sheet.setFont(name, 12)
        sheet.drawString(60, 780 - 24 * index, f"{name} : Été à l’œuvre, 1 234,56 € « naïf »")
    sheet.setFont("Symbol", 12)
    sheet.drawString(60, 400, "abgd")
    sheet.setFont("ZapfDingbats", 12)
    sheet.drawString(60, 370, "4lnu")
    sheet.save()
    return written.getvalue()


def typst_plain() -> bytes:
    """Typst: CFF and TrueType subsets as composite fonts, an outline, object streams."""
    return _typst("= Facture « été »\n" + "Montant : 1 234,56 €. " * 60 + "\n== Suite\n$ integral_0^1 x^2 dif x $")


def typst_transparent() -> bytes:
    """Live transparency and CMYK together."""
    return _typst("= Offre\n#rect(fill: rgb(255,0,0,50%))[voilé]\n#rect(fill: cmyk(10%,50%,0%,0%))[encres]")


def _typst(text: str) -> bytes:
    return bytes(typst.compile(f'#set document(title: "Essai")\n{text}'.encode()))


def pillow_scan() -> bytes:
    """Pages of one JPEG each."""
    return scanned_like(2)


def grey_fax() -> bytes:
    """A one-bit page."""
    written = io.BytesIO()
    Image.new("1", (600, 800), 1).save(written, "PDF", resolution=100)
    return written.getvalue()


def qpdf_packed() -> bytes:
    """What qpdf makes of a file: object streams, a cross-reference stream, PDF 1.7."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(reportlab_embedded())) as pdf:
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate, min_version="1.7")
    return out.getvalue()


@functools.cache
def chromium(*, shadow: bool = False) -> bytes:
    """Chromium's « print to PDF » (Skia); with ``shadow`` it needs live transparency."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("Chromium is not on this machine")
    html = _HTML.replace('class="note"', 'style="opacity:.6;background:#8cf;padding:1em"') if shadow else _HTML
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "page.html").write_text(html)
        subprocess.run(
            [program, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile",
             f"--print-to-pdf={folder}/page.pdf", f"{folder}/page.html"],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
        return (Path(folder) / "page.pdf").read_bytes()


@functools.cache
def cairo() -> bytes:
    """Cairo, through poppler's pdftocairo: Type 1C subsets, groups on every page."""
    if shutil.which("pdftocairo") is None:
        pytest.skip("pdftocairo is not on this machine (Debian: poppler-utils)")
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in.pdf", Path(folder) / "out.pdf"
        source.write_bytes(simple_contract(2))
        subprocess.run(["pdftocairo", "-pdf", str(source), str(target)], check=True, capture_output=True, timeout=60)
        return target.read_bytes()


@functools.cache
def libreoffice() -> bytes:
    """LibreOffice Writer's export."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        pytest.skip("LibreOffice is not on this machine")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "page.html").write_text(_HTML)
        subprocess.run(
            [program, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", "pdf",
             "--outdir", folder, f"{folder}/page.html"],
            check=True, capture_output=True, timeout=180,
        )  # fmt: skip
        return (Path(folder) / "page.pdf").read_bytes()
