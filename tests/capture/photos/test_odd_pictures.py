"""Pictures as cameras and scanners write them oddly: upright and with their greys, or refused with the right reason."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pypdfium2 import PdfDocument

from pli.capture import preparing
from pli.capture.channels import pictures
from pli.capture.channels.ipp import raster
from pli.capture.channels.photos import book
from pli.capture.errors import UnreadableImage
from pli.kit.sandbox import run_isolated
from pli.pdf.api import FILING_LIMITS, inspect_pdf

_RAMP = np.linspace(0, 255, 200)[None, :].repeat(120, 0)


def _saved(image: Image.Image, kind: str, **more: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


def _shown(content: bytes, media_type: str) -> np.ndarray:
    out = io.BytesIO()
    pictures.convert({"source": io.BytesIO(content), "target": out}, media_type=media_type)
    return np.asarray(PdfDocument(out.getvalue())[0].render(scale=1).to_pil().convert("L"), int)


@pytest.mark.parametrize(
    ("samples", "kind"),
    [
        ((_RAMP * 257).astype("uint16"), "PNG"),
        ((_RAMP * 257).astype("uint16"), "TIFF"),
        ((_RAMP * 257).astype(">u2"), "TIFF"),
        ((_RAMP * 257).astype("int32"), "TIFF"),
        ((_RAMP / 255).astype("float32"), "TIFF"),
    ],
)
def test_deep_greys_keep_their_shades(samples: np.ndarray, kind: str) -> None:
    seen = _shown(_saved(Image.fromarray(samples), kind), f"image/{kind.lower()}")
    middle = seen[seen.shape[0] // 2]
    assert middle[3] < 20 and middle[-4] > 235 and 110 < middle[len(middle) // 2] < 145


def test_a_photograph_of_sixteen_bits_is_not_a_white_page() -> None:
    samples = np.full((400, 300), 40000, np.uint16)
    samples[150:250, 100:200] = 500
    packed, out = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(packed, "w") as whole:
        whole.comment = b"keep"
        whole.writestr("01.png", _saved(Image.fromarray(samples), "PNG"))
    book.bind({"source": packed, "target": out}, media_type="")
    seen = np.asarray(PdfDocument(out.getvalue())[0].render(scale=1).to_pil().convert("L"), int)
    assert seen[seen.shape[0] // 2, seen.shape[1] // 2] < 60


@pytest.mark.parametrize("held", range(1, 9))
def test_however_the_camera_was_held_the_page_is_upright(held: int) -> None:
    marked = Image.new("RGB", (300, 200), "white")
    marked.paste("black", (0, 0, 60, 60))
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    stored = marked if held == 1 else marked.transpose(Image.Transpose(back[held]))
    exif = Image.Exif()
    exif[0x0112] = held
    content = _saved(stored, "JPEG", exif=exif)
    out = io.BytesIO()
    raster.convert({"source": io.BytesIO(content), "target": out}, media_type="image/jpeg")
    printed = np.asarray(PdfDocument(out.getvalue())[0].render(scale=1).to_pil().convert("L"), int)
    for seen in (_shown(content, "image/jpeg"), printed):
        assert seen.shape[1] > seen.shape[0]
        rows, columns = np.nonzero(seen < 90)
        assert rows.max() < seen.shape[0] / 2 and columns.max() < seen.shape[1] / 2


def test_an_animation_is_one_page_and_a_vast_picture_is_said_to_be_vast() -> None:
    frame = Image.new("RGB", (60, 40), "white")
    moving = _saved(frame, "PNG", save_all=True, append_images=[Image.new("RGB", (60, 40), "black")] * 3)
    out = io.BytesIO()
    assert pictures.convert({"source": io.BytesIO(moving), "target": out}, media_type="image/png") == 1
    vast = _saved(Image.new("1", (20_000, 20_000)), "PNG")
    with pytest.raises(UnreadableImage) as refused:
        pictures.convert({"source": io.BytesIO(vast), "target": io.BytesIO()}, media_type="image/png")
    assert "trop grande" in str(refused.value.details["reason"])


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_hundred_million_pixels_are_a_page(mode: str, tmp_path: Path) -> None:
    """In the sandbox, with the limits of a job: what unpacks to more than a PDF may hold becomes a photograph."""
    colour = (20, 120, 60, 255)[: len(mode)]
    source, made = tmp_path / "vaste.png", tmp_path / "vaste.pdf"
    Image.new(mode, (11_600, 8_700), colour).save(source, compress_level=1)
    run_isolated(
        "pli.capture.channels.pictures:convert", {"media_type": "image/png"},
        inputs={"source": source}, outputs={"target": made}, limits=preparing.LIMITS,
    )  # fmt: skip
    assert inspect_pdf(made, limits=FILING_LIMITS).page_count == 1
    shown = np.asarray(PdfDocument(made)[0].render(scale=0.2).to_pil().convert("RGB"), int)
    assert abs(shown[shown.shape[0] // 2, shown.shape[1] // 2] - colour[:3]).max() < 4


def test_a_picture_that_needs_too_much_memory_is_said_to_be_too_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "lourd.png"
    Image.new("RGBA", (6_000, 5_000)).save(source, compress_level=1)
    monkeypatch.setattr(preparing, "LIMITS", replace(preparing.LIMITS, memory_bytes=64 << 20))
    with pytest.raises(UnreadableImage) as refused:
        preparing._convert(source, "pli.capture.channels.pictures:convert", "image/png")
    assert refused.value.details["reason"] == "elle est trop grande"
    assert "Réduisez-la" in refused.value.remedy
