"""What is prepared: rows that requests are made from, and that no request depends on once it is out."""

from __future__ import annotations

from django.db import models

from pli.kit.ids import new_id
from pli.signing.prepared.states import ListState, RowState


class SigningTemplate(models.Model):
    """Roles, places, fields, order and words of a request, placed once. A request made from it copies all of it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    content = models.JSONField(help_text="as pli.signing.prepared.content writes it")
    version = models.PositiveIntegerField(default=1, help_text="counts the changes; each request notes which it had")
    is_archived = models.BooleanField(default=False)
    created_by = models.CharField(max_length=80)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "name"], condition=models.Q(is_archived=False), name="signing_template_once"
            )
        ]

    def __str__(self) -> str:
        return self.name


class SendingList(models.Model):
    """A table of people, each row of which becomes one request made from a template."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    template = models.ForeignKey(SigningTemplate, on_delete=models.PROTECT, related_name="lists")
    content = models.JSONField(help_text="the template as it stood when the file came: every row goes out alike")
    template_version = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=ListState.choices, default=ListState.UPLOADED)
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    table = models.BinaryField(help_text="the file, until it is confirmed or given up")
    headers = models.JSONField()
    sample = models.JSONField()
    mapping = models.JSONField(default=dict, help_text="what a row says → position of its column")
    level = models.CharField(max_length=8, default="B-T")
    member = models.ForeignKey("parties.Member", on_delete=models.PROTECT, related_name="+")
    sender_name = models.CharField(max_length=200)
    sender_email = models.EmailField()
    created_by = models.CharField(max_length=80)
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    told = models.JSONField(default=dict, help_text="why it stopped, for a screen to say in the reader's tongue")

    def __str__(self) -> str:
        return self.file_name


class SendingRow(models.Model):
    """One line of the list: checked, then sent exactly once. ``number`` as the spreadsheet counts, the header is 1."""

    id = models.BigAutoField(primary_key=True)
    sending = models.ForeignKey(SendingList, on_delete=models.PROTECT, related_name="rows")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=6, choices=RowState.choices)
    title = models.CharField(max_length=200, blank=True)
    people = models.JSONField(help_text="[{name, email, mobile, values}], as the open roles stand")
    told = models.JSONField(default=list, help_text="[{message, remedy, details}]: why it is wrong, or failed")
    ceremony = models.OneToOneField("signing.Ceremony", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sending", "number"], name="sending_row_once")]
        indexes = [models.Index(fields=["sending", "state", "number"], name="sending_row_by_state")]

    def __str__(self) -> str:
        return f"{self.number}"


class PublicForm(models.Model):
    """A public address where anybody may take the one open role of a template. The address is opaque, and no secret."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    template = models.ForeignKey(SigningTemplate, on_delete=models.PROTECT, related_name="forms")
    token = models.CharField(max_length=43, unique=True)
    is_open = models.BooleanField(default=True)
    last_day = models.DateField(null=True, help_text="in Europe/Paris")
    most = models.PositiveIntegerField(null=True, help_text="how many requests it makes at most")
    member = models.ForeignKey("parties.Member", on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True, help_text="since when visitors are sent away; its member was told then")
    told = models.JSONField(default=dict, help_text="why, for a screen to say in the reader's tongue")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["template"], condition=models.Q(is_open=True), name="public_form_open_once")
        ]

    def __str__(self) -> str:
        return f"form of {self.template_id}"


class FormVisit(models.Model):
    """One time somebody sent the form in: what the limits count. ``ip`` is forgotten after a day."""

    id = models.BigAutoField(primary_key=True)
    form = models.ForeignKey(PublicForm, on_delete=models.PROTECT, related_name="visits")
    once = models.UUIDField(help_text="made with the page: sent twice, it counts once")
    email = models.EmailField()
    ip = models.CharField(max_length=45, blank=True)
    at = models.DateTimeField()
    ceremony = models.OneToOneField("signing.Ceremony", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["form", "once"], name="form_visit_once")]
        indexes = [
            models.Index(fields=["email", "at"], name="form_visit_by_email"),
            models.Index(fields=["ip", "at"], name="form_visit_by_ip"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%F %T}"
