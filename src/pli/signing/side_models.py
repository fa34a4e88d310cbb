"""Where the signatures of one folder's or one kind's documents go, when a request says nothing."""

from __future__ import annotations

from django.db import models

from pli.kit.ids import new_id


class MarkSide(models.Model):
    """A folder's own place, for all below it too, or a kind's. Empty: where the signer likes."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    folder = models.OneToOneField("documents.Folder", on_delete=models.CASCADE, null=True, related_name="+")
    kind = models.OneToOneField("documents.DocumentKind", on_delete=models.CASCADE, null=True, related_name="+")
    side = models.CharField(max_length=5, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(folder=None, kind__isnull=False) | models.Q(folder__isnull=False, kind=None),
                name="mark_side_of_one",
            )
        ]

    def __str__(self) -> str:
        return self.side or "free"
