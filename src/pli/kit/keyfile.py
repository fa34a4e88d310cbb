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
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".key-")
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(size))
        file.flush()
        os.fsync(file.fileno())
    try:
        # link() refuses when the name exists: the first process wins, whole file or none.
        os.link(name, path)
    except FileExistsError:
        pass
    finally:
        Path(name).unlink()
    return bytes.fromhex(path.read_text().strip())
