"""One thing received, and what became of it."""

from __future__ import annotations

from django.db import models

from pli.capture.states import CaptureState, JobState, SourceKind
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
    is_held = models.BooleanField(default=False, help_text="a person confirms it before it is filed")
    prepared = models.ForeignKey(
        "documents.Blob", on_delete=models.PROTECT, null=True, related_name="+",
        help_text="the PDF made from what came, when that was no PDF",
    )  # fmt: skip
    page_count = models.PositiveIntegerField(default=0)
    source = models.ForeignKey(
        "capture.InputSource", on_delete=models.PROTECT, null=True, related_name="captures", db_index=False,
        help_text="the watched folder, drop account or mailbox it came from",
    )  # fmt: skip

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "channel", "source_key"], name="capture_once"),
        ]
        indexes = [
            models.Index(fields=["source", "blob"], name="capture_by_source", condition=models.Q(source__isnull=False)),
            models.Index(fields=["organisation", "state", "-received_at"], name="capture_by_state"),
            models.Index(fields=["state", "received_at"], name="capture_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.channel}: {self.file_name}"


class PrinterQueue(models.Model):
    """A virtual printer. Whoever has its address prints into it in the name of ``member``.

    The secret in the address is looked up by its digest, and kept sealed so that the address can be shown again.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey("parties.Member", on_delete=models.PROTECT, related_name="+")
    is_shared = models.BooleanField(default=False, help_text="the whole team prints, sees the jobs, confirms them")
    name = models.CharField(max_length=60)
    secret_digest = models.CharField(max_length=64, unique=True)
    secret_sealed = models.BinaryField()
    kind = models.CharField(max_length=40, default="other")
    recipe_id = models.UUIDField(null=True, help_text="the recipe its jobs go through; processing has the row")
    asks_first = models.BooleanField(default=False)
    is_announced = models.BooleanField(default=False, help_text="by DNS-SD, its secret included")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="printer_name_once")]

    def __str__(self) -> str:
        return self.name


class FormerAddress(models.Model):
    """An address a printer had: nobody prints by it any more, and who still tries is told apart from a stranger."""

    secret_digest = models.CharField(max_length=64, primary_key=True)
    queue = models.ForeignKey(PrinterQueue, on_delete=models.CASCADE, related_name="+")
    ended_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.queue_id} until {self.ended_at}"


class RefusedPrint(models.Model):
    """Prints that a printer refused, for one reason: one row however often somebody tries."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    queue = models.ForeignKey(
        PrinterQueue, on_delete=models.CASCADE, null=True, related_name="+", help_text="none: an address nobody has"
    )
    problem_code = models.CharField(max_length=20)
    problem = models.JSONField(help_text="of the last one")
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, help_text="when somebody said that it is settled")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["queue", "problem_code"], name="refused_print_once"),
            models.UniqueConstraint(
                fields=["problem_code"], condition=models.Q(queue__isnull=True), name="refused_stranger_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.queue_id}: {self.problem_code}"


class InputSource(models.Model):
    """Where scans come from: a watched folder, a drop account of a copier, a mailbox. Files in the name of ``member``.

    A drop account's password is kept as its digest alone; a mailbox's, which Pli must say itself, is kept sealed.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey("parties.Member", on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=8, choices=SourceKind.choices)
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=40, default="other")
    recipe_id = models.UUIDField(null=True, help_text="the recipe of the processing room, when one is wished")
    asks_first = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    login = models.CharField(max_length=40, null=True, unique=True, help_text="of a drop account")  # noqa: DJ001
    secret_digest = models.CharField(max_length=64, blank=True)
    secret_sealed = models.BinaryField(null=True, help_text="a mailbox's password")
    options = models.JSONField(default=dict, help_text="see pli.capture.sources.options")
    position = models.JSONField(default=dict, help_text="how far a mailbox was read")
    last_received_at = models.DateTimeField(null=True)
    problem_code = models.CharField(max_length=20, blank=True)
    problem = models.JSONField(default=dict, help_text="the last one, until something arrives again")
    problem_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="source_name_once")]
        indexes = [models.Index(fields=["channel"], name="source_by_channel", condition=models.Q(is_active=True))]

    def __str__(self) -> str:
        return self.name


class PrintJob(models.Model):
    """One job as IPP knows it. Its document is a capture; a job sent again shares the capture of the first."""

    number = models.AutoField(primary_key=True, help_text="IPP's job-id")
    uuid = models.UUIDField(default=new_id, unique=True, editable=False)
    queue = models.ForeignKey(PrinterQueue, on_delete=models.PROTECT, related_name="jobs")
    name = models.CharField(max_length=255)
    user_name = models.CharField(max_length=255, help_text="what the computer says; nobody checks it")
    state = models.CharField(max_length=10, choices=JobState.choices)
    size = models.BigIntegerField(default=0)
    fingerprint = models.CharField(max_length=64, blank=True, help_text="user, name and bytes: a retry has the same")
    is_repeat = models.BooleanField(default=False)
    capture = models.ForeignKey(Capture, on_delete=models.PROTECT, null=True, related_name="print_jobs")
    created_at = models.DateTimeField()
    touched_at = models.DateTimeField(help_text="when its sender last gave a sign of life")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["queue", "-number"], name="print_job_by_queue"),
            models.Index(fields=["queue", "fingerprint"], name="print_job_by_print"),
            models.Index(fields=["touched_at"], name="print_job_open", condition=models.Q(state="OPEN")),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.name}"
