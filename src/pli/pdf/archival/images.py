"""Images: packings, soft masks and depths that the part aimed at does not know."""

from __future__ import annotations

import io
import zlib

import numpy
import pikepdf
from pikepdf import Array, Dictionary, Name, Object, PdfImage, Stream
from PIL import Image, ImageCms

from pli.pdf.archival import profiles
from pli.pdf.archival.conversion import Conversion
from pli.pdf.archival.walk import Found

_QUALITY = 92
_NEVER = ("/Interpolate", "/Alternates", "/OPI")


def settle_images(work: Conversion, found: Found) -> None:
    """Put every image right in place; those that can't be are named."""
    for image in found.images:
        # A stencil has neither colours nor a mask (ISO 32000-1 table 89).
        for key in (*_NEVER, *(("/ColorSpace", "/Mask") if image.get("/ImageMask", False) else ())):
            if key in image:
                del image[key]
        try:
            _settle(work, image)
        except (pikepdf.PdfError, OSError, ValueError, NotImplementedError, SyntaxError, Image.DecompressionBombError):
            work.refuse("une image est abîmée ou d’un format inconnu")


def filters_of(stream: Object) -> list[str]:
    """The names of a stream's filters, in their order."""
    filters = stream.get("/Filter")
    if isinstance(filters, Name):
        return [str(filters)]
    return [str(item) for item in filters.as_list()] if isinstance(filters, Array) else []


def repack(stream: Object) -> None:
    """Unpack a stream and pack it again by Flate, its content unchanged."""
    stream.write(zlib.compress(stream.read_bytes()), filter=Name.FlateDecode)


def _settle(work: Conversion, image: Stream) -> None:
    if not all(isinstance(image.get(key), int) and image[key] > 0 for key in ("/Width", "/Height")):
        raise ValueError("size")
    filters = filters_of(image)
    if work.is_part1:
        soft = image.get("/SMask")
        if isinstance(soft, Stream):
            _flatten_mask(work, image, soft)
        elif "/JPXDecode" in filters or int(image.get("/BitsPerComponent", 8)) == 16:
            _write(image, _picture(image), as_jpeg=False)
            work.note("Une image d’un format trop récent a été réécrite sans perte.")
        for key in ("/SMask", "/SMaskInData"):
            if key in image:
                del image[key]
    elif isinstance(image.get("/SMask"), Stream) and "/Mask" in image:
        del image["/Mask"]
    if "/LZWDecode" in filters_of(image):
        repack(image)


def _picture(image: Stream) -> Image.Image:
    picture = PdfImage(image).as_pil_image(apply_mask=False)
    if picture.mode == "CMYK":
        source = ImageCms.ImageCmsProfile(io.BytesIO(profiles.cmyk()))
        target = ImageCms.ImageCmsProfile(io.BytesIO(profiles.srgb()))
        converted = ImageCms.profileToProfile(picture, source, target, outputMode="RGB")
        if converted is not None:
            return converted
    if picture.mode.startswith("I") or picture.mode == "F":
        # Sixteen bits: Pillow would clip them to eight instead of scaling.
        return Image.fromarray((numpy.asarray(picture).astype("uint32") >> 8).astype("uint8"), "L")
    return picture if picture.mode in ("L", "RGB") else picture.convert("RGB")


def _flatten_mask(work: Conversion, image: Stream, soft: Stream) -> None:
    """Take the transparency out of one image: exactly where its mask is all or nothing, onto white elsewhere."""
    alpha = numpy.asarray(PdfImage(soft).as_pil_image(apply_mask=False).convert("L"))
    if alpha.min() == 255:
        return
    matte = soft.get("/Matte")
    is_hard = bool(((alpha == 0) | (alpha == 255)).all())
    if not is_hard or isinstance(matte, Array):
        picture = _picture(image)
        size = max(picture.size, (alpha.shape[1], alpha.shape[0]))
        was_jpeg = "/DCTDecode" in filters_of(image)
        picture = picture if picture.size == size else picture.resize(size, Image.Resampling.BILINEAR)
        if (alpha.shape[1], alpha.shape[0]) != size:
            alpha = numpy.asarray(Image.fromarray(alpha).resize(size, Image.Resampling.BILINEAR))
        _write(image, _on_white(picture, alpha, matte), as_jpeg=was_jpeg)
        work.note("Transparence d’une image aplatie sur fond blanc.")
    if (alpha == 0).any():
        image.Mask = _stencil(work, alpha == 0)


def _on_white(picture: Image.Image, alpha: numpy.ndarray, matte: Object | None) -> Image.Image:
    colours = numpy.asarray(picture).astype("float32")
    share = alpha.astype("float32") / 255
    if colours.ndim == 3:
        share = share[:, :, None]
    if isinstance(matte, Array):
        # Already blended with its matte colour (ISO 32000-1 §11.6.5.3).
        base = numpy.array([float(value) * 255 for value in matte.as_list()], dtype="float32")
        seen = colours - base * (1 - share) if base.size in (1, colours.shape[-1]) else colours * share
    else:
        seen = colours * share
    blended = numpy.clip(seen + 255 * (1 - share), 0, 255).round().astype("uint8")
    return Image.fromarray(blended, picture.mode)


def _stencil(work: Conversion, hidden: numpy.ndarray) -> Object:
    """An explicit mask (§8.9.6.3): one bit a sample, 1 where nothing is painted."""
    height, width = hidden.shape
    bits = numpy.packbits(hidden, axis=1).tobytes()
    return work.pdf.make_stream(
        zlib.compress(bits),
        Dictionary(
            Type=Name.XObject,
            Subtype=Name.Image,
            ImageMask=True,
            Width=width,
            Height=height,
            BitsPerComponent=1,
            Filter=Name.FlateDecode,
        ),
    )


def _write(image: Stream, picture: Image.Image, *, as_jpeg: bool) -> None:
    for key in ("/Decode", "/DecodeParms", "/SMask", "/SMaskInData", "/Mask"):
        if key in image:
            del image[key]
    if as_jpeg:
        packed = io.BytesIO()
        picture.save(packed, "JPEG", quality=_QUALITY, subsampling=0)
        image.write(packed.getvalue(), filter=Name.DCTDecode)
    else:
        image.write(zlib.compress(picture.tobytes()), filter=Name.FlateDecode)
    image.Width, image.Height = picture.size
    image.BitsPerComponent = 8
    image.ColorSpace = Name.DeviceGray if picture.mode == "L" else Name.DeviceRGB
