"""Links and codes on their way: encrypted at rest, bound to their message, erased once they have left."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

from pli.notifications.errors import SecretLost
from pli.notifications.models import Message, MessageSecret

# How long the on-screen local outbox keeps links and codes; with a real provider they go as soon as they have left.
LOCAL_KEEPING = timedelta(days=30)


def key_path() -> Path:
    """Where the key lies; a back-up of PLI_HOME holds it."""
    return Path(settings.PLI_HOME) / "keys" / "notices.key"


def load_key(path: Path) -> bytes:
    """The key in ``path``, made on first use with mode 0600.

    Safe when two processes start at once or one is killed midway: the key is written and fsynced beside, then
    linked into place, which succeeds for one of them only; everybody then reads what is in place.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f".{path.name}.{uuid4().hex}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(Fernet.generate_key())
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):
                os.link(draft, path)
            _sync_folder(path.parent)
        finally:
            draft.unlink(missing_ok=True)
    return path.read_bytes().strip()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def keep_secrets(message: Message, secrets: Mapping[str, str], *, expires_at: datetime) -> None:
    """Encrypt ``secrets`` beside ``message`` until ``expires_at``. Nothing to do when there are none."""
    if secrets:
        sealed = Fernet(load_key(key_path())).encrypt(json.dumps([str(message.id), dict(secrets)]).encode())
        MessageSecret.objects.create(message=message, sealed=sealed, expires_at=expires_at)


def reveal_secrets(message: Message) -> dict[str, str]:
    """The links and codes of ``message``, to send it. Only ``sending`` and the local outbox call this.

    :raises SecretLost: when the row is gone, belongs to another message, or the key is another one.
    """
    if not message.secret_names:
        return {}
    kept = MessageSecret.objects.filter(message=message).first()
    if kept is None:
        raise SecretLost
    try:
        owner, secrets = json.loads(Fernet(load_key(key_path())).decrypt(bytes(kept.sealed)))
    except (InvalidToken, ValueError):
        raise SecretLost from None
    if owner != str(message.id):
        raise SecretLost
    return dict(secrets)


def has_secrets(message: Message) -> bool:
    """Whether the message's links and codes are still here, or it never had any."""
    return not message.secret_names or MessageSecret.objects.filter(message=message).exists()


def wipe_secrets(message_id: UUID) -> None:
    """Erase the links and codes of a message that has left or will not leave."""
    MessageSecret.objects.filter(message_id=message_id).delete()
