"""Words and where they stand, blank pages, optical recognition and codes, all in the sandbox as in production."""

from __future__ import annotations

import io
import zlib

import cv2
import numpy as np
import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name
from PIL import Image
from reportlab.pdfgen import canvas

from pli.kit.sandbox import JobLimits, SandboxKilled, run_isolated
from pli.pdf.api import BadPicture, DamagedPdf, PdfError, RecognitionFailed, is_blank_picture
from pli.pdf.errors import READING_ERRORS
from tests.pdf import loose, samples, scans

JOBS = "tests.pdf.reading_jobs"
A4 = scans.A4


def read(pdf: bytes, **arguments: object) -> list[dict]:
    return run_isolated(f"{JOBS}:pages", arguments, inputs={"source": pdf}, raises=READING_ERRORS)


def recognise(pdf: bytes, **arguments: object) -> dict:
    raises = (*READING_ERRORS, RecognitionFailed)
    return run_isolated(f"{JOBS}:recognise", arguments, inputs={"source": pdf}, raises=raises)


def place(words: list, text: str) -> list[float]:
    return next(word[1] for word in words if word[0] == text)


def changed(pdf: bytes, change: object) -> bytes:
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        change(opened)
        written = io.BytesIO()
        opened.save(written)
        return written.getvalue()


class TestWords:
    def test_stand_where_they_were_drawn(self) -> None:
        page = read(scans.drawn())[0]
        left, top, right, bottom = place(page["words"], "Facture")
        # Drawn at 60 points from the left, its foot 756 points above the bottom.
        assert left == pytest.approx(60 / A4[0], abs=0.003)
        assert top < 1 - 756 / A4[1] < bottom
        assert 0 < right - left < 0.1 and 0.01 < bottom - top < 0.03
        assert (round(page["width"]), round(page["height"])) == (595, 842)
        assert "Facture n° F2026-00417 du 3 mars 2026" in page["text"].splitlines()

    @pytest.mark.parametrize("rotation", [0, 90, 180, 270])
    def test_follow_the_rotation_of_the_page(self, rotation: int) -> None:
        page = read(scans.drawn(rotate=rotation))[0]
        left, top, right, bottom = place(read(scans.drawn())[0]["words"], "F2026-00417")
        expected = {
            0: (left, top, right, bottom),
            90: (1 - bottom, left, 1 - top, right),
            180: (1 - right, 1 - bottom, 1 - left, 1 - top),
            270: (top, 1 - right, bottom, 1 - left),
        }[rotation]
        assert place(page["words"], "F2026-00417") == pytest.approx(expected, abs=0.002)
        assert (page["width"] > page["height"]) == (rotation in (90, 270))

    def test_count_from_the_crop_box_and_are_left_out_beyond_it(self) -> None:
        def crop(pdf: pikepdf.Pdf) -> None:
            pdf.pages[0].cropbox = Array([100, 100, 100 + A4[0], 100 + 700])

        plain = place(read(scans.drawn())[0]["words"], "Entretien")
        page = read(changed(scans.drawn(offset=(100, 100)), crop))[0]
        words = [word[0] for word in page["words"]]
        assert "Entretien" not in words  # 732 points up: above the crop box
        assert round(page["height"]) == 700
        found = place(read(changed(scans.drawn(offset=(100, 100)), lambda pdf: None))[0]["words"], "Entretien")
        assert found[0] > plain[0]

    def test_sharing_a_sheet_with_an_odd_media_box(self) -> None:
        def shift(pdf: pikepdf.Pdf) -> None:
            pdf.pages[0].mediabox = Array([-200, -300, A4[0] - 200, A4[1] - 300])
            stream = pdf.make_stream(b"q 1 0 0 1 -200 -300 cm\n")
            pdf.pages[0].contents_add(stream, prepend=True)

        assert place(read(changed(scans.drawn(), shift))[0]["words"], "Facture") == pytest.approx(
            place(read(scans.drawn())[0]["words"], "Facture"), abs=0.002
        )

    def test_keep_their_places_past_characters_of_two_units(self) -> None:
        written = io.BytesIO()
        sheet = canvas.Canvas(written, pagesize=A4, invariant=1)
        sheet.drawString(60, 700, "avant")
        sheet.drawString(60, 500, "FAC-1234")
        sheet.save()

        def astral(pdf: pikepdf.Pdf) -> None:
            # Every « a » reads as a mathematical letter beyond the first plane: two units of UTF-16.
            font = pdf.pages[0].Resources.Font["/F1"]
            cmap = b"1 begincodespacerange <00> <ff> endcodespacerange 1 beginbfchar <61> <D835DC1A> endbfchar"
            rest = b" 1 beginbfrange <2d> <60> <002d> endbfrange 1 beginbfrange <62> <7a> <0062> endbfrange"
            font.ToUnicode = pdf.make_stream(b"begincmap " + cmap + rest + b" endcmap")

        page = read(changed(written.getvalue(), astral))[0]
        box = place(page["words"], "FAC-1234")
        assert box[1] == pytest.approx(1 - 509 / A4[1], abs=0.01)

    def test_text_only_costs_no_words(self) -> None:
        page = read(scans.drawn(), words=False)[0]
        assert page["words"] == [] and "Facture" in page["text"]

    def test_written_from_right_to_left_have_boxes_too(self) -> None:
        from reportlab.pdfbase import pdfmetrics
        from reportlab.pdfbase.ttfonts import TTFont

        from pli.pdf.fonts import FOLDER

        pdfmetrics.registerFont(TTFont("Hebrew", str(FOLDER / "NotoSansHebrew_400Regular.ttf")))
        written = io.BytesIO()
        sheet = canvas.Canvas(written, pagesize=A4, invariant=1)
        sheet.setFont("Hebrew", 14)
        sheet.drawString(200, 700, "תינובשח 1234")
        sheet.save()
        words = read(written.getvalue())[0]["words"]
        assert {"1234"} <= {word[0] for word in words}
        for _, (left, top, right, bottom) in words:
            assert 0 <= left < right <= 1 and 0 <= top < bottom <= 1


