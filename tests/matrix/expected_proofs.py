"""Signed versions of a file that somebody dropped, and the keys of people: what one secret alone opens."""

from __future__ import annotations

from tests.matrix.rules import NOBODY, Methods

PROOFS: dict[str, Methods] = {
    # The address and the cookie of whoever dropped the file open these: tests/portal says so; here nobody has both.
    "verify:signed": {"GET": NOBODY},
    "verify:signed_file": {"GET": NOBODY},
    "verify:signed_page": {"GET": NOBODY},
}
