"""Seal keys for tests: the product's own, a few of them, given out in turn. Making one costs a fifth of a second."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from pli.trust.authority import KeyType, make_key
from pli.trust.identity import PrivateKey

# So many houses in a row, or renewals of one seal, have keys of their own.
DIFFERENT = 6


def give_few_keys() -> Callable[[KeyType], PrivateKey]:
    """What stands for ``make_key`` in a run: real RSA keys, the same again after DIFFERENT of them."""
    made: deque[PrivateKey] = deque()

    def give(key_type: KeyType) -> PrivateKey:
        if key_type != "rsa-3072":
            return make_key(key_type)
        made.append(make_key(key_type) if len(made) < DIFFERENT else made.popleft())
        return made[-1]

    return give
