"""Files that go with a message: kept as references to blobs, opened only when it leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from pli.documents import api as documents
from pli.kit.errors import Phrase, PlugError
from pli.notifications.merge import clean_value
from pli.notifications.plugs import AttachedFile
from pli.parties.api import Organisation

_PICTURES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg"}
_LARGEST_LOGO = 200_000
_BYTES_AT_MOST = 20_000_000


@dataclass(frozen=True)
class AttachmentRef:
    """A blob to attach: named by its SHA-256, shown as ``file_name``."""

    sha256: str
    file_name: str
    media_type: str
    size: int

    def as_json(self) -> dict[str, str | int]:
        """How the message row keeps it; the name is made safe for a header and a disk."""
        name = clean_value(self.file_name.replace("/", "-").replace("\\", "-"), limit=150) or "document"
        return {**asdict(self), "file_name": name}


def fit_in_a_mail(attachments: list[AttachmentRef]) -> bool:
    """Whether they may leave by e-mail: most servers refuse beyond 20 to 25 MB once encoded."""
    return sum(a.size for a in attachments) <= _BYTES_AT_MOST * 3 // 4


def attached_file(kept: Mapping[str, str | int]) -> AttachedFile:
    """The file of a kept reference.

    :raises PlugError: temporary, when its bytes are not there (a store that is away comes back).
    """
    path = Path(documents.blob_path(str(kept["sha256"])))
    if not path.is_file():
        raise PlugError(
            service="pièce jointe",
            reason=Phrase("« %(name)s » n’est pas lisible pour le moment", name=kept["file_name"]),
        )
    return AttachedFile(path, str(kept["file_name"]), str(kept["media_type"]))


def logo_of(organisation: Organisation) -> AttachedFile | None:
    """The organisation's logo when it is a small PNG or JPEG, else None: a mail is never held up by a picture."""
    if not organisation.logo_sha256:
        return None
    path = Path(documents.blob_path(organisation.logo_sha256))
    if not path.is_file() or path.stat().st_size > _LARGEST_LOGO:
        return None
    with path.open("rb") as file:
        start = file.read(8)
    media_type = next((kind for magic, kind in _PICTURES.items() if start.startswith(magic)), None)
    return AttachedFile(path, "logo", media_type) if media_type else None
