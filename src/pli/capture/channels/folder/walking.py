"""What lies in a watched folder: plain files alone, each reached from its folder's descriptor, no link followed."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pli.capture.sources.folders import DONE, REFUSED
from pli.capture.sources.naming import is_temporary

DEEPEST = 8
MOST_FILES = 10_000
"""Seen in one round; the rest is for the next one."""


@dataclass(frozen=True)
class Found:
    """A file seen in a folder: its path below the watched one, and what tells whether it changed."""

    path: str
    device: int
    inode: int
    size: int
    modified_ns: int

    @property
    def name(self) -> str:
        return self.path.rsplit("/", 1)[-1]

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]


@contextmanager
def opened_root(path: str) -> Iterator[int]:
    """The watched folder's descriptor.

    :raises OSError: when it is not there, not a folder, or closed.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def opened_folder(root: int, path: str) -> Iterator[int]:
    """A folder below the root, each step of the way checked not to be a link.

    :raises OSError: when a step is missing or is a link.
    """
    descriptor = os.dup(root)
    try:
        for step in filter(None, path.split("/")):
            following = os.open(step, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = following
        yield descriptor
    finally:
        os.close(descriptor)


def find_files(root: int, *, deep: bool) -> list[Found]:
    """The files that may be taken, the oldest first; temporary names, links and special files left alone.

    :raises OSError: when the folder itself can't be read.
    """
    found: list[Found] = []
    _look(root, "", found, DEEPEST if deep else 0)
    return sorted(found, key=lambda one: (one.modified_ns, one.path))


def describe(path: str, status: os.stat_result) -> Found:
    """A file as :func:`find_files` tells it."""
    return Found(path, status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def _look(folder: int, above: str, found: list[Found], deeper: int) -> None:
    below: list[str] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if len(found) >= MOST_FILES:
                return
            if is_temporary(entry.name):
                continue
            try:
                status = entry.stat(follow_symlinks=False)
            except OSError:
                continue
            if stat.S_ISREG(status.st_mode):
                found.append(describe(above + entry.name, status))
            elif stat.S_ISDIR(status.st_mode) and (above or entry.name not in (DONE, REFUSED)):
                below.append(entry.name)
    for name in below if deeper else ():
        try:
            with opened_folder(folder, name) as descriptor:
                _look(descriptor, f"{above}{name}/", found, deeper - 1)
        except OSError:
            continue