class TestBlankPages:
    def test_nothing_drawn(self) -> None:
        written = io.BytesIO()
        sheet = canvas.Canvas(written, pagesize=A4)
        sheet.showPage()
        sheet.drawString(60, 700, "x")
        sheet.showPage()
        sheet.save()
        assert [page["is_blank"] for page in read(written.getvalue())] == [True, False]

    def test_scanned_with_dust_and_noise(self) -> None:
        empty = scans.scan(scans.drawn([]))
        short = scans.scan(scans.drawn(["Vu."]))
        assert read(empty)[0]["is_blank"]
        assert not read(short)[0]["is_blank"]

    def test_scanned_with_a_dark_edge_holes_and_uneven_light(self) -> None:
        picture = np.full((2339, 1654), 235, np.uint8)
        picture[:, :40] = 30  # the lid
        picture[-50:, :] = 60
        for y in (900, 1400):
            cv2.circle(picture, (45, y), 22, 20, -1)
        slope = np.linspace(0, 50, picture.shape[1])[None, :]
        picture = np.clip(picture - slope, 0, 255).astype(np.uint8)
        assert is_blank_picture(picture)
        cv2.putText(picture, "Page 1", (800, 1200), cv2.FONT_HERSHEY_SIMPLEX, 1.4, 40, 3)
        assert not is_blank_picture(picture)

    def test_a_page_of_a_few_points_is_read(self) -> None:
        assert read(loose.smallest_page())[0]["is_blank"]
        assert is_blank_picture(np.full((1, 30000), 255, np.uint8))

    def test_light_grey_writing_is_not_blank(self) -> None:
        picture = np.full((2339, 1654), 250, np.uint8)
        for line in range(4):
            cv2.putText(picture, "Bon pour accord", (300, 900 + 60 * line), cv2.FONT_HERSHEY_SIMPLEX, 1.4, 150, 3)
        assert not is_blank_picture(picture)


class TestRecognition:
    def test_reads_a_french_scan(self) -> None:
        page = recognise(scans.scan(scans.drawn()))
        assert scans.accuracy("\n".join(scans.LETTER), page["text"]) > 0.98
        drawn = place(read(scans.drawn())[0]["words"], "F2026-00417")
        found = place(page["words"], "F2026-00417")
        # The page was turned by 0.8 degrees about its middle: what was found is on the picture as it came.
        assert found == pytest.approx(drawn, abs=0.012)
        assert 0.8 <= next(word[2] for word in page["words"] if word[0] == "Facture") <= 1

    @pytest.mark.parametrize("quarters", [1, 2, 3])
    def test_reads_pages_that_lie_on_their_side_or_head(self, quarters: int) -> None:
        picture = np.rot90(scans.spoil(scans.picture_of(scans.drawn())), quarters)
        page = run_isolated(f"{JOBS}:recognise_image", {}, inputs={"image": scans.png(picture)})
        assert scans.accuracy("\n".join(scans.LETTER), page["text"]) > 0.95
        left, top, right, bottom = place(read(scans.drawn())[0]["words"], "F2026-00417")
        expected = {
            1: (top, 1 - right, bottom, 1 - left),
            2: (1 - right, 1 - bottom, 1 - left, 1 - top),
            3: (1 - bottom, left, 1 - top, right),
        }[quarters]
        assert place(page["words"], "F2026-00417") == pytest.approx(expected, abs=0.02)

    @pytest.mark.parametrize("skew", [-5.0, 3.0])
    def test_straightens(self, skew: float) -> None:
        page = recognise(scans.scan(scans.drawn(), scans.Spoiling(skew=skew)))
        assert page["skew"] == pytest.approx(-skew, abs=0.3)
        assert scans.accuracy("\n".join(scans.LETTER), page["text"]) > 0.97

    def test_finds_nothing_on_an_empty_page(self) -> None:
        page = recognise(scans.scan(scans.drawn([])))
        assert len(page["text"]) < 5

    def test_says_that_a_language_is_missing(self) -> None:
        with pytest.raises(RecognitionFailed):
            recognise(scans.drawn(), language="tlh")


