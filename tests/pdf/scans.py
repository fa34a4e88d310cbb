"""Scans made on the spot: pages drawn, then spoilt the way a copier spoils them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import pikepdf
import pypdfium2
import segno
from PIL import Image
from reportlab.graphics.barcode import code128
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas

from pli.pdf.fonts import FOLDER

A4 = (595.28, 841.89)
LETTER = (
    "Atelier Mercier, 17 boulevard de Chantenay, 44100 Nantes",
    "Facture n° F2026-00417 du 3 mars 2026",
    "Entretien annuel de la chaudière, visite d’automne, pièces et déplacement compris.",
    "Le règlement est attendu sous trente jours, par virement, sans escompte.",
    "Élodie Lefèvre a reçu Noël Gaüzère à l’hôtel où naît la Garonne.",
    "Total hors taxes 757,00 € ; total toutes taxes comprises 908,40 €",
    "SIREN 732 829 320 ; TVA FR44 732829320",
)


@dataclass(frozen=True)
class Spoiling:
    """How bad the copier is: degrees askew, standard deviation of the noise, JPEG quality, specks of dust."""

    skew: float = 0.8
    noise: float = 10
    quality: int = 70
    dust: int = 60
    dpi: int = 200


def drawn(lines: Sequence[str] = LETTER, *, size: int = 12, rotate: int = 0, offset: tuple[int, int] = (0, 0)) -> bytes:
    """A page of text with real letters; turned by ``/Rotate``; with a crop box that starts at ``offset``."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    pdfmetrics.registerFont(TTFont("Inter", str(FOLDER / "Inter_400Regular.ttf")))
    written = io.BytesIO()
    sheet = canvas.Canvas(written, pagesize=(A4[0] + 2 * offset[0], A4[1] + 2 * offset[1]), invariant=1)
    sheet.setFont("Inter", size)
    for number, line in enumerate(lines):
        sheet.drawString(60 + offset[0], 780 + offset[1] - number * size * 2, line)
    sheet.showPage()
    sheet.save()
    if not rotate:
        return written.getvalue()
    with pikepdf.open(written) as pdf:
        pdf.pages[0].rotate(rotate, relative=False)
        turned = io.BytesIO()
        pdf.save(turned)
        return turned.getvalue()


def picture_of(pdf: bytes, *, page: int = 0, dpi: int = 200) -> np.ndarray:
    """The page as grey values."""
    bitmap = pypdfium2.PdfDocument(pdf)[page].render(scale=dpi / 72, grayscale=True)
    return bitmap.to_numpy().reshape(bitmap.height, -1)[:, : bitmap.width].copy()


def spoil(picture: np.ndarray, how: Spoiling = Spoiling()) -> np.ndarray:
    """Askew, grey paper, noise, dust, soft focus, and the marks of JPEG."""
    height, width = picture.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), how.skew, 1)
    spoilt = cv2.warpAffine(picture, matrix, (width, height), borderValue=255)
    chance = np.random.default_rng(7)
    noisy = spoilt.astype(float) * 0.92 + 10 + chance.normal(0, how.noise, spoilt.shape)
    spoilt = np.clip(noisy, 0, 255).astype(np.uint8)
    for x, y in zip(chance.integers(0, width, how.dust), chance.integers(0, height, how.dust), strict=True):
        cv2.circle(spoilt, (int(x), int(y)), 1, 90, -1)
    soft = cv2.GaussianBlur(spoilt, (3, 3), 0.6)
    _, packed = cv2.imencode(".jpg", soft, [cv2.IMWRITE_JPEG_QUALITY, how.quality])
    return cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE)


def png(picture: np.ndarray) -> bytes:
    """The picture as PNG bytes."""
    written = io.BytesIO()
    Image.fromarray(picture).save(written, "PNG")
    return written.getvalue()


def scan(pdf: bytes, how: Spoiling = Spoiling()) -> bytes:
    """Every page of ``pdf`` as a scanner would deliver it: a PDF of JPEG pictures, without text."""
    count = len(pypdfium2.PdfDocument(pdf))
    pages = [Image.fromarray(spoil(picture_of(pdf, page=number, dpi=how.dpi), how)) for number in range(count)]
    written = io.BytesIO()
    pages[0].save(written, "PDF", save_all=True, append_images=pages[1:], resolution=how.dpi, quality=how.quality)
    return written.getvalue()


def coded(qr: str = "PLI:kind=invoice", bars: str = "BL-2026-0099") -> bytes:
    """A page with a QR code and a Code 128."""
    written = io.BytesIO()
    sheet = canvas.Canvas(written, pagesize=A4, invariant=1)
    picture = io.BytesIO()
    segno.make(qr).save(picture, kind="png", scale=6)
    sheet.drawImage(ImageReader(picture), 60, 640, 110, 110)
    code128.Code128(bars, barHeight=40, barWidth=1.4).drawOn(sheet, 300, 680)
    sheet.showPage()
    sheet.save()
    return written.getvalue()


def edit_distance(one: str, other: str) -> int:
    """Letters to put in, take out or change to go from one text to the other (Levenshtein)."""
    before = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        current = [row]
        for column, against in enumerate(other, start=1):
            current.append(min(before[column] + 1, current[-1] + 1, before[column - 1] + (letter != against)))
        before = current
    return before[-1]


def accuracy(truth: str, read: str) -> float:
    """The share of characters read right; runs of spaces and the two kinds of apostrophe count as one."""
    plain = [" ".join(text.replace("’", "'").split()) for text in (truth, read)]
    return 1 - edit_distance(*plain) / max(1, len(plain[0]))
