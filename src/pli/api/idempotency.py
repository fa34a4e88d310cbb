"""A POST sent again under the same Idempotency-Key gets the answer of the first, and happens once.

The claim on the key, the effect and the answer are one transaction: PostgreSQL makes the second request wait on the
first one's row, and it finds either the answer, or nothing when the first was undone. Only successes are kept: a
refusal changed nothing, so the same key may try again.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from pli.api.errors import KeyInProgress, KeyMalformed, KeyOfAnotherRequest
from pli.api.models import IdempotencyRecord
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.keyfile import read_or_make_key

KEPT = timedelta(days=7)
HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
_SHAPE = re.compile(r"[\x21-\x7e]{1,120}")
# How long a second request waits for the first one with the same key.
_PATIENCE = "10s"
_KEPT_HEADERS = ("Content-Type", "Location")


def key_of(request: HttpRequest) -> str:
    """The request's key, empty when it has none.

    :raises KeyMalformed: when it is too long or holds spaces or other alphabets.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return ""
    if not _SHAPE.fullmatch(key):
        raise KeyMalformed
    return key


def answer_once(
    request: HttpRequest,
    token_id: UUID,
    key: str,
    act: Callable[[], HttpResponseBase],
    *,
    said: bytes | None = None,
    clock: Clock = SYSTEM_CLOCK,
) -> HttpResponseBase:
    """Do ``act`` unless the key has its answer already; then repeat that answer. ``said`` is what the request says,
    where its bytes differ each time it says the same (the boundaries of a form).

    :raises KeyOfAnotherRequest: when the key came with another request.
    :raises KeyInProgress: when the first request with the key takes more than ten seconds.
    """
    digest = _digest(request, said)
    with transaction.atomic():
        known = _claim(token_id, key, digest, clock)
        if known is not None:
            return _repeat(known, digest)
        response = act()
        if not 200 <= response.status_code < 300 or not isinstance(response, HttpResponse):
            transaction.set_rollback(True)
            return response
        IdempotencyRecord.objects.filter(token_id=token_id, key=key).update(
            status=response.status_code,
            headers={name: response[name] for name in _KEPT_HEADERS if response.has_header(name)},
            body=_box().encrypt(response.content),
        )
    return response


def _claim(token_id: UUID, key: str, digest: str, clock: Clock) -> IdempotencyRecord | None:
    """Take the key, or give back its record, waiting for whoever has it in hand."""
    defaults: dict[str, Any] = {"request_sha256": digest, "created_at": clock.now()}
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, true)", [_PATIENCE])
            record, is_new = IdempotencyRecord.objects.get_or_create(token_id=token_id, key=key, defaults=defaults)
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout TO DEFAULT")
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") == "55P03":  # lock_not_available
            raise KeyInProgress from error
        raise
    return None if is_new else record


def _repeat(record: IdempotencyRecord, digest: str) -> HttpResponse:
    if record.request_sha256 != digest:
        raise KeyOfAnotherRequest
    response = HttpResponse(_open(bytes(record.body)), status=record.status, headers=record.headers)
    response[REPLAYED] = "true"
    return response


def _open(kept: bytes) -> bytes:
    """What was answered; answers kept before they were sealed are as they came."""
    try:
        return _box().decrypt(kept)
    except InvalidToken:
        return kept


def _box() -> Fernet:
    # Some answers hold a secret that is shown once (a webhook's): the database alone must not tell it.
    key = read_or_make_key(Path(settings.PLI_HOME) / "keys" / "answers.key")
    return Fernet(base64.urlsafe_b64encode(key))


def _digest(request: HttpRequest, said: bytes | None) -> str:
    """What makes two requests the same one: method, address, type and bytes."""
    digest = hashlib.sha256()
    for part in (request.method or "", request.get_full_path(), request.content_type or ""):
        digest.update(part.encode() + b"\0")
    digest.update(request.body if said is None else said)
    return digest.hexdigest()


def forget_old_answers(*, clock: Clock = SYSTEM_CLOCK) -> int:
    """Remove the answers older than a week; returns how many."""
    removed, _ = IdempotencyRecord.objects.filter(created_at__lt=clock.now() - KEPT).delete()
    return removed
