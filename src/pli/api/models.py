"""What the API keeps of its own: tokens, answers already given, and webhooks with their deliveries."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from pli.kit.ids import new_id


class ApiToken(models.Model):
    """A program's key to the API: acts as its member, with that member's role, within its scopes.

    Known by the SHA-256 of its secret part; the secret itself was shown once.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    public_id = models.CharField(max_length=24, unique=True)
    secret_sha256 = models.CharField(max_length=64)
    member = models.ForeignKey("parties.Member", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    scopes = ArrayField(models.CharField(max_length=30))
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=80)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} (pli_{self.public_id}_…)"


class IdempotencyRecord(models.Model):
    """The answer given to a POST under its Idempotency-Key, written in the transaction of its effect."""

    id = models.BigAutoField(primary_key=True)
    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=120)
    request_sha256 = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    headers = models.JSONField(default=dict)
    body = models.BinaryField(default=bytes)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="idempotency_key_once")]
        indexes = [models.Index(fields=["created_at"], name="idempotency_by_age")]

    def __str__(self) -> str:
        return self.key


class WebhookEndpoint(models.Model):
    """An address of the organisation's own systems that is told of some events (Standard Webhooks)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("parties.Organisation", on_delete=models.CASCADE, related_name="+")
    url = models.CharField(max_length=1000)
    name = models.CharField(max_length=80, blank=True)
    event_types = ArrayField(models.CharField(max_length=80))
    sealed_secret = models.BinaryField(help_text="the signing secret, encrypted")
    former_sealed_secret = models.BinaryField(null=True, help_text="the secret before the last rotation, encrypted")
    former_secret_until = models.DateTimeField(null=True)
    is_active = models.BooleanField(default=True)
    disabled_at = models.DateTimeField(null=True)
    disabled_cause = models.CharField(max_length=20, blank=True, help_text="failures, gone, or empty when by hand")
    failing_since = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=80)

    class Meta:
        indexes = [models.Index(fields=["organisation", "-created_at"], name="webhook_by_organisation")]

    def __str__(self) -> str:
        return self.name or str(self.id)


class WebhookDelivery(models.Model):
    """One event for one endpoint: its exact bytes, and every try to hand them over."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries")
    event_id = models.UUIDField(null=True, help_text="the journal's event; none for a test")
    event_type = models.CharField(max_length=80)
    payload = models.TextField()
    state = models.CharField(max_length=12)
    attempts = models.JSONField(default=list, help_text="[{at, status, milliseconds, answer, problem}], oldest first")
    is_resend = models.BooleanField(default=False, help_text="sent again by hand: one try, no more")
    next_try_at = models.DateTimeField(null=True)
    claimed_until = models.DateTimeField(null=True, help_text="a worker is on it until then")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "event_id"],
                condition=models.Q(event_id__isnull=False),
                name="webhook_delivery_once",
            )
        ]
        indexes = [
            models.Index(fields=["endpoint", "-created_at", "-id"], name="webhook_delivery_by_time"),
            models.Index(
                fields=["next_try_at"], condition=models.Q(next_try_at__isnull=False), name="webhook_delivery_due"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} → {self.endpoint_id}"
