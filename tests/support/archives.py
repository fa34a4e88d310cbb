"""Archives of proofs, unpacked and checked by their own script."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest


def unpacked(archive: object, folder: Path) -> Path:
    with zipfile.ZipFile(archive) as packed:  # type: ignore[call-overload]
        packed.extractall(folder)
    return folder


def run_script(folder: Path, tools: Path) -> subprocess.CompletedProcess[str]:
    """With a PATH of what the script says it needs, and the shell's own small programs."""
    return subprocess.run(
        ["/bin/sh", folder / "verifier.sh"], capture_output=True, text=True, check=False, env={"PATH": str(tools)}
    )


def tools(folder: Path) -> Path:
    folder.mkdir()
    small = "dirname basename mktemp rm cut cat cp sed tr head tail grep"
    for name in ("openssl", "pdfsig", *small.split()):
        found = shutil.which(name)
        if found is None:
            pytest.skip(f"{name} is missing")
        (folder / name).symlink_to(found)
    return folder
