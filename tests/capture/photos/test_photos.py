"""Photographs of pages: found, straightened, bound in their order; and what can't be read is said."""

from __future__ import annotations

import io
import random
import zipfile

import cv2
import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image, ImageDraw
from pypdfium2 import PdfDocument

from pli.capture.api import Capture, CaptureState, Picture, Wishes, receive, receive_photos, retry_capture
from pli.capture.channels.photos.sheets import find_sheet, straighten
from pli.documents.api import blob_path, keep_blob, store_bytes
from pli.parties.api import Account
from tests.support.people import House, make_house
from tests.support.queue import RunJobs

# Where four black squares stand on the sheet, as shares of its width and height.
MARKS = ((0.12, 0.10), (0.88, 0.10), (0.12, 0.90), (0.70, 0.75))


def make_sheet(number: int = 1) -> Image.Image:
    """A white A4 with text and four marks."""
    sheet = Image.new("RGB", (1050, 1485), "white")
    pen = ImageDraw.Draw(sheet)
    for line in range(18):
        pen.text((180, 330 + 40 * line), f"Page {number}, ligne {line} : tout ce qui est écrit se relit", "black")
    for across, down in MARKS:
        x, y = across * sheet.width, down * sheet.height
        pen.rectangle((x - 16, y - 16, x + 16, y + 16), fill="black")
    return sheet


def photograph(
    sheet: Image.Image, *, seed: int = 1, size: tuple[int, int] = (1500, 2000), tilt: float = 0.04, ground: int = 70
) -> tuple[Image.Image, np.ndarray]:
    """The sheet on a table, seen askew, with a shadow and grain; and where its corners are."""
    chance = np.random.default_rng(seed)
    width, height = size
    whole = np.array([[0.14, 0.12], [0.86, 0.12], [0.86, 0.88], [0.14, 0.88]]) * [width, height]
    corners = (whole + chance.uniform(-tilt, tilt, (4, 2)) * [width, height]).astype(np.float32)
    flat = np.array(sheet)
    source = np.array([[0, 0], [sheet.width, 0], [sheet.width, sheet.height], [0, sheet.height]], np.float32)
    matrix = cv2.getPerspectiveTransform(source, corners)
    table = chance.normal(ground, 9, (height, width, 3)).clip(0, 255).astype(np.uint8)
    seen = cv2.warpPerspective(flat, matrix, size)
    mask = cv2.warpPerspective(np.full(flat.shape[:2], 255, np.uint8), matrix, size)[..., None] > 127
    light = np.linspace(1.0, 0.72, width)[None, :, None]
    shot = np.where(mask, seen * light, table * light) + chance.normal(0, 3, (height, width, 1))
    return Image.fromarray(shot.clip(0, 255).astype(np.uint8)), corners


def as_jpeg(image: Image.Image, **more: object) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88, **more)
    return out.getvalue()


def marks_of(page: Image.Image) -> list[tuple[float, float]]:
    """The centres of the four marks, as shares of the page."""
    dark = (np.array(page.convert("L")) < 90).astype(np.uint8)
    dark = cv2.erode(dark, np.ones((5, 5), np.uint8))
    _, _, stats, centres = cv2.connectedComponentsWithStats(dark)
    wanted = [
        (x / page.width, y / page.height)
        for (x, y), row in zip(centres[1:], stats[1:], strict=True)
        if 0.4 < row[cv2.CC_STAT_WIDTH] / max(1, row[cv2.CC_STAT_HEIGHT]) < 2.5 and row[cv2.CC_STAT_AREA] > 60
    ]
    return wanted


def misplaced(page: Image.Image) -> float:
    """How far, at most, a mark of the page is from where it stands on the sheet."""
    seen = marks_of(page)
    assert len(seen) == 4, seen
    return max(min(max(abs(x - a), abs(y - d)) for x, y in seen) for a, d in MARKS)


@pytest.mark.parametrize("seed", range(12))
def test_a_sheet_is_found_and_its_marks_stand_where_they_do_on_paper(seed: int) -> None:
    shot, corners = photograph(make_sheet(), seed=seed, ground=random.Random(seed).randint(30, 150))  # noqa: S311
    found = find_sheet(np.asarray(shot))
    assert found is not None
    assert np.abs(found - corners).max() < 0.012 * max(shot.size), "within 1.2 % of the photograph's length"
    page = Image.fromarray(straighten(np.asarray(shot), found))
    assert page.height / page.width == pytest.approx(297 / 210, rel=0.01)
    assert misplaced(page) < 0.02


