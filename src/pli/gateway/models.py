"""Sending accounts, accepted messages, what became of each recipient, files behind links."""

from __future__ import annotations

from django.db import models

from pli.gateway.states import AskState, MailState, RelayState, Report
from pli.gateway.tracked.models import TrackedAct, TrackedProof, TrackedSending
from pli.kit.ids import new_id

__all__ = [
    "FileDownload",
    "MailAccount",
    "MailMessage",
    "MailRecipient",
    "MobileAsk",
    "SharedFile",
    "TrackedAct",
    "TrackedProof",
    "TrackedSending",
]


class MailAccount(models.Model):
    """A member's log-in at the gateway. The password is kept as its digest alone."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    member = models.OneToOneField("parties.Member", on_delete=models.PROTECT, related_name="+")
    login = models.CharField(max_length=40, unique=True)
    secret_digest = models.CharField(max_length=64)
    addresses = models.JSONField(default=list, help_text="besides the member's own, what may stand in MAIL FROM")
    takes_large = models.BooleanField(default=False, help_text="up to 1 GB, with *LIEN")
    is_active = models.BooleanField(default=True)
    options = models.JSONField(default=dict, help_text="see pli.gateway.options")
    last_used_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.login


class MailMessage(models.Model):
    """One message accepted with 250: its bytes are a blob, its envelope is here."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(MailAccount, on_delete=models.PROTECT, null=True, related_name="messages")
    fingerprint = models.CharField(max_length=64, unique=True, help_text="sender, envelope and bytes")
    blob = models.ForeignKey("documents.Blob", on_delete=models.PROTECT, related_name="+")
    sender = models.CharField(max_length=320, blank=True, help_text="MAIL FROM; empty: never answered")
    needs_utf8 = models.BooleanField(default=False, help_text="came under SMTPUTF8 (RFC 6531)")
    returns = models.CharField(max_length=4, blank=True, help_text="FULL or HDRS (RFC 3461 §4.3)")
    envelope_id = models.CharField(max_length=100, blank=True, help_text="as its sender calls it (RFC 3461 §4.4)")
    subject = models.CharField(max_length=200, blank=True, help_text="as a person reads it, without its tag")
    message_id = models.CharField(max_length=300, blank=True)
    tag = models.CharField(max_length=60, blank=True, help_text="all of them, as they are obeyed: SIGN DIFFERE")
    state = models.CharField(max_length=10, choices=MailState.choices)
    received_at = models.DateTimeField()
    received_from = models.CharField(max_length=45, blank=True)
    not_before = models.DateTimeField(null=True)
    resent = models.PositiveIntegerField(default=0)
    plan = models.JSONField(default=dict, help_text="what its tag led to, once decided")
    ceremony_id = models.UUIDField(null=True, db_index=True)
    problem_code = models.CharField(max_length=20, blank=True)
    problem = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["account", "-received_at", "-id"], name="mail_by_account"),
            models.Index(fields=["received_at"], name="mail_accepted", condition=models.Q(state="ACCEPTED")),
        ]

    def __str__(self) -> str:
        return self.subject


class MailRecipient(models.Model):
    """The sending of one message to one recipient of its envelope."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    message = models.ForeignKey(MailMessage, on_delete=models.CASCADE, related_name="recipients")
    position = models.PositiveSmallIntegerField()
    address = models.CharField(max_length=320)
    name = models.CharField(max_length=200, blank=True)
    inbox_id = models.UUIDField(null=True, help_text="an address of the gateway's own: a source of scans")
    state = models.CharField(max_length=10, choices=RelayState.choices)
    next_try_at = models.DateTimeField()
    give_up_at = models.DateTimeField()
    tries = models.PositiveIntegerField(default=0)
    relayed_at = models.DateTimeField(null=True)
    provider = models.CharField(max_length=60, blank=True)
    server_reply = models.CharField(max_length=400, blank=True)
    reason = models.CharField(max_length=400, blank=True, help_text="why it failed, came back, or still waits")
    sealed_link = models.BinaryField(null=True, help_text="until it has left")
    notify = models.CharField(max_length=30, blank=True, help_text="when its sender asked to be told (RFC 3461 §4.1)")
    original = models.CharField(max_length=500, blank=True, help_text="the address its sender knows (RFC 3461 §4.2)")
    report = models.CharField(max_length=10, choices=Report.choices, blank=True)
    reported_at = models.DateTimeField(null=True)
    files_sha256 = models.CharField(  # noqa: DJ001 - NULL: no link to files was made
        max_length=64, null=True, unique=True, help_text="digest of the token of their page of files"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "position"], name="mail_recipient_once")]
        indexes = [models.Index(fields=["next_try_at"], name="mail_queued", condition=models.Q(state="QUEUED"))]

    def __str__(self) -> str:
        return f"{self.state} {self.position}"


class MobileAsk(models.Model):
    """The sender is asked for mobile numbers by a link that serves once; its digest alone is kept."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    message = models.OneToOneField(MailMessage, on_delete=models.CASCADE, related_name="mobile_ask")
    state = models.CharField(max_length=10, choices=AskState.choices)
    token_sha256 = models.CharField(max_length=64, unique=True)
    people = models.JSONField(help_text="whose numbers are missing: id of the recipient, name, address")
    numbers = models.JSONField(default=dict, help_text="E.164, by recipient")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.state


class SharedFile(models.Model):
    """An attachment that stays here and is fetched by its link."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    message = models.ForeignKey(MailMessage, on_delete=models.CASCADE, related_name="files")
    part = models.CharField(max_length=60, help_text="its number in the message, as 1.2")
    file_name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    blob = models.ForeignKey("documents.Blob", on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "part"], name="shared_part_once")]

    def __str__(self) -> str:
        return self.file_name


class FileDownload(models.Model):
    """One time one recipient's link gave one file."""

    id = models.BigAutoField(primary_key=True)
    file = models.ForeignKey(SharedFile, on_delete=models.CASCADE, related_name="downloads")
    recipient = models.ForeignKey(MailRecipient, on_delete=models.CASCADE, related_name="downloads")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.at:%F %T}"
