"""Making a PDF fit for signatures before anybody has read or signed it: the caller's side of ``repair``."""

from __future__ import annotations

from pathlib import Path

from pli.trust.errors import UnableToNormalise, UnableToSeal
from pli.trust.isolation import call


def can_append(path: Path) -> bool:
    """Whether signatures can be added to the file as it is.

    :raises OSError: the file cannot be opened.
    """
    try:
        return call("find_problem", {}, inputs={"pdf": path}) is None
    except UnableToSeal:
        return False


def normalise_for_signing(source: Path, target: Path) -> bool:
    """Write to ``target`` a form of ``source`` that signatures can be added to; True when it had to be rewritten.

    A file that is already sound is copied byte for byte. A rewritten file looks the same page for page, but is
    another file: it must be what the signers are shown and what is signed.

    :raises UnableToNormalise: beyond repair, encrypted, or both damaged and already signed.
    """
    try:
        told = call("normalise", {}, inputs={"source": source}, outputs={"target": target}, raises=(UnableToNormalise,))
    except UnableToSeal as error:
        raise UnableToNormalise(reason=error.details["reason"]) from error
    return bool(told)
