"""What differs between a signed revision and the file as it is now.

The rule is a short list of what may be added after a signature (further signatures, document timestamps, validation
data); everything else is a change, whatever it does. Every object redefined or freed later is compared, reachable or
not; and every reference that led nowhere in the signed revision must still lead nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyhanko.pdf_utils.reader import PdfFileReader

from pli.trust.later_writing import Judge, KnownSignature
from pli.trust.objects import Ref, describe, key_of, raw, resolved, same
from pli.trust.signed_revision import NOT_READ, SignedRevision

__all__ = ["Changes", "KnownSignature", "RevisionComparison"]

# Plumbing of the cross-reference section itself.
_TRAILER_PLUMBING = (
    frozenset(
        ("/Size", "/Prev", "/XRefStm", "/Type", "/W", "/Index", "/Filter", "/DecodeParms", "/Length", "/ID", "/Info")
    )
    | NOT_READ
)


@dataclass(frozen=True)
class Changes:
    """``codes``: what was changed and may not be; ``later``: the allowed additions."""

    codes: tuple[str, ...]
    later: tuple[str, ...]


class RevisionComparison:
    """One signed revision against the newest one."""

    def __init__(self, reader: PdfFileReader, revision: int, known: list[KnownSignature]) -> None:
        self.reader = reader
        self.signed = SignedRevision(reader, revision)
        self.known = known
        self.judge = Judge(self.signed, known)

    def run(self, *, is_locking: bool, is_certification: bool) -> Changes:
        """Compare; ``is_locking`` says that the signature forbids further ones.

        ``is_certification``: further signatures may go into the fields it certified, and none may be drawn anew over
        what it certified (ISO 32000-1 table 254; the « sneaky signature » of pdf-insecurity.org).
        """
        if self.signed.number == self.signed.last:
            return Changes((), ())
        roles = self.signed.roles()
        touched, freed = self.signed.touched()
        self._check_trailer()
        reached, dangling = self.signed.walk_old()
        metadata = self.signed.metadata_apart(reached, dangling)
        if metadata is not None:
            roles.setdefault(metadata, "metadata")
        for ref in self.signed.structure_apart(reached, dangling):
            roles.setdefault(ref, "structure")
        unread = self.signed.only_through("/DSS", reached) | self.signed.only_through("/Extensions", reached)
        for ref in touched | freed:
            if not self.signed.existed(ref):
                if ref in dangling:
                    self.judge.flag("hidden_object_revealed")
            elif ref not in unread:
                self._check_object(ref, roles.get(ref, ""), is_freed=ref not in touched, is_reached=ref in reached)
        self.judge.check_additions(is_certified=is_certification)
        self._check_revisions_explained(is_locking=is_locking)
        return Changes(tuple(self.judge.codes), tuple(self.judge.later))

    def _check_trailer(self) -> None:
        old = self.signed.old.trailer_view
        new = self.reader.trailer.flatten()
        for name in (set(dict.keys(old)) | set(dict.keys(new))) - _TRAILER_PLUMBING:
            if same(raw(old, name), raw(new, name)):
                continue
            if name == "/Root":
                # Some programs write it anew under another number: it is judged by what it says.
                self.judge.judge_place(
                    "catalog", key_of(self.signed.old.root_ref), self.signed.old.root, resolved(raw(new, name))
                )
            else:
                self.judge.flag("trailer_changed")
        before, after = raw(old, "/Info"), raw(new, "/Info")
        if not same(before, after):
            self.judge.check_info(resolved(before) or {}, resolved(after) or {})

    def _check_object(self, ref: Ref, role: str, *, is_freed: bool, is_reached: bool) -> None:
        if is_freed:
            self.judge.flag("object_removed")
            return
        old, new = self.signed.old_object(ref), self.signed.new_object(ref)
        if not same(old, new) and not self.judge.judge_place(role, ref, old, new):
            self.judge.flag(describe(old) if is_reached else "object_changed")

    def _check_revisions_explained(self, *, is_locking: bool) -> None:
        for later in self.signed.later_numbers:
            here = [item for item in self.known if item.revision == later]
            for item in here:
                self.judge.later["timestamp_added" if item.is_timestamp else "signature_added"] = None
                if is_locking and not item.is_timestamp:
                    self.judge.flag("signature_after_lock")
            store = self.signed.changes_validation_data(later)
            if store:
                self.judge.later["validation_data_added"] = None
            if not here and not store and not self._prepares_a_field(later):
                self.judge.flag("unexplained_revision")

    def _prepares_a_field(self, revision: int) -> bool:
        """Whether it puts in the field that a later signature fills: some programs save twice."""
        written = {key_of(ref) for ref in self.reader.xrefs.explicit_refs_in_revision(revision)}
        return any(
            item.field in written and item.revision > revision and not self.signed.existed(item.field)
            for item in self.known
        )
