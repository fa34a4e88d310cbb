"""A tracked sending to one recipient, its trace and its proofs."""

from __future__ import annotations

from django.db import models

from pli.gateway.tracked.states import TrackedState
from pli.kit.ids import new_id


class TrackedSending(models.Model):
    """What one recipient is sent with proofs."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    recipient = models.OneToOneField("gateway.MailRecipient", on_delete=models.PROTECT, related_name="tracked")
    number = models.CharField(max_length=30, unique=True)
    state = models.CharField(max_length=12, choices=TrackedState.choices)
    link_sha256 = models.CharField(max_length=64, unique=True, help_text="digest of the token of its page")
    devices = models.JSONField(default=list, help_text="digests of the devices it was received on")
    prepared_at = models.DateTimeField()
    deposited_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True, help_text="the last instant to receive it")
    answered_at = models.DateTimeField(null=True)
    readable_until = models.DateTimeField(help_text="its content is shown until then")
    reason = models.CharField(max_length=400, blank=True, help_text="why it was declined, or not delivered")
    consent = models.JSONField(default=dict, help_text="what the recipient agreed to: text, version, language")

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="tracked_open", condition=models.Q(state="DEPOSITED"))]

    def __str__(self) -> str:
        return self.number


class TrackedAct(models.Model):
    """One thing that happened to a tracked sending: when, and from where."""

    id = models.BigAutoField(primary_key=True)
    sending = models.ForeignKey(TrackedSending, on_delete=models.CASCADE, related_name="acts")
    at = models.DateTimeField()
    what = models.CharField(max_length=20)
    detail = models.JSONField(default=dict)
    ip = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"{self.what} {self.at:%F %T}"


class TrackedProof(models.Model):
    """A sealed statement of where a tracked sending stood."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    sending = models.ForeignKey(TrackedSending, on_delete=models.PROTECT, related_name="proofs")
    kind = models.CharField(max_length=12, choices=TrackedState.choices)
    json_sha256 = models.CharField(max_length=64)
    pdf_sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    keep_until = models.DateField()
    is_kept_proving = models.BooleanField(default=False, help_text="its timestamps are renewed before they end")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sending", "kind"], name="tracked_proof_once")]

    def __str__(self) -> str:
        return f"{self.sending_id} {self.kind}"

    @property
    def label(self) -> str:
        """Its name among all proofs: needs ``sending``."""
        return f"{self.sending.number}-{self.kind}"