@pytest.mark.parametrize("shade", [0, 128, 250])
def test_a_photograph_without_a_sheet_is_left_whole(shade: int) -> None:
    chance = np.random.default_rng(4)
    assert find_sheet(chance.normal(shade, 12, (900, 700, 3)).clip(0, 255).astype(np.uint8)) is None


@pytest.fixture
def house(db: None) -> House:
    return make_house()


def _pages(capture: Capture) -> list[Image.Image]:
    assert capture.prepared_id
    document = PdfDocument(blob_path(capture.prepared_id))
    return [page.render(scale=1.5).to_pil() for page in document]


@pytest.mark.django_db
def test_photographs_become_one_document_in_their_order(house: House, run_jobs: RunJobs) -> None:
    shots = [as_jpeg(photograph(make_sheet(number), seed=number)[0]) for number in (1, 2)]
    # Held sideways: the telephone turns nothing, and says so.
    turned = photograph(make_sheet(3), seed=3)[0].transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6
    shots.append(as_jpeg(turned, exif=exif))
    client = Client()
    client.force_login(Account.objects.get(id=house.chloe.account_id))
    files = [SimpleUploadedFile(f"IMG_{number}.jpg", one, "image/jpeg") for number, one in enumerate(shots)]
    answer = client.post(
        reverse("documents:photos"),
        {"photos": files, "kind": "invoice", "party": "Dupont SARL (C001)", "improve": "yes"},
        headers={"Accept": "application/json"},
    )
    assert answer.status_code == 201, answer.content
    run_jobs()
    capture = Capture.objects.get()
    assert (capture.state, capture.page_count, capture.channel) == (CaptureState.FILED, 3, "photos")
    assert capture.document and capture.document.party_id == house.dupont.id
    for page in _pages(capture):
        assert misplaced(page) < 0.03
        paper = np.asarray(page.convert("L"))
        assert np.median(paper) > 235, "the shadow is gone"
    with zipfile.ZipFile(blob_path(capture.blob_id)) as whole:
        assert [whole.read(name) for name in whole.namelist()] == shots, "what came is kept as it came, in its order"


@pytest.mark.django_db
def test_heic_too_many_none_and_broken_ones(house: House, run_jobs: RunJobs) -> None:
    client = Client()
    client.force_login(Account.objects.get(id=house.chloe.account_id))

    def send(*contents: bytes) -> tuple[int, str]:
        files = [SimpleUploadedFile(f"{number}.jpg", one) for number, one in enumerate(contents)]
        answer = client.post(
            reverse("documents:photos"), {"photos": files} if files else {}, headers={"Accept": "application/json"}
        )
        return answer.status_code, answer.json().get("detail", "")

    heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 100
    good = as_jpeg(make_sheet())
    status, said = send(good, heic)
    assert status == 415 and "HEIC" in said and "Le plus compatible" in said
    assert send()[0] == 422 and send(*[good] * 31)[0] == 422 and send(b"%PDF-1.7 no picture")[0] == 415
    assert not Capture.objects.exists()
    assert send(good, good[: len(good) // 3])[0] == 201
    run_jobs()
    assert Capture.objects.get().problem_code == "CAP-022"


@pytest.mark.django_db
def test_a_page_that_is_no_photograph_stays_whole_and_colours_stay(house: House, run_jobs: RunJobs) -> None:
    flat = Image.new("RGB", (800, 600), (250, 250, 250))
    ImageDraw.Draw(flat).rectangle((300, 200, 500, 400), fill=(200, 30, 30))
    out = io.BytesIO()
    flat.save(out, "PNG")
    stored = store_bytes([out.getvalue()])
    receive_photos(house.bruno, [Picture(stored, "capture d’écran.png")], wishes=Wishes(), improves=False)
    run_jobs()
    [page] = _pages(Capture.objects.get())
    red, green, _ = page.getpixel((page.width // 2, page.height // 2))
    assert page.width > page.height and red > 150 > green


def test_a_parked_picture_tried_again_has_its_pages_made_anew(house: House, run_jobs: RunJobs) -> None:
    """What a former Pli made of it is not what it is judged by."""
    photo = store_bytes([as_jpeg(make_sheet())])
    capture, _ = receive(
        house.chloe, channel="upload", stored=photo, file_name="photo.jpg", source_key="p", wishes=Wishes(),
        media_type="image/jpeg",
    )  # fmt: skip
    capture.prepared = keep_blob(store_bytes([b"%PDF-1.4 made badly"]), "application/pdf")
    capture.save()
    run_jobs()
    capture.refresh_from_db()
    assert capture.state == CaptureState.PARKED
    retry_capture(house.chloe, capture.id)
    run_jobs()
    capture.refresh_from_db()
    assert capture.state == CaptureState.FILED, capture.problem
