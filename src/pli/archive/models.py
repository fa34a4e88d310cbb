"""What is kept, until when, and whether its bytes were found intact."""

from __future__ import annotations

from django.db import models

from pli.kit.ids import new_id


class Filing(models.Model):
    """A document taken into the archive: its digests, its retention, its last check."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    document = models.OneToOneField("documents.Document", on_delete=models.PROTECT, related_name="+")
    number = models.BigIntegerField(help_text="the organisation's running number of deposits")
    digests = models.JSONField(help_text="role → SHA-256 of every rendition at deposit")
    filed_at = models.DateTimeField()
    keep_until = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "number"], name="filing_number_once")]

    def __str__(self) -> str:
        return f"n° {self.number}"
