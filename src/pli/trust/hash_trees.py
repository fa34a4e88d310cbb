"""One timestamp over many texts: a tree of digests in hexadecimal, which a shell and ``openssl`` can climb.

A text is a leaf by its SHA-256; two digests make one by the line ``pli.node/1 LEFT RIGHT``; the timestamp covers the
line ``pli.root/1 ROOT``. The words before the digests keep a leaf from passing for a node (the idea: RFC 4998 §4).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

# On which side of the way up the other digest stands, and that digest.
Step = tuple[str, str]


def leaf_of(text: bytes) -> str:
    """The digest of a text."""
    return hashlib.sha256(text).hexdigest()


def root_line(root: str) -> bytes:
    """What the timestamp of a tree covers."""
    return f"pli.root/1 {root}\n".encode()


def grow(leaves: Sequence[str]) -> tuple[str, list[list[Step]]]:
    """The root over ``leaves``, and each leaf's way up to it. An odd one out goes up as it is.

    :raises ValueError: without leaves.
    """
    if not leaves:
        raise ValueError("a tree needs leaves")
    ways: list[list[Step]] = [[] for _ in leaves]
    level = [(digest, [place]) for place, digest in enumerate(leaves)]
    while len(level) > 1:
        above = []
        for left, right in zip(level[::2], level[1::2], strict=False):
            for place in left[1]:
                ways[place].append(("right", right[0]))
            for place in right[1]:
                ways[place].append(("left", left[0]))
            above.append((_node(left[0], right[0]), left[1] + right[1]))
        level = above + level[len(above) * 2 :]
    return level[0][0], ways


def climb(leaf: str, way: Sequence[Step]) -> str:
    """The root that ``leaf`` leads to by ``way``."""
    for side, other in way:
        leaf = _node(other, leaf) if side == "left" else _node(leaf, other)
    return leaf


def _node(left: str, right: str) -> str:
    return hashlib.sha256(f"pli.node/1 {left} {right}\n".encode()).hexdigest()
