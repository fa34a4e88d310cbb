"""Messages, the secrets they carry, each try at sending them, and an organisation's own wording."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from pli.kit.ids import new_id


class Channel(models.TextChoices):
    """By which way a message leaves."""

    EMAIL = "EMAIL", _("E-mail")
    SMS = "SMS", _("SMS")


class MessageState(models.TextChoices):
    """Where a message stands; the moves are in ``states.MESSAGE``."""

    WAITING = "WAITING", _("En attente")
    SENT = "SENT", _("Envoyé")
    CANCELLED = "CANCELLED", _("Annulé")
    FAILED = "FAILED", _("Échec")


class Message(models.Model):
    """One message to one person, worded once and for all when it was asked for.

    ``body`` is a list of ``[kind, value]`` (see ``merge.Segment``) where a secret is only a name.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    template = models.CharField(max_length=60)
    channel = models.CharField(max_length=5, choices=Channel.choices)
    language = models.CharField(max_length=2)
    subject_type = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    dedupe_key = models.CharField(max_length=200)
    to_name = models.CharField(max_length=200)
    to_address = models.CharField(max_length=320)
    sender_name = models.CharField(max_length=200)
    reply_to = models.CharField(max_length=320, blank=True)
    title = models.CharField(max_length=300, blank=True)
    body = models.JSONField(default=list)
    secret_names = models.JSONField(default=list)
    attachments = models.JSONField(default=list)
    text_sha256 = models.CharField(max_length=64, help_text="of the plain text as kept, secrets masked")
    segments = models.PositiveSmallIntegerField(default=0, help_text="SMS segments; 0 for an e-mail")
    message_id = models.CharField(max_length=200, help_text="Message-ID, the same for every try (RFC 5322 §3.6.4)")
    state = models.CharField(max_length=10, choices=MessageState.choices, default=MessageState.WAITING)
    created_at = models.DateTimeField()
    next_try_at = models.DateTimeField()
    give_up_at = models.DateTimeField()
    claim = models.UUIDField(null=True)
    cancel_asked_at = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    provider = models.CharField(max_length=60, blank=True)
    provider_id = models.CharField(max_length=200, blank=True)
    server_reply = models.CharField(max_length=400, blank=True)
    reason = models.CharField(max_length=400, blank=True, help_text="why it failed, or why it still waits")
    resend_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="resends")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "dedupe_key"], name="message_once"),
        ]
        indexes = [
            models.Index(fields=["organisation", "-created_at", "-id"], name="message_by_time"),
            models.Index(fields=["subject_type", "subject_id"], name="message_by_subject"),
            models.Index(fields=["next_try_at"], condition=models.Q(state="WAITING"), name="message_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.template} {self.channel} {self.state}"


class MessageSecret(models.Model):
    """The links and codes of one message, encrypted; the row goes away once they have left or expired."""

    message = models.OneToOneField(Message, on_delete=models.CASCADE, primary_key=True, related_name="secret")
    sealed = models.BinaryField()
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"secret of {self.message_id}"


class AttemptOutcome(models.TextChoices):
    """How one try ended; UNKNOWN is a try cut short, about which nobody can say."""

    UNKNOWN = "UNKNOWN", _("Interrompu")
    SENT = "SENT", _("Accepté")
    POSTPONED = "POSTPONED", _("À réessayer")
    REFUSED = "REFUSED", _("Refusé")


class MessageAttempt(models.Model):
    """One try: written before it starts, completed after it ends."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attempts")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, choices=AttemptOutcome.choices, default=AttemptOutcome.UNKNOWN)
    provider = models.CharField(max_length=60, blank=True)
    provider_id = models.CharField(max_length=200, blank=True)
    server_reply = models.CharField(max_length=400, blank=True)

    class Meta:
        indexes = [models.Index(fields=["message", "started_at"], name="attempt_by_message")]

    def __str__(self) -> str:
        return f"{self.outcome} {self.server_reply}"


class TemplateOverride(models.Model):
    """An organisation's own wording of one message in one language; without it Pli's own is used."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("parties.Organisation", on_delete=models.CASCADE, related_name="+")
    template = models.CharField(max_length=60)
    channel = models.CharField(max_length=5, choices=Channel.choices)
    language = models.CharField(max_length=2)
    title = models.CharField(max_length=300, blank=True)
    text = models.TextField()
    changed_by = models.CharField(max_length=80)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "template", "channel", "language"], name="template_override_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.template} {self.channel} {self.language}"
