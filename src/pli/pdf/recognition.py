"""Optical recognition of a page's picture with Tesseract: turned upright, straightened, read. Runs in the sandbox only.

Tesseract opens its language files by path, and a job opens no file: the recognisers are made once, in the fork server
(:func:`prepare_recognition`), and every job inherits them, loaded.
"""

from __future__ import annotations

import ctypes
import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

# One thread: Tesseract's own threads cost five times the processor time for the same page. Read when it is loaded.
os.environ["OMP_THREAD_LIMIT"] = "1"

import cv2
import numpy as np
import tesserocr

from pli.pdf.errors import RecognitionFailed
from pli.pdf.pictures import decode_grey, is_blank_picture
from pli.pdf.reading import Box
from pli.pdf.scans import Grey

LANGUAGE_DATA = Path(__file__).with_name("tessdata")
LANGUAGES = ("fra", "eng")
OCR_DPI = 175
"""Letters of 6 to 11 points are read as well as at 200, or better, and a tenth faster."""
_SECONDS_PER_PAGE = 25
_SURE_ENOUGH = 70
"""Mean confidence (0 to 100) of a page that stands upright; one lying on its side reads as noise, far below."""
_LEAST_SIDE = 300
_STEEPEST = 8.0
"""Degrees: a page pulled in askew is rarely more; what is, is left to Tesseract."""
_LEAST_SKEW = 0.15
_STRIPS = 48
# mallopt(3)
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_LARGEST_KEPT = 32 << 20
Levels = np.ndarray[Any, np.dtype[np.float32]]


class RecognisedWord(NamedTuple):
    """A word, where it stands, and how sure Tesseract is of it (0 to 1)."""

    text: str
    box: Box
    confidence: float


@dataclass(frozen=True)
class RecognisedPage:
    """What was read. ``turned`` (0, 90, 180, 270, clockwise) and ``skew`` (degrees) put the picture upright."""

    text: str
    words: tuple[RecognisedWord, ...]
    turned: int = 0
    skew: float = 0.0


def available_languages() -> tuple[str, ...]:
    """The languages whose data the set-up unpacked."""
    return tuple(name for name in LANGUAGES if (LANGUAGE_DATA / f"{name}.traineddata").exists())


def prepare_recognition() -> None:
    """Load every recogniser while files can still be opened. A language that is not installed is left out."""
    for language in available_languages():
        api = _recogniser(language)
        _feed(api, np.full((40, 200), 255, np.uint8), OCR_DPI)
        api.Recognize()
        api.Clear()


def recognise_page(image: bytes, language: str = "fra", *, dpi: int = OCR_DPI) -> RecognisedPage:
    """Read the picture of a page (PNG, JPEG, TIFF, PGM). Boxes are shares of the picture as given.

    A page lying on its side or upside down is recognised as such when it reads badly as it stands.

    :raises BadPicture: it can't be decoded. :raises RecognitionFailed: the language is missing, or it took too long.
    """
    _keep_large_buffers()
    picture = decode_grey(image)
    best, confidence = _read_turned(picture, language, dpi, 0)
    if confidence < _SURE_ENOUGH and min(picture.shape) > _LEAST_SIDE:
        if is_blank_picture(picture):
            return RecognisedPage("", ())
        turned = _likely_turn(picture, language)
        if turned:
            other, sure = _read_turned(picture, language, dpi, turned)
            best = other if sure > confidence else best
    return best


def recognise_zone(image: bytes, box: Box, language: str = "fra", *, dpi: int = OCR_DPI) -> str:
    """The text in one part of a page's picture, read as one block.

    :raises BadPicture: it can't be decoded. :raises RecognitionFailed: as :func:`recognise_page`.
    """
    picture = decode_grey(image)
    height, width = picture.shape
    left, top, right, bottom = box
    part = picture[int(top * height) : math.ceil(bottom * height), int(left * width) : math.ceil(right * width)]
    if part.size == 0:
        return ""
    # Tesseract wants some paper round the letters.
    framed: Grey = np.pad(part, 12, mode="edge")
    api = _recogniser(language)
    api.SetPageSegMode(tesserocr.PSM.SINGLE_BLOCK)
    _feed(api, framed, dpi)
    return str(_recognised(api).GetUTF8Text()).strip()


