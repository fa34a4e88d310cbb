"""Photographs of pages: several pictures of one request are one document, each page found and straightened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext_noop
from ninja import Router

from pli.api.errors import FieldProblem, FieldsRefused, KeyOfAnotherRequest, MediaTypeRefused
from pli.api.idempotency import key_of
from pli.api.resources.captures import answer, source_key, stream_form
from pli.api.resources.captures_told import CaptureOut
from pli.api.resources.wishes import WISHES, WISHES_FORM, read_wait, read_wishes, same_wishes
from pli.api.schema import is_storable
from pli.api.security import ApiRequest, needs
from pli.capture.api import (
    MOST_PHOTOS,
    BlobUpload,
    Capture,
    KeyReused,
    Picture,
    Wishes,
    receive_photos,
)
from pli.processing.api import get_recipe

router = Router(tags=["captures"])
_FORM = {
    "type": "object",
    "required": ["photos"],
    "properties": {
        "photos": {
            "type": "array",
            "items": {"type": "string", "format": "binary"},
            "minItems": 1,
            "maxItems": MOST_PHOTOS,
            "description": "JPEG or PNG, in the order of the pages",
        },
        "improve": {"type": "boolean", "default": True, "description": "take shadows away, make the ink darker"},
        "file_name": {"type": "string"},
        **WISHES_FORM,
    },
}
_NAMES = [*WISHES, "wait", "improve"]
_DESCRIPTION: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _FORM}}},
    "parameters": [{"in": "query", "name": name, "required": False, "schema": {"type": "string"}} for name in _NAMES],
    "x-pli-query": _NAMES,
    "x-pli-stream": True,
}


@dataclass(frozen=True)
class _Sent:
    """What came with one request, its pictures durable already."""

    pictures: list[Picture]
    improves: bool
    file_name: str
    wishes: Wishes
    wait: float


@router.post(
    "/captures/photos",
    response={201: CaptureOut},
    summary="Send photographs of one document",
    **needs("captures:write", **_DESCRIPTION),
)
def create(request: ApiRequest, response: HttpResponse) -> Any:
    """JPEG or PNG pictures as multipart/form-data (field `photos`, once for each page, 30 at most). A sheet of paper
    found in a picture is cut out and straightened; the pages become one PDF, in the order sent, and the pictures are
    kept unaltered beside it. Wishes, `wait` and Idempotency-Key are those of a file.
    """
    request.auth.actor.require_writer()
    if request.content_type != "multipart/form-data":
        raise MediaTypeRefused(expected="multipart/form-data avec des champs « photos »")
    sent = _read(request)
    if sent.wishes.recipe_id:
        get_recipe(request.auth.actor, sent.wishes.recipe_id)
    capture, is_new = _keep(request, sent, key_of(request))
    return answer(request, response, capture, is_new=is_new, wait=sent.wait)


def _read(request: ApiRequest) -> _Sent:
    """:raises FieldsRefused: for another field with a file, or a wish that is none."""
    files, texts = stream_form(request)
    unknown = [name for name in files if name != "photos"]
    if unknown:
        sentence = gettext_noop("Ce champ n’existe pas ici.")
        raise FieldsRefused([FieldProblem(name[:80], "extra_forbidden", sentence) for name in unknown])
    wait, improves = read_wait(texts.pop("wait", "0")), _read_improve(texts.pop("improve", "true"))
    wishes = read_wishes(texts)
    uploads = [one for one in files.getlist("photos") if isinstance(one, BlobUpload)]
    pictures = [Picture(one.keep(), one.name or "photo") for one in uploads[: MOST_PHOTOS + 1]]
    return _Sent(pictures, improves, texts.get("file_name", ""), wishes, wait)


def _read_improve(text: str) -> bool:
    if text not in ("true", "false"):
        raise FieldsRefused([FieldProblem("improve", "bool_parsing", gettext_noop("true ou false attendu."))])
    return text == "true"


def _keep(request: ApiRequest, sent: _Sent, key: str) -> tuple[Capture, bool]:
    """Record them; sent again under their key they must be the same."""
    try:
        with transaction.atomic():
            capture, is_new = receive_photos(
                request.auth.actor,
                sent.pictures,
                wishes=sent.wishes,
                improves=sent.improves,
                source_key=source_key(request, key),
                file_name=sent.file_name if is_storable(sent.file_name) else "",
            )
            if not is_new and not same_wishes(capture, sent.wishes):
                raise KeyOfAnotherRequest
    except KeyReused:
        raise KeyOfAnotherRequest from None
    return capture, is_new
