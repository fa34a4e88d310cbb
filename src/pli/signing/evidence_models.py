"""The proofs a ceremony leaves behind, and what keeps them proving when their timestamps end."""

from __future__ import annotations

from django.db import models

from pli.kit.ids import new_id


class SealedRevision(models.Model):
    """The incremental signature made for one signer on one paper: exactly one, however often the job ran.

    Without a signer it is the organisation's own, which locks a file that no signer's signature could lock.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    paper = models.ForeignKey("signing.CeremonyDocument", on_delete=models.PROTECT, related_name="revisions")
    signer = models.ForeignKey("signing.Signer", on_delete=models.PROTECT, null=True, related_name="revisions")
    number = models.PositiveSmallIntegerField()
    before_sha256 = models.CharField(max_length=64)
    after_sha256 = models.CharField(max_length=64)
    is_last = models.BooleanField()
    facts = models.JSONField(help_text="message digest, algorithm, instants, fingerprints, timestamp token in base64")
    sealed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["paper", "signer"], name="revision_once"),
            models.UniqueConstraint(fields=["paper", "number"], name="revision_number_once"),
            models.UniqueConstraint(fields=["paper"], condition=models.Q(signer=None), name="closing_once"),
        ]

    def __str__(self) -> str:
        return f"revision {self.number} of {self.paper_id}"


class EvidenceRecord(models.Model):
    """The proof made for one signer, or a statement of another room's: machine-readable JSON, and a sealed PDF."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    signer = models.OneToOneField("signing.Signer", on_delete=models.PROTECT, null=True, related_name="evidence")
    subject_kind = models.CharField(max_length=30, blank=True, help_text="of a statement: what the journal tells it of")
    subject_id = models.UUIDField(null=True)
    covers = models.JSONField(default=list, help_text="of a statement: the SHA-256 of what it speaks of")
    number = models.CharField(max_length=40, unique=True)
    json_sha256 = models.CharField(max_length=64)
    pdf_sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    keep_until = models.DateField()
    proved_until = models.DateTimeField(null=True, help_text="the end of the timestamps that prove it; NULL: unknown")

    class Meta:
        indexes = [models.Index(fields=["proved_until"], name="evidence_by_proof")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(signer__isnull=False, subject_id=None)
                | models.Q(signer=None, subject_id__isnull=False),
                name="evidence_of_one_thing",
            )
        ]

    def __str__(self) -> str:
        return self.number


class RenewalBatch(models.Model):
    """One timestamp over many proofs: the leaves are fixed when it is made, the token comes once."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    root = models.CharField(max_length=64)
    token = models.BinaryField(default=b"", help_text="empty until the service has answered")
    authority = models.CharField(max_length=300, blank=True)
    made_at = models.DateTimeField()
    stamped_at = models.DateTimeField(null=True)
    holds_until = models.DateTimeField(null=True)
    failure = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["made_at"], condition=models.Q(stamped_at=None), name="renewals_to_stamp"),
        ]

    def __str__(self) -> str:
        return self.root


class EvidenceRenewal(models.Model):
    """One proof in a batch: what the timestamp covers of it, and the way from there to the batch's root."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    evidence = models.ForeignKey(EvidenceRecord, on_delete=models.PROTECT, related_name="renewals")
    batch = models.ForeignKey(RenewalBatch, on_delete=models.PROTECT, related_name="renewals")
    number = models.PositiveSmallIntegerField()
    text = models.TextField(help_text="the digests it covers, one a line")
    way = models.JSONField(help_text="[[side, digest], …] from the text's digest to the root")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["evidence", "number"], name="renewal_once")]

    def __str__(self) -> str:
        return f"renewal {self.number} of {self.evidence_id}"
