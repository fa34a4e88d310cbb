"""A print run as an ERP makes it: invoices of two pages, one behind the other in one file, fonts embedded, a logo.

Everything of it follows from the number of the invoice, so that what was read can be compared with what was printed.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from PIL import Image, ImageDraw
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

import pli.pdf

WIDTH, HEIGHT = 595.276, 841.89
# Where things stand, as shares of the page: left, top, right, bottom.
NUMBER_ZONE = [0.72, 0.055, 0.95, 0.076]
DATE_ZONE = [0.72, 0.077, 0.95, 0.0905]
_FONTS = Path(pli.pdf.__file__).parent / "fonts"
_STREETS = ("rue des Lilas", "avenue Foch", "place du Marché", "quai de l’Isère", "chemin des Écoliers")
_TOWNS = ("38000 Grenoble", "69003 Lyon", "44000 Nantes", "59800 Lille", "31000 Toulouse")
_GOODS = ("Vérin hydraulique", "Roulement à billes", "Joint torique", "Courroie crantée", "Pompe à palettes", "Filtre")


@dataclass(frozen=True)
class Invoice:
    """What is printed on one invoice."""

    number: str
    day: date
    client_code: str
    client_name: str
    total: Decimal


def invoice(rank: int, *, clients: int = 50) -> Invoice:
    """The invoice of that rank, from 1."""
    client = rank % clients + 1
    return Invoice(
        number=f"F2026-{rank:05d}",
        day=date(2026, 1, 5) + timedelta(days=rank % 300),
        client_code=f"C{client:04d}",
        client_name=f"Établissements Martin {client}",
        total=Decimal(10_000 + rank * 137 % 900_000) / 100,
    )


def draw_run(count: int, *, first: int = 1, clients: int = 50) -> bytes:
    """The run's file: ``count`` invoices from rank ``first``."""
    for name, file in (("Corps", "Inter_400Regular.ttf"), ("Gras", "Inter_700Bold.ttf")):
        pdfmetrics.registerFont(TTFont(name, _FONTS / file))
    out, logo = io.BytesIO(), _logo()
    # The font it would begin with is one that no file embeds.
    pen = Canvas(out, pagesize=(WIDTH, HEIGHT), pageCompression=1, initialFontName="Corps")
    for rank in range(first, first + count):
        paper = invoice(rank, clients=clients)
        for page in (1, 2):
            _draw_head(pen, paper, page, logo)
            _draw_lines(pen, rank, page)
            if page == 2:
                _draw_foot(pen, paper)
            pen.showPage()
    pen.save()
    return out.getvalue()


def cached_run(folder: Path, count: int, *, first: int = 1) -> Path:
    """The run's file under ``folder``, drawn on first demand."""
    path = folder / (f"invoices-{count}.pdf" if first == 1 else f"invoices-{count}-from-{first}.pdf")
    if not path.exists():
        part = path.with_suffix(".part")
        part.write_bytes(draw_run(count, first=first))
        part.replace(path)
    return path


def _logo() -> ImageReader:
    picture = Image.new("RGB", (320, 120), "white")
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle((6, 6, 114, 114), 18, fill=(31, 58, 138))
    for step in range(8):
        pen.ellipse((140 + step * 20, 30, 190 + step * 20, 90), outline=(150 - step * 10, 30, 60 + step * 20), width=5)
    return ImageReader(picture)


def _draw_head(pen: Canvas, paper: Invoice, page: int, logo: ImageReader) -> None:
    pen.drawImage(logo, 40, 770, 130, 48)
    pen.setFont("Gras", 15)
    pen.drawString(360, 800, "FACTURE")
    pen.setFont("Corps", 9)
    pen.drawString(360, 782, "N° facture")
    pen.drawString(440, 782, paper.number)
    pen.drawString(360, 769, "Date")
    pen.drawString(440, 769, paper.day.strftime("%d/%m/%Y"))
    pen.drawString(360, 756, "Code client")
    pen.drawString(440, 756, paper.client_code)
    pen.drawString(360, 743, f"Page {page}/2")
    if page == 1:
        rank = int(paper.client_code[1:])
        pen.setFont("Gras", 10)
        pen.drawString(330, 700, paper.client_name)
        pen.setFont("Corps", 10)
        pen.drawString(330, 686, f"{rank} {_STREETS[rank % len(_STREETS)]}")
        pen.drawString(330, 672, _TOWNS[rank % len(_TOWNS)])


def _draw_lines(pen: Canvas, rank: int, page: int) -> None:
    pen.setFont("Gras", 9)
    for x, title in ((40, "Référence"), (130, "Désignation"), (380, "Quantité"), (450, "Prix"), (510, "Montant")):
        pen.drawString(x, 630, title)
    pen.line(40, 625, 555, 625)
    pen.setFont("Corps", 9)
    for line in range(22):
        seed = rank * 31 + page * 7 + line
        y, quantity, price = 610 - line * 18, seed % 9 + 1, Decimal(seed % 700 + 100) / 10
        pen.drawString(40, y, f"REF-{seed % 9973:04d}")
        pen.drawString(130, y, f"{_GOODS[seed % len(_GOODS)]} type {seed % 40}")
        pen.drawRightString(420, y, str(quantity))
        pen.drawRightString(480, y, _amount(price))
        pen.drawRightString(555, y, _amount(price * quantity))


def _draw_foot(pen: Canvas, paper: Invoice) -> None:
    pen.setFont("Gras", 10)
    pen.drawString(380, 180, "Total TTC")
    pen.drawRightString(555, 180, _amount(paper.total) + " €")
    pen.setFont("Corps", 7)
    pen.drawString(40, 60, "Société Atelier Durand SAS au capital de 50 000 € – SIREN 732 829 320 – TVA FR44732829320")
    pen.drawString(40, 50, "Tout retard de paiement donne lieu à des pénalités et à une indemnité forfaitaire de 40 €.")


def _amount(value: Decimal) -> str:
    return f"{value:,.2f}".replace(",", " ").replace(".", ",")
