"""Finding a sheet of paper in a photograph, and showing it as a scanner would."""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Picture: TypeAlias = NDArray[np.uint8]
Corners: TypeAlias = NDArray[np.float32]

_LOOKED_AT = 720
"""Edges are looked for in a small copy: text disappears, the sheet's border stays."""
LEAST_SHARE = 0.18
"""Of the photograph: anything smaller is a card on a table, or the table."""
MOST_SHARE = 0.985
_A4 = 297 / 210
_TOLERANCE = 0.13
"""How far from A4 a sheet may look and still be taken for one."""


def warm_up() -> None:
    """Run once through everything, so that nothing is left to load."""
    blank = np.full((120, 90, 3), 30, np.uint8)
    blank[20:100, 15:75] = 240
    corners = find_sheet(blank)
    improve(straighten(blank, corners) if corners is not None else blank)


def find_sheet(picture: Picture) -> Corners | None:
    """The corners of the sheet, from the top left on, clockwise; None when there is none to be seen.

    The sheet is the largest convex figure of four corners: by its brightness first (paper on a table), by its edges
    next (paper on paper).
    """
    height, width = picture.shape[:2]
    scale = min(1.0, _LOOKED_AT / max(height, width))
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else picture
    grey = np.asarray(cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), (7, 7), 0), np.uint8)
    area = float(grey.shape[0] * grey.shape[1])
    best: tuple[float, Corners] | None = None
    for mask in _masks(grey):
        found = _largest_quad(mask, area)
        if found is not None and (best is None or found[0] > best[0] * 1.05):
            best = found
    return None if best is None else _in_order(best[1] / scale)


def _masks(grey: Picture) -> list[Picture]:
    kernel = np.ones((9, 9), np.uint8)
    _, bright = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    filled = cv2.morphologyEx(bright, cv2.MORPH_CLOSE, kernel, iterations=2)
    median = float(np.median(grey))
    edges = cv2.Canny(grey, 0.45 * median, 1.1 * median)
    closed = cv2.morphologyEx(cv2.dilate(edges, np.ones((3, 3), np.uint8)), cv2.MORPH_CLOSE, kernel)
    return [np.asarray(filled, np.uint8), np.asarray(closed, np.uint8)]


def _largest_quad(mask: Picture, area: float) -> tuple[float, Corners] | None:
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    for outline in sorted(outlines, key=cv2.contourArea, reverse=True)[:4]:
        hull = cv2.convexHull(outline)
        share = cv2.contourArea(hull) / area
        if not LEAST_SHARE <= share <= MOST_SHARE:
            continue
        # A blot is not made a sheet by its hull.
        if cv2.contourArea(outline) < 0.75 * cv2.contourArea(hull):
            continue
        around = cv2.arcLength(hull, closed=True)
        for looseness in (0.015, 0.025, 0.04, 0.06):
            drawn = cv2.approxPolyDP(hull, looseness * around, closed=True)
            if len(drawn) == 4 and cv2.isContourConvex(drawn):
                corners = drawn.reshape(4, 2).astype(np.float32)
                if cv2.contourArea(corners) / area >= LEAST_SHARE and _is_plausible(corners):
                    return share, corners
                break
    return None


def _is_plausible(corners: Corners) -> bool:
    """No corner sharper than 45 degrees or flatter than 135: paper photographed by somebody who wants it read."""
    for index in range(4):
        before, here, after = corners[index - 1], corners[index], corners[(index + 1) % 4]
        one, two = before - here, after - here
        length = float(np.linalg.norm(one) * np.linalg.norm(two))
        if length == 0 or abs(float(np.dot(one, two))) / length > 0.71:
            return False
    return True


def _in_order(corners: Corners) -> Corners:
    middle = corners.mean(axis=0)
    angles = np.arctan2(corners[:, 1] - middle[1], corners[:, 0] - middle[0])
    turned = corners[np.argsort(angles)]
    # Clockwise already, for y grows downwards; the top left is the one nearest to the origin.
    return np.roll(turned, -int(np.argmin(turned.sum(axis=1))), axis=0).astype(np.float32)


def straighten(picture: Picture, corners: Corners) -> Picture:
    """The sheet alone, seen from right above; A4 when it nearly is."""
    top_left, top_right, bottom_right, bottom_left = corners
    width = max(float(np.linalg.norm(top_right - top_left)), float(np.linalg.norm(bottom_right - bottom_left)))
    height = max(float(np.linalg.norm(bottom_left - top_left)), float(np.linalg.norm(bottom_right - top_right)))
    ratio = max(width, height) / max(1.0, min(width, height))
    if abs(ratio / _A4 - 1) <= _TOLERANCE:
        if height >= width:
            height = width * _A4
        else:
            width = height * _A4
    size = (max(1, round(width)), max(1, round(height)))
    target = np.array([[0, 0], [size[0] - 1, 0], [size[0] - 1, size[1] - 1], [0, size[1] - 1]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, target)
    seen = cv2.warpPerspective(picture, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(seen, np.uint8)


def improve(page: Picture) -> Picture:
    """Take shadows away: each point is compared with the paper around it, and ink made darker. Colours stay."""
    scale = 320 / max(page.shape[:2])
    small = cv2.resize(page, None, fx=min(1.0, scale), fy=min(1.0, scale), interpolation=cv2.INTER_AREA)
    paper = cv2.medianBlur(cv2.dilate(small, np.ones((7, 7), np.uint8)), 21)
    wide = cv2.resize(paper, (page.shape[1], page.shape[0]), interpolation=cv2.INTER_LINEAR)
    even = cv2.divide(page, np.maximum(wide, 32), scale=245)
    return np.asarray(cv2.convertScaleAbs(even, alpha=1.12, beta=-22), np.uint8)
