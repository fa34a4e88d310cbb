"""Real processes of Pli beside the test, on the same database and home."""

from __future__ import annotations

import os
import subprocess
import sys

from django.conf import settings
from django.db import connection


def start_pli(*words: str, **settings_of_it: str) -> subprocess.Popen[bytes]:
    """``pli WORDS…`` on this test's database and home, under the given environment variables."""
    database = connection.settings_dict
    url = f"postgresql://{database['USER']}:{database['PASSWORD']}@/{database['NAME']}?host={database['HOST']}"
    if database["PORT"]:
        url += f"&port={database['PORT']}"
    ours = {"PLI_DATABASE_URL": url, "PLI_HOME": str(settings.PLI_HOME)}
    return subprocess.Popen(
        [sys.executable, "-m", "pli.project.cli", *words], env={**os.environ, **ours, **settings_of_it}
    )
