"""What capture asks from above before it takes what a person adds."""

from __future__ import annotations

from uuid import UUID

from pli.kit.gates import Gate

# Before bytes are kept: is there room for so many more? (journey has the organisation's quota answer)
ROOM: Gate[[UUID, int]] = Gate()
# Whoever adds a file here is told at once. What a copier, a printer or a mailbox sends is always taken: its sender
# would never know it was lost.
ASKED_CHANNELS = frozenset({"upload", "rest", "photos"})