def straighten(picture: Grey) -> tuple[Grey, float]:
    """The picture with its lines level, and by how many degrees it was turned (counter-clockwise positive)."""
    skew = measure_skew(picture)
    if abs(skew) < _LEAST_SKEW:
        return picture, 0.0
    height, width = picture.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), skew, 1)
    paper = int(np.median(picture[::8, ::8]))
    level = cv2.warpAffine(picture, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=paper)
    return level.astype(np.uint8), skew


def measure_skew(picture: Grey) -> float:
    """Degrees to turn the picture (counter-clockwise) so that its lines are level; 0 with next to no ink.

    Where the sum of ink by row varies most: coarsely on a small copy, whose lines blur into each other less abruptly,
    then finely on a larger one.
    """
    large = _ink(_shrunk(picture, side=800))
    if cv2.countNonZero(large) < 50:
        return 0.0
    small, strips = _strips(_shrunk(large, side=300)), _strips(large)
    coarse = np.arange(-_STEEPEST, _STEEPEST + 0.5, 1.0)
    best = max(coarse, key=lambda angle: _sharpness(*small, float(angle)))
    for reach, step in ((0.8, 0.4), (0.2, 0.1)):
        around = np.arange(best - reach, best + reach + step / 2, step)
        best = max(around, key=lambda angle: _sharpness(*strips, float(angle)))
    return round(float(best), 2)


def _shrunk(picture: Grey, *, side: int) -> Grey:
    scale = min(1.0, side / max(1, *picture.shape))
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else picture
    return small.astype(np.uint8, copy=False)


def _ink(picture: Grey) -> Grey:
    """How dark each point is, paper left out."""
    ink = cv2.bitwise_not(picture)
    _, kept = cv2.threshold(ink, max(40, int(np.median(ink[::2, ::2])) + 40), 255, cv2.THRESH_TOZERO)
    return kept.astype(np.uint8, copy=False)


def _strips(ink: Grey) -> tuple[Levels, float]:
    """How much ink each row of some upright strips holds, and how wide a strip is: for a few degrees, moving strips up
    and down is as good as turning the picture, and far quicker."""
    height, width = ink.shape
    strips = cv2.resize(ink, (_STRIPS, height), interpolation=cv2.INTER_AREA)
    return strips.astype(np.float32), width / _STRIPS


