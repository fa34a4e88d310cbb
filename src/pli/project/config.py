"""What the environment says, read once: PLI_* variables, each secret also as ``…_FILE``."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from functools import cache
from pathlib import Path


def read_secret(name: str, default: str = "") -> str:
    """The value of ``name``, or the content of the file named by ``name_FILE``."""
    path = os.environ.get(f"{name}_FILE")
    return Path(path).read_text().strip() if path else os.environ.get(name, default)


def default_home() -> Path:
    """Where data live when PLI_HOME is silent: /var/lib/pli for root, else under the user's own data folder."""
    if os.geteuid() == 0:
        return Path("/var/lib/pli")
    base = os.environ.get("XDG_DATA_HOME") or str(Path(pwd.getpwuid(os.geteuid()).pw_dir) / ".local/share")
    return Path(base) / "pli"


@dataclass(frozen=True)
class Config:
    """The installation's settings that come from outside the database."""

    home: Path
    port: int
    base_url: str
    database_url: str
    debug: bool


@cache
def config() -> Config:
    """The configuration of this process."""
    port = int(os.environ.get("PLI_PORT", "8000"))
    return Config(
        home=Path(os.environ.get("PLI_HOME") or default_home()),
        port=port,
        base_url=os.environ.get("PLI_BASE_URL", f"http://localhost:{port}").rstrip("/"),
        database_url=read_secret("PLI_DATABASE_URL"),
        debug=os.environ.get("PLI_DEBUG") == "1",
    )
