"""Calling this room's jobs in the sandbox, and believing no more of their answers than can be checked."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pli.kit.errors import PliError
from pli.kit.sandbox import SandboxFailed, SandboxKilled, run_isolated
from pli.trust.errors import UnableToSeal
from pli.trust.placeholder import Placeholder

_BLOCK = 1 << 20


def append_isolated(
    job: str,
    source: Path,
    target: Path,
    arguments: Mapping[str, Any],
    *,
    mark: bytes | None = None,
    more: Mapping[str, bytes] | None = None,
) -> dict[str, Any]:
    """Run a job that appends to ``source`` and writes ``target``; the start of ``target`` is compared with ``source``.

    :raises UnableToSeal: the job refused the file, was stopped, or did not keep the file's bytes.
    """
    inputs: dict[str, Path | bytes] = {"source": source}
    if mark is not None:
        inputs["mark"] = mark
    inputs |= more or {}
    told = call(job, arguments, inputs=inputs, outputs={"target": target})
    _check_kept(source, target)
    return dict(told or {})


def call(
    job: str,
    arguments: Mapping[str, Any],
    *,
    inputs: Mapping[str, Path | bytes],
    outputs: Mapping[str, Path] | None = None,
    raises: tuple[type[PliError], ...] = (UnableToSeal,),
) -> Any:
    """Run a job of :mod:`pli.trust.jobs`.

    :raises UnableToSeal: it was stopped (worth another try) or failed in a way nobody foresaw (not worth one).
    """
    try:
        return run_isolated(f"pli.trust.jobs:{job}", arguments, inputs=inputs, outputs=outputs, raises=raises)
    except SandboxKilled as error:
        raise UnableToSeal(reason="la lecture du fichier a été interrompue", permanent=False) from error
    except SandboxFailed as error:
        raise UnableToSeal(reason="la lecture du fichier a échoué", permanent=True) from error


def checked_placeholder(path: Path, told: Mapping[str, Any]) -> Placeholder:
    """The place a job says it left, with the digest computed here: what is signed is what the file holds.

    :raises UnableToSeal: the place is not an empty one.
    """
    start, end, size = int(told["start"]), int(told["end"]), path.stat().st_size
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        left = start
        while left > 0 and (block := stream.read(min(left, _BLOCK))):
            digest.update(block)
            left -= len(block)
        hole = stream.read(max(0, end - start))
        if left or not 0 < start < end < size or hole != b"<" + b"0" * (end - start - 2) + b">":
            raise UnableToSeal(reason="la place de la signature n’a pas été retrouvée", permanent=True)
        while block := stream.read(_BLOCK):
            digest.update(block)
    return Placeholder(digest=digest.digest(), start=start, end=end, size=size)


def _check_kept(source: Path, target: Path) -> None:
    with source.open("rb") as before, target.open("rb") as after:
        while block := before.read(_BLOCK):
            if after.read(len(block)) != block:
                raise UnableToSeal(reason="le fichier n’a pas été conservé à l’identique", permanent=True)
