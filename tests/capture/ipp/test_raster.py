"""PWG raster, URF and JPEG become pages, in the sandbox; what came is kept as it came."""

from __future__ import annotations

import gzip
import io
import struct
import zlib
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from pli.capture.api import Capture, CaptureState, receive
from pli.capture.channels.ipp import raster
from pli.capture.channels.ipp.documents import CorruptDocument, Unpacker
from pli.capture.errors import UnreadablePrint
from pli.capture.preparing import prepare_pdf
from pli.capture.wishes import Wishes
from pli.documents.api import store_bytes
from tests.support.people import House
from tests.support.queue import RunJobs

WIDTH, HEIGHT = 40, 20


def _lines(pixel: bytes, *, repeats: int = HEIGHT) -> bytes:
    """Every line: 30 pixels of one run, 10 literal ones."""
    return bytes([repeats - 1, 29]) + pixel + bytes([257 - 10]) + pixel * 10


def pwg(space: int = 19, bits: int = 24, pages: int = 1, body: bytes | None = None, **changes: int) -> bytes:
    header = bytearray(1796)
    line = (WIDTH * bits + 7) // 8
    for place, value in (
        (276, 100), (280, 100), (372, changes.get("width", WIDTH)), (376, changes.get("height", HEIGHT)),
        (388, bits), (392, line), (400, space),
    ):  # fmt: skip
        struct.pack_into(">I", header, place, value)
    content = _lines(b"\xff\x00\x00"[: bits // 8]) if body is None else body
    return b"RaS2" + (bytes(header) + content) * pages


def urf(pages: int = 1) -> bytes:
    header = bytearray(32)
    header[0], header[1] = 24, 1
    struct.pack_into(">II", header, 12, WIDTH, HEIGHT)
    struct.pack_into(">I", header, 20, 100)
    return b"UNIRAST\0" + struct.pack(">I", 0) + (bytes(header) + _lines(b"\x00\x00\xff")) * pages


def convert(content: bytes, media_type: str) -> pypdfium2.PdfDocument:
    target = io.BytesIO()
    raster.convert({"source": io.BytesIO(content), "target": target}, media_type=media_type)
    return pypdfium2.PdfDocument(target.getvalue())


def _colour(document: pypdfium2.PdfDocument, page: int = 0) -> tuple[int, ...]:
    image = document[page].render(scale=1).to_pil().convert("RGB")
    return tuple(image.getpixel((image.width // 2, image.height // 2)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("content", "media_type", "colour"),
    [
        (pwg(), "image/pwg-raster", (255, 0, 0)),
        (pwg(18, 8, body=_lines(b"\x80")), "image/pwg-raster", (128, 128, 128)),
        (pwg(3, 1, body=bytes([HEIGHT - 1, 4, 0xFF])), "image/pwg-raster", (0, 0, 0)),
        (pwg(body=bytes([HEIGHT - 1, 128])), "image/pwg-raster", (255, 255, 255)),
        (urf(), "image/urf", (0, 0, 255)),
    ],
)
def test_pixels_become_a_page_of_their_size_and_colour(
    content: bytes, media_type: str, colour: tuple[int, int, int]
) -> None:
    document = convert(content, media_type)
    assert len(document) == 1 and _colour(document) == colour
    assert document[0].get_size() == pytest.approx((WIDTH * 0.72, HEIGHT * 0.72), abs=0.01)


def test_a_file_cut_between_two_pages_is_not_whole() -> None:
    for content, media_type, place in ((urf(2), "image/urf", 8), (pwg(pages=2), "image/pwg-raster", 4 + 452)):
        for announced in (2, 3):
            told = bytearray(content)
            struct.pack_into(">I", told, place, announced)
            if announced == 2:
                assert len(convert(bytes(told), media_type)) == 2
                continue
            with pytest.raises(UnreadablePrint):
                convert(bytes(told), media_type)


def test_what_follows_a_packed_document_is_unpacked_or_refused() -> None:
    def unpacked(kind: str, content: bytes) -> bytes:
        unpacker = Unpacker(kind)
        return b"".join([*unpacker.unpack(content), *unpacker.finish()])

    assert unpacked("gzip", gzip.compress(b"one") + gzip.compress(b"two")) == b"onetwo"
    with pytest.raises(CorruptDocument):
        unpacked("deflate", zlib.compress(b"one") + b"two")
    with pytest.raises(CorruptDocument):
        unpacked("gzip", gzip.compress(b"one") + gzip.compress(b"two")[:-3])


def test_pages_follow_each_other() -> None:
    assert len(convert(pwg(pages=3), "image/pwg-raster")) == 3
    assert len(convert(urf(pages=2), "image/urf")) == 2


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_a_photograph_fills_a_sheet_in_its_own_direction(mode: str) -> None:
    for size, sheet in (((300, 400), (595.276, 841.89)), ((400, 300), (841.89, 595.276))):
        written = io.BytesIO()
        Image.new("RGB", size, (200, 30, 30)).convert(mode).save(written, "JPEG", quality=95)
        document = convert(written.getvalue(), "image/jpeg")
        assert document[0].get_size() == pytest.approx(sheet, abs=0.01)
        red, green, blue = _colour(document)
        assert red > green - 1 and green == pytest.approx(blue, abs=30)


@pytest.mark.parametrize(
    "content",
    [
        b"RaS2", pwg()[:-3], pwg()[:1000], pwg(space=99), pwg(width=10**6), pwg(height=0), pwg(width=41),
        pwg(body=bytes([HEIGHT - 1, 127]) + b"\xff\x00\x00"), b"UNIRAST\0\0\0\0\1", b"RaS3" + bytes(2000),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_refused(content: bytes) -> None:
    media_type = "image/urf" if content.startswith(b"UNI") else "image/pwg-raster"
    with pytest.raises(UnreadablePrint):
        convert(content, media_type)


@pytest.mark.django_db
def test_the_capture_keeps_what_came_and_files_the_pdf_made_from_it(house: House, run_jobs: RunJobs) -> None:
    stored = store_bytes([pwg(pages=2)])
    capture, _ = receive(
        house.chloe, channel="ipp", stored=stored, file_name="Photo.pdf", source_key="1",
        wishes=Wishes(kind="quote"), media_type="image/pwg-raster",
    )  # fmt: skip
    run_jobs()
    capture.refresh_from_db()
    assert capture.state == CaptureState.FILED and capture.document is not None and capture.page_count == 2
    assert capture.blob_id == stored.sha256 and capture.prepared_id not in (None, stored.sha256)
    assert capture.document.renditions.get().blob_id == capture.prepared_id
    assert prepare_pdf(capture).sha256 == capture.prepared_id


@pytest.mark.django_db
def test_a_broken_raster_is_parked_with_its_reason(house: House, run_jobs: RunJobs, tmp_path: Path) -> None:
    receive(
        house.chloe, channel="ipp", stored=store_bytes([pwg()[:-3]]), file_name="x.pdf", source_key="1",
        wishes=Wishes(), media_type="image/pwg-raster",
    )  # fmt: skip
    run_jobs()
    capture = Capture.objects.get()
    assert (capture.state, capture.problem_code) == (CaptureState.PARKED, "CAP-006")
