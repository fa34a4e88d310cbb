"""What was found in a text."""

from __future__ import annotations

from typing import NamedTuple

# Letters that optical recognition takes for figures, and the figures they were.
FIGURES = str.maketrans({"O": "0", "o": "0", "Q": "0", "D": "0", "l": "1", "I": "1", "|": "1", "!": "1", "Z": "2",
                         "S": "5", "s": "5", "G": "6", "B": "8", "g": "9"})  # fmt: skip
LIKE_FIGURES = "OoQDlI|!ZSsGBg"


class Found(NamedTuple):
    """A value in canonical form, how certain its form makes it (0 to 1), and where it stands in the text."""

    value: str
    certainty: float
    start: int
    end: int
