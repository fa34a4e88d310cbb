"""Letters Pli prints: the one that opens a portal account for a person without e-mail."""

from __future__ import annotations

import io
from dataclasses import asdict, dataclass

from pli.pdf.typesetting import typeset


@dataclass(frozen=True)
class ActivationLetter:
    """What the letter says. ``code`` is shown as given: group it. Dates are written out by the caller, in ``language``.

    ``address`` has at most six lines, the last ``CP VILLE`` (NF Z10-011). The letter is a secret: it goes to its
    addressee alone, and is not kept after printing.
    """

    language: str
    organisation: str
    organisation_address: tuple[str, ...]
    name: str
    address: tuple[str, ...]
    address_of_portal: str
    login: str
    code: str
    valid_until: str
    date: str
    contact: str = ""


def draw_activation_letter(letter: ActivationLetter) -> bytes:
    """The letter as an A4 page for a window envelope. The QR code holds the portal's address, never the code."""
    import segno

    written = io.BytesIO()
    segno.make(letter.address_of_portal[:1000], error="m", micro=False).save(written, kind="svg", border=0)
    data = asdict(letter) | {"language": "en" if letter.language.startswith("en") else "fr"}
    return typeset("activation_letter", data, images={"qr": written.getvalue()})
