"""French letters as a copier delivers them: typeset, then spoilt (skew, grey paper, noise, soft focus, JPEG)."""

from __future__ import annotations

import io
import textwrap

import cv2
import numpy as np
import pypdfium2
from PIL import Image
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen import canvas

from pli.pdf.fonts import FOLDER

DPI = 250
A4 = (595, 842)
SENTENCES = (
    "Nous vous remercions de votre commande du 3 mars 2026 et vous en confirmons la bonne réception.",
    "Le prestataire assure l’entretien annuel des installations de chauffage et de climatisation du client.",
    "Deux visites sont effectuées chaque année, au printemps et à l’automne, à une date convenue à l’avance.",
    "Toute panne signalée un jour ouvré avant 16 heures donne lieu à une intervention le jour suivant.",
    "Le prix annuel est de 1 280,00 € hors taxes, soit 1 536,00 € toutes taxes comprises, payable à trente jours.",
    "La facture n° F2026-00417 reste impayée à ce jour malgré notre relance du 12 février dernier.",
    "Élodie Lefèvre, œuvrant à Besançon, a reçu Noël Gaüzère à l’hôtel où naît la Garonne.",
    "Le conseil d’administration approuve à l’unanimité les comptes de l’exercice clos le 31 décembre 2025.",
    "Les données des interlocuteurs sont conservées dix ans après le terme du contrat, à titre de preuve.",
    "Veuillez trouver ci-joint le relevé des charges, le budget prévisionnel et la convocation à l’assemblée.",
    "Le règlement s’effectue par virement sur le compte FR76 3000 6000 0112 3456 7890 189.",
    "À défaut d’accord amiable, le tribunal de commerce de Nantes est seul compétent.",
    "Nous restons à votre disposition et vous prions d’agréer, Madame, Monsieur, nos salutations distinguées.",
    "L’été dernier, dès l’aube, le garçon très gêné goûtait déjà ses pâtes à la crème brûlée.",
    "Le taux de rebut est passé de 4,8 % à 3,1 %, ce qui représente une économie de 27 450 € sur l’année.",
)


def letters(count: int) -> list[str]:
    """The text of ``count`` letters of about 1,500 characters, each another order of sentences and of layout."""
    chance = np.random.default_rng(2026)
    texts = []
    for number in range(count):
        order = chance.permutation(len(SENTENCES))
        body = " ".join(SENTENCES[place] for place in order)
        lines = textwrap.wrap(body, 78 + number % 3 * 6)
        texts.append("\n".join([f"Objet : dossier n° {2600 + number}", *lines]))
    return texts


def scanned(texts: list[str]) -> bytes:
    """A PDF of JPEG pictures, one a letter, without text."""
    pdfmetrics.registerFont(TTFont("Inter", str(FOLDER / "Inter_400Regular.ttf")))
    pages = []
    for number, text in enumerate(texts):
        written = io.BytesIO()
        sheet = canvas.Canvas(written, pagesize=A4)
        sheet.setFont(("Inter", "Times-Roman", "Helvetica")[number % 3], 10 + number % 2)
        for place, line in enumerate(text.splitlines()):
            sheet.drawString(60, 770 - place * 22, line)
        sheet.save()
        pages.append(_spoilt(written.getvalue(), number))
    out = io.BytesIO()
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:], resolution=DPI, quality=75)
    return out.getvalue()


def _spoilt(pdf: bytes, seed: int) -> Image.Image:
    chance = np.random.default_rng(seed)
    bitmap = pypdfium2.PdfDocument(pdf)[0].render(scale=DPI / 72, grayscale=True)
    picture = bitmap.to_numpy().reshape(bitmap.height, -1)[:, : bitmap.width]
    height, width = picture.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), float(chance.uniform(-1, 1)), 1)
    turned = cv2.warpAffine(picture, matrix, (width, height), borderValue=255)
    noisy = turned.astype(float) * 0.93 + 8 + chance.normal(0, 9, turned.shape)
    return Image.fromarray(cv2.GaussianBlur(np.clip(noisy, 0, 255).astype(np.uint8), (3, 3), 0.6))


def accuracy(truth: str, read: str) -> float:
    """The share of characters read right, by edit distance; line breaks and the two apostrophes count as one."""
    one, other = (" ".join(text.replace("’", "'").split()) for text in (truth, read))
    before = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        current = [row]
        for column, against in enumerate(other, start=1):
            current.append(min(before[column] + 1, current[-1] + 1, before[column - 1] + (letter != against)))
        before = current
    return 1 - before[-1] / max(1, len(one))
