"""Pictures for the documentation stay light, whatever they show."""

from __future__ import annotations

import io
import os
from pathlib import Path

from PIL import Image

from tests.support.browser import HEAVIEST, save_picture


def test_even_a_busy_picture_is_light(tmp_path: Path) -> None:
    # The worst case: noise, as a scanned page would be.
    noise = Image.frombytes("RGB", (780, 1000), os.urandom(780 * 1000 * 3))
    out = io.BytesIO()
    noise.save(out, "PNG")
    path = save_picture(out.getvalue(), tmp_path / "busy.png")
    assert path.stat().st_size <= HEAVIEST
    assert Image.open(path).width >= 100
