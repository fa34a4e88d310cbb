"""Whether the disk can take what is announced, asked before the first byte is read."""

from __future__ import annotations

import shutil
from pathlib import Path

from django.conf import settings

from pli.documents.api import UnableToStore

# Left for the database and for what others write meanwhile.
_SPARED = 64 << 20


def refuse_what_cannot_fit(size: int) -> None:
    """:raises UnableToStore: when ``size`` bytes more would fill the disk."""
    home = Path(settings.PLI_HOME)
    while not home.exists():
        home = home.parent
    if size + _SPARED > shutil.disk_usage(home).free:
        raise UnableToStore(reason="espace insuffisant")
