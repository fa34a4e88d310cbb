"""One thing received, and what became of it."""

from __future__ import annotations

from django.db import models

from pli.capture.states import CaptureState
from pli.kit.ids import new_id


class Capture(models.Model):
    """Bytes that came through a channel: durable before they were acknowledged, one row however often resent."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=20)
    source_key = models.CharField(max_length=120, help_text="what makes a second sending the same one")
    state = models.CharField(max_length=12, choices=CaptureState.choices)
    blob = models.ForeignKey("documents.Blob", on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=200)
    received_from = models.CharField(max_length=80)
    actor = models.JSONField(help_text="who the resulting document is filed for")
    wishes = models.JSONField(default=dict, help_text="kind, party, folder, title and facts asked for")
    received_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    resent = models.PositiveIntegerField(default=0)
    document = models.ForeignKey("documents.Document", on_delete=models.PROTECT, null=True, related_name="+")
    problem_code = models.CharField(max_length=20, blank=True)
    problem = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "channel", "source_key"], name="capture_once"),
        ]
        indexes = [
            models.Index(fields=["organisation", "state", "-received_at"], name="capture_by_state"),
            models.Index(fields=["state", "received_at"], name="capture_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.channel}: {self.file_name}"
