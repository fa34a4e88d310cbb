"""Where a visible mark goes: from the page as seen to the page's own coordinates (ISO 32000-1 §8.3, §12.5.5)."""

from __future__ import annotations

from dataclasses import dataclass

Box = tuple[float, float, float, float]

# One turn per quarter: the form matrix that makes the mark stand upright on a page shown turned by that much.
_MATRICES = {0: (1, 0, 0, 1, 0, 0), 90: (0, 1, -1, 0, 0, 0), 180: (-1, 0, 0, -1, 0, 0), 270: (0, -1, 1, 0, 0, 0)}


@dataclass(frozen=True)
class PageView:
    """How a page is shown: its crop box (within the media box) and its clockwise rotation in degrees."""

    crop: Box
    rotation: int

    @property
    def width(self) -> float:
        """Width in points of the page as displayed."""
        return self._size()[0]

    @property
    def height(self) -> float:
        """Height in points of the page as displayed."""
        return self._size()[1]

    @property
    def matrix(self) -> tuple[int, int, int, int, int, int]:
        """The /Matrix that turns an appearance upright on this page."""
        return _MATRICES[self.rotation]

    def _size(self) -> tuple[float, float]:
        left, bottom, right, top = self.crop
        size = (right - left, top - bottom)
        return size if self.rotation in (0, 180) else (size[1], size[0])

    def to_page(self, box: Box) -> Box:
        """``box`` in displayed points (origin at the bottom left of what is seen) as the page's own rectangle."""
        x1, y1, x2, y2 = box
        corners = [self._point(x1, y1), self._point(x2, y2)]
        xs, ys = sorted(corner[0] for corner in corners), sorted(corner[1] for corner in corners)
        return (xs[0], ys[0], xs[1], ys[1])

    def _point(self, u: float, v: float) -> tuple[float, float]:
        left, bottom, right, top = self.crop
        if self.rotation == 90:
            return right - v, bottom + u
        if self.rotation == 180:
            return right - u, top - v
        if self.rotation == 270:
            return left + v, top - u
        return left + u, bottom + v

    def fit(self, box: Box) -> Box | None:
        """``box`` cut to the displayed page, or None when nothing of it (less than one point) would be seen."""
        x1, y1, x2, y2 = box
        left, right = sorted((x1, x2))
        bottom, top = sorted((y1, y2))
        left, bottom = max(left, 0.0), max(bottom, 0.0)
        right, top = min(right, self.width), min(top, self.height)
        return (left, bottom, right, top) if right - left >= 1 and top - bottom >= 1 else None


def intersect(outer: Box, inner: Box) -> Box:
    """The common part of two rectangles given by any two corners; ``outer`` when they do not meet."""
    a, b = _ordered(outer), _ordered(inner)
    common = (max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3]))
    return common if common[0] < common[2] and common[1] < common[3] else a


def _ordered(box: Box) -> Box:
    xs, ys = sorted((box[0], box[2])), sorted((box[1], box[3]))
    return (xs[0], ys[0], xs[1], ys[1])


def keep_proportions(box: Box, width: float, height: float) -> Box:
    """The largest rectangle of the proportions ``width`` × ``height`` centred in ``box``; ``box`` itself when near."""
    x1, y1, x2, y2 = box
    across, up = x2 - x1, y2 - y1
    if width <= 0 or height <= 0 or abs(across / up / (width / height) - 1) < 0.02:
        return box
    scale = min(across / width, up / height)
    dx, dy = (across - width * scale) / 2, (up - height * scale) / 2
    return (x1 + dx, y1 + dy, x2 - dx, y2 - dy)