def _sharpness(strips: Levels, wide: float, angle: float) -> float:
    slope = math.tan(math.radians(angle)) * wide
    matrix = np.array([[1, 0, 0], [slope, 1, -slope * (_STRIPS - 1) / 2]])
    moved = cv2.warpAffine(strips, matrix, strips.shape[::-1], flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    steps = np.diff(moved.sum(axis=1, dtype=np.float64))
    return float((steps * steps).sum())


def _read_turned(picture: Grey, language: str, dpi: int, turned: int) -> tuple[RecognisedPage, float]:
    upright: Grey = np.ascontiguousarray(np.rot90(picture, -turned // 90))
    level, skew = straighten(upright)
    api = _recogniser(language)
    api.SetPageSegMode(tesserocr.PSM.AUTO)
    _feed(api, level, dpi)
    rows = _recognised(api).GetTSVText(0)
    height, width = level.shape
    lines: list[str] = []
    words: list[RecognisedWord] = []
    last: tuple[str, ...] = ()
    for key, text, confidence, rectangle in _tsv_words(rows):
        if not lines or key != last:
            lines.append(text)
        else:
            lines[-1] += f" {text}"
        last = key
        words.append(RecognisedWord(text, _box_as_given(rectangle, width, height, skew, turned), confidence / 100))
    api.Clear()
    weight = sum(len(word.text) for word in words)
    sure = sum(len(word.text) * word.confidence for word in words) / weight * 100 if weight else 0.0
    return RecognisedPage("\n".join(lines), tuple(words), turned, skew), sure


def _tsv_words(rows: str) -> Iterator[tuple[tuple[str, ...], str, float, tuple[int, int, int, int]]]:
    """Words of Tesseract's table: (block, paragraph, line), text, confidence 0 to 100, left top width height."""
    for row in rows.splitlines():
        cells = row.split("\t", 11)
        if len(cells) == 12 and cells[0] == "5" and cells[11].strip():
            left, top, wide, high = (int(cell) for cell in cells[6:10])
            yield tuple(cells[2:5]), cells[11].strip(), float(cells[10]), (left, top, wide, high)


def _box_as_given(rectangle: tuple[int, int, int, int], width: int, height: int, skew: float, turned: int) -> Box:
    """From pixels of the picture that was read to shares of the one that was given."""
    left, top, wide, high = rectangle
    corners = np.array([[left, top], [left + wide, top], [left, top + high], [left + wide, top + high]], np.float64)
    if skew:
        back = cv2.invertAffineTransform(cv2.getRotationMatrix2D((width / 2, height / 2), skew, 1))
        middle = corners.mean(axis=0)
        moved = back[:, :2] @ middle + back[:, 2]
        corners += moved - middle  # The box keeps its size: a word's letters stay as high as they were.
    shares = corners / (width, height)
    x, y = np.clip(shares[:, 0], 0, 1), np.clip(shares[:, 1], 0, 1)
    if turned == 90:
        x, y = y, 1 - x
    elif turned == 180:
        x, y = 1 - x, 1 - y
    elif turned == 270:
        x, y = 1 - y, x
    return float(x.min()), float(y.min()), float(x.max()), float(y.max())


def _likely_turn(picture: Grey, language: str) -> int:
    """The quarter turn (clockwise) under which the densest ninth of the page reads best."""
    part = _densest_part(picture)
    api = _recogniser(language)
    api.SetPageSegMode(tesserocr.PSM.SINGLE_BLOCK)
    scores = {}
    for turned in (0, 90, 180, 270):
        upright, _ = straighten(np.ascontiguousarray(np.rot90(part, -turned // 90)))
        _feed(api, upright, OCR_DPI)
        rows = _tsv_words(_recognised(api).GetTSVText(0))
        scores[turned] = sum(len(text) * confidence for _, text, confidence, _ in rows if confidence > _SURE_ENOUGH)
        api.Clear()
    return max(scores, key=lambda turned: scores[turned])


def _densest_part(picture: Grey) -> Grey:
    height, width = (side // 3 for side in picture.shape)
    parts = [
        picture[top : top + height, left : left + width]
        for top in range(0, 2 * height + 1, max(1, height // 2))
        for left in range(0, 2 * width + 1, max(1, width // 2))
    ]
    return max(parts, key=lambda part: int((part < 128).sum()))


def _feed(api: tesserocr.PyTessBaseAPI, picture: Grey, dpi: int) -> None:
    height, width = picture.shape
    api.SetImageBytes(picture.tobytes(), width, height, 1, width)
    api.SetSourceResolution(dpi)


def _recognised(api: tesserocr.PyTessBaseAPI) -> tesserocr.PyTessBaseAPI:
    if not api.Recognize(_SECONDS_PER_PAGE * 1000):
        raise RecognitionFailed(reason="time")
    return api


@cache
def _keep_large_buffers() -> None:
    """Tesseract makes and drops large pictures all the time: kept by this process, they are not cleared anew by the
    kernel each time. Only where pages are recognised: other jobs must give back what they had."""
    allocator = getattr(ctypes.CDLL(None), "mallopt", None)
    if allocator is not None:
        allocator(_MMAP_THRESHOLD, _LARGEST_KEPT)
        allocator(_TRIM_THRESHOLD, 4 * _LARGEST_KEPT)


@cache
def _recogniser(language: str) -> tesserocr.PyTessBaseAPI:
    wanted = language.split("+")
    if not set(wanted) <= set(available_languages()):
        raise RecognitionFailed(reason=language[:20])
    return tesserocr.PyTessBaseAPI(path=f"{LANGUAGE_DATA}/", lang=language, oem=tesserocr.OEM.LSTM_ONLY)
