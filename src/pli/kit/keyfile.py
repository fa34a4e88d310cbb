"""Small secret files: made once, race-safe, readable by their owner alone."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from pathlib import Path


def read_or_make_key(path: Path, *, size: int = 32) -> bytes:
    """The secret kept at ``path`` as hexadecimal text, made from the system's generator at first use.

    Several processes may race: all get the key that one of them made. The file is 0600 in a 0700 folder.
    """
    with contextlib.suppress(FileNotFoundError):
        return bytes.fromhex(path.read_text().strip())
    write_once(path, secrets.token_hex(size).encode())
    return bytes.fromhex(path.read_text().strip())


def write_once(path: Path, content: bytes) -> None:
    """Write a secret file unless it is there already: when several processes race, the first one's stays."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".key-")
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        # link() refuses when the name exists: the first process wins, whole file or none.
        os.link(name, path)
    except FileExistsError:
        pass
    finally:
        Path(name).unlink()
