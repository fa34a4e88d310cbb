"""One document to one recipient by one way."""

from __future__ import annotations

from django.db import models

from pli.delivery.states import DeliveryState
from pli.kit.ids import new_id


class Delivery(models.Model):
    """A sending: unique by its key, so that no retry ever sends twice."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    document = models.ForeignKey("documents.Document", on_delete=models.PROTECT, related_name="+")
    carrier = models.CharField(max_length=20)
    state = models.CharField(max_length=12, choices=DeliveryState.choices)
    recipient_name = models.CharField(max_length=200)
    recipient_address = models.CharField(max_length=254, blank=True)
    party = models.ForeignKey("parties.Party", on_delete=models.PROTECT, null=True, related_name="+")
    files = models.JSONField(default=list, help_text="[{sha256, file_name, media_type, size}]")
    key = models.CharField(max_length=200)
    message_id = models.UUIDField(null=True)
    problem = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "key"], name="delivery_once")]
        indexes = [
            models.Index(fields=["organisation", "-created_at"], name="delivery_by_time"),
            models.Index(fields=["document", "-created_at"], name="delivery_by_document"),
            models.Index(fields=["message_id"], name="delivery_by_message"),
        ]

    def __str__(self) -> str:
        return f"{self.carrier} → {self.recipient_name}"
