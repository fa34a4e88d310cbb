"""Rows of the journal: what happened, and who still has to hear of it."""

from __future__ import annotations

from django.db import models

from pli.kit.ids import new_id


class Event(models.Model):
    """One thing that happened. ``data`` carries no personal value; ``personal`` stands beside the chain, erasable,
    and only its salted digest is chained."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    name = models.CharField(max_length=80)
    subject_type = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    actor = models.CharField(max_length=80)
    occurred_at = models.DateTimeField()
    data = models.JSONField(default=dict)
    personal = models.JSONField(null=True)
    personal_salt = models.BinaryField(max_length=16, null=True)
    personal_digest = models.CharField(max_length=64, blank=True)
    position = models.BigIntegerField(null=True)
    chain_hash = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation_id", "position"], name="event_position_once")]
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "id"], name="event_by_subject"),
            models.Index(fields=["organisation_id", "-occurred_at", "-id"], name="event_by_time"),
            models.Index(fields=["organisation_id", "id"], condition=models.Q(position=None), name="event_unchained"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.subject_type}:{self.subject_id}"


class OutboxEntry(models.Model):
    """One event waiting for one handler. Done only after the handler's own changes are committed with it."""

    id = models.BigAutoField(primary_key=True)
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="outbox")
    handler = models.CharField(max_length=120)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True)
    next_try_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "handler"], name="outbox_handler_once")]
        indexes = [models.Index(fields=["next_try_at"], condition=models.Q(done_at=None), name="outbox_waiting")]

    def __str__(self) -> str:
        return f"{self.handler} ← {self.event_id}"


class Anchor(models.Model):
    """A stretch of an organisation's chain under one timestamped Merkle root. ``token`` is the DER TimeStampToken
    (RFC 3161) over ``root``; until the timestamp service has answered it is null, and asked for again."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    first_position = models.BigIntegerField()
    last_position = models.BigIntegerField()
    root = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    token = models.BinaryField(null=True)
    timestamped_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True)
    next_try_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "first_position"], name="anchor_first_once"),
            models.UniqueConstraint(fields=["organisation_id", "last_position"], name="anchor_last_once"),
            models.CheckConstraint(
                condition=models.Q(last_position__gte=models.F("first_position")), name="anchor_not_empty"
            ),
        ]
        indexes = [models.Index(fields=["next_try_at"], condition=models.Q(token=None), name="anchor_waiting")]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.first_position}–{self.last_position}"
