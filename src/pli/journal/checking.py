"""Checking the chain where it stands: the last entries of an organisation, recomputed from the rows of the database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from pli.journal import verify_journal
from pli.journal.chain import chained, entry_of
from pli.journal.models import Anchor, Event
from pli.journal.services import digest_personal

# Says whether a DER token dates a SHA-256 digest and leads to a trusted root; given by whoever knows the roots.
TokenCheck = Callable[[bytes, bytes], bool]
MOST_ENTRIES = 50_000
MOST_FAULTS = 20


@dataclass
class ChainCheck:
    """What was looked at and what is wrong: positions whose entry no longer leads to its hash, whose personal values
    are not those that were recorded, or which are missing; and anchors whose root or timestamp does not hold."""

    first: int = 0
    last: int = 0
    anchors: int = 0
    changed: list[int] = field(default_factory=list)
    personal_changed: list[int] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)
    bad_anchors: list[tuple[int, int]] = field(default_factory=list)

    @property
    def is_intact(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.changed or self.personal_changed or self.missing or self.bad_anchors)


def check_chain(organisation_id: UUID, *, count: int, verify_token: TokenCheck | None = None) -> ChainCheck:
    """Recompute the last ``count`` entries (at most ``MOST_ENTRIES``) and the anchors that lie wholly among them.

    Reads only. The anchors' tokens are checked too when ``verify_token`` is given.
    """
    last = chained(organisation_id).values_list("position", flat=True).last() or 0
    first = max(1, last - max(1, min(count, MOST_ENTRIES)) + 1)
    check = ChainCheck(first if last else 0, last)
    if last:
        hashes = _walk(organisation_id, check)
        _check_anchors(organisation_id, check, hashes, verify_token)
    return check


def _walk(organisation_id: UUID, check: ChainCheck) -> dict[int, bytes]:
    """Follow the chain; give the hash found at each position."""
    hashes: dict[int, bytes] = {}
    before = chained(organisation_id).filter(position=check.first - 1).values_list("chain_hash", flat=True).first()
    previous = bytes.fromhex(before) if before else verify_journal.genesis_hash(str(organisation_id))
    if before is None and check.first > 1:
        check.missing.append(check.first - 1)
    expected = check.first
    rows = chained(organisation_id).filter(position__range=(check.first, check.last))
    for event in rows.iterator(chunk_size=2000):
        position = event.position or 0
        _note(check.missing, *range(expected, min(position, expected + MOST_FAULTS)))
        previous = verify_journal.chain_hash(previous, entry_of(event))
        if previous.hex() != event.chain_hash:
            _note(check.changed, position)
            previous = bytes.fromhex(event.chain_hash)
        if not _is_personal_intact(event):
            _note(check.personal_changed, position)
        hashes[position], expected = previous, position + 1
    return hashes


def _is_personal_intact(event: Event) -> bool:
    """Values that were erased prove nothing any more, and are no fault."""
    if event.personal is None or event.personal_salt is None:
        return True
    return digest_personal(bytes(event.personal_salt), event.personal) == event.personal_digest


def _check_anchors(
    organisation_id: UUID, check: ChainCheck, hashes: dict[int, bytes], verify_token: TokenCheck | None
) -> None:
    anchors = Anchor.objects.filter(
        organisation_id=organisation_id, first_position__gte=check.first, last_position__lte=check.last
    )
    for anchor in anchors.order_by("first_position"):
        check.anchors += 1
        leaves = [hashes.get(position, b"") for position in range(anchor.first_position, anchor.last_position + 1)]
        root = bytes.fromhex(anchor.root)
        is_good = verify_journal.merkle_root(leaves) == root
        if is_good and anchor.token is not None and verify_token is not None:
            is_good = verify_token(bytes(anchor.token), root)
        if not is_good and len(check.bad_anchors) < MOST_FAULTS:
            check.bad_anchors.append((anchor.first_position, anchor.last_position))


def _note(faults: list[int], *positions: int) -> None:
    faults.extend(positions[: MOST_FAULTS - len(faults)])