class TestCodes:
    def test_reads_both_kinds(self) -> None:
        codes = run_isolated(f"{JOBS}:codes", {}, inputs={"source": scans.coded()})
        assert {(kind, text) for kind, text, _ in codes} == {
            ("QRCode", "PLI:kind=invoice"),
            ("Code128", "BL-2026-0099"),
        }
        left, top, right, bottom = next(box for kind, _, box in codes if kind == "QRCode")
        assert left == pytest.approx(60 / A4[0], abs=0.03) and bottom == pytest.approx(1 - 640 / A4[1], abs=0.03)
        assert right > left and bottom > top

    def test_reads_them_on_a_scan(self) -> None:
        codes = run_isolated(f"{JOBS}:codes", {}, inputs={"source": scans.scan(scans.coded())})
        assert "PLI:kind=invoice" in {text for _, text, _ in codes}


def image_page(raw: bytes, **entries: object) -> bytes:
    """A page that shows one image with these bytes and entries, whatever they are worth."""
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=A4)
        image = pdf.make_stream(raw, Type=Name.XObject, Subtype=Name.Image, ColorSpace=Name.DeviceGray, **entries)
        page.Resources = Dictionary(XObject=Dictionary(Im=image))
        page.Contents = pdf.make_stream(b"q 595 0 0 842 0 0 cm /Im Do Q")
        written = io.BytesIO()
        pdf.save(written, compress_streams=False)
        return written.getvalue()


def jpeg() -> bytes:
    written = io.BytesIO()
    Image.fromarray(scans.spoil(scans.picture_of(scans.drawn(), dpi=100))).save(written, "JPEG")
    return written.getvalue()


HOSTILE = {
    "jpeg cut short": lambda: image_page(
        jpeg()[:3000], Width=827, Height=1169, BitsPerComponent=8, Filter=Name.DCTDecode
    ),
    "jpeg garbled": lambda: image_page(
        jpeg()[:900] + bytes(range(256)) * 40, Width=827, Height=1169, BitsPerComponent=8, Filter=Name.DCTDecode
    ),
    "jbig2 garbled": lambda: image_page(
        b"\x00\x00\x00\x00\x30\x00\x01\xff\xff\xff\xff" * 50,
        Width=30000, Height=30000, BitsPerComponent=1, Filter=Name.JBIG2Decode,
    ),
    "jpx garbled": lambda: image_page(
        b"\x00\x00\x00\x0cjP  \r\n\x87\n" + b"\xff" * 900, Width=9, Height=9, Filter=Name.JPXDecode
    ),
    "image that claims to be vast": lambda: image_page(
        zlib.compress(bytes(10_000_000)), Width=60000, Height=60000, BitsPerComponent=8, Filter=Name.FlateDecode
    ),
    "page the size of a town": lambda: changed(
        scans.drawn(), lambda pdf: setattr(pdf.pages[0], "mediabox", Array([0, 0, 199_999, 199_999]))
    ),
    "page of no size": lambda: changed(
        scans.drawn([]), lambda pdf: setattr(pdf.pages[0], "mediabox", Array([0, 0, 0, 0]))
    ),
    "a form inside itself": samples.form_inside_itself if hasattr(samples, "form_inside_itself") else scans.drawn,
}  # fmt: skip


class TestHostileFiles:
    @pytest.mark.parametrize("name", HOSTILE)
    def test_fail_alone_and_soon_or_read_as_empty(self, name: str) -> None:
        pdf = HOSTILE[name]()
        limits = JobLimits(wall_seconds=30, cpu_seconds=25)
        for job in ("pages", "recognise", "codes"):
            try:
                run_isolated(
                    f"{JOBS}:{job}", {}, inputs={"source": pdf}, limits=limits,
                    raises=(*READING_ERRORS, BadPicture, RecognitionFailed),
                )  # fmt: skip
            except (PdfError, SandboxKilled):
                continue

    def test_pictures_that_are_none(self) -> None:
        vast = io.BytesIO()
        Image.new("1", (20_000, 20_000)).save(vast, "PNG")
        for image in (b"", b"\x89PNG\r\n\x1a\n" + b"\x00" * 100, jpeg()[:200], vast.getvalue()):
            with pytest.raises(BadPicture):
                run_isolated(f"{JOBS}:recognise_image", {}, inputs={"image": image}, raises=(BadPicture,))

    def test_what_is_no_pdf(self) -> None:
        with pytest.raises(DamagedPdf):
            read(b"%PDF-1.7\nnothing of the kind")
