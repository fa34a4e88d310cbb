"""Ceremonies and what they leave behind."""

from __future__ import annotations

from django.db import models

from pli.kit.ids import new_id
from pli.signing.evidence_models import EvidenceRecord as EvidenceRecord
from pli.signing.evidence_models import EvidenceRenewal as EvidenceRenewal
from pli.signing.evidence_models import RenewalBatch as RenewalBatch
from pli.signing.evidence_models import SealedRevision as SealedRevision
from pli.signing.own_key_models import KeyAgent as KeyAgent
from pli.signing.own_key_models import OwnSignature as OwnSignature
from pli.signing.prepared.models import SigningTemplate
from pli.signing.roles import FieldKind, OnRefusal, SignerRole
from pli.signing.side_models import MarkSide as MarkSide
from pli.signing.states import CeremonyState, SignerState

# In ``changes``: the same file, its structure written anew so that it may be signed.
REWRITTEN = "rewritten"
# In ``changes``: places to fill were added.
FIELDS_ADDED = "fields_added"
# In ``changes``: pages of the sender's own were put behind it.
PAGES_ADDED = "pages_added"
_HARMLESS = (REWRITTEN, FIELDS_ADDED, PAGES_ADDED)


class Ceremony(models.Model):
    """A request for signature: some papers, some people, one outcome."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    party = models.ForeignKey("parties.Party", on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=20, choices=CeremonyState.choices)
    title = models.CharField(max_length=200)
    message = models.TextField(blank=True)
    is_in_order = models.BooleanField(default=True, help_text="each in turn, else all at once")
    on_refusal = models.CharField(max_length=5, choices=OnRefusal.choices, default=OnRefusal.STOP)
    may_delegate = models.BooleanField(default=False, help_text="whoever is asked may name somebody else")
    level = models.CharField(max_length=8, default="B-T")
    policy_digest = models.CharField(max_length=64)
    created_by = models.CharField(max_length=80)
    sender_name = models.CharField(max_length=200)
    sender_email = models.EmailField()
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    withdrawal_reason = models.CharField(max_length=500, blank=True)
    seal_attempts = models.PositiveIntegerField(default=0)
    seal_after = models.DateTimeField(null=True)
    template = models.ForeignKey(SigningTemplate, on_delete=models.PROTECT, null=True, related_name="+")
    template_version = models.PositiveIntegerField(null=True, help_text="as it then was; the request has copied it")
    failure_code = models.CharField(max_length=20, blank=True)
    failure = models.CharField(max_length=500, blank=True)
    once = models.UUIDField(null=True, help_text="made with the form it came from: sent in twice, it is one request")
    failure_told = models.JSONField(default=dict, help_text="the same, for a screen to say in the reader's tongue")

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "-created_at", "-id"], name="ceremony_by_time"),
            models.Index(fields=["state", "expires_at"], name="ceremony_by_deadline"),
        ]
        constraints = [models.UniqueConstraint(fields=["created_by", "once"], name="ceremony_form_once")]

    def __str__(self) -> str:
        return self.title


class CeremonyDocument(models.Model):
    """One paper of a ceremony: the bytes shown, and the revision it now stands at."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    ceremony = models.ForeignKey(Ceremony, on_delete=models.PROTECT, related_name="papers")
    document = models.ForeignKey("documents.Document", on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    file_name = models.CharField(max_length=200)
    page_count = models.PositiveIntegerField()
    page_sizes = models.JSONField(help_text="[[width, height], …] in points, as displayed")
    source_sha256 = models.CharField(max_length=64)
    current_sha256 = models.CharField(max_length=64)
    is_certifiable = models.BooleanField(help_text="no signature stood in the file when it came")
    is_annex = models.BooleanField(default=False, help_text="to read: shown and recorded, never signed")
    changes = models.JSONField(default=list, help_text="what was taken out of the original before it was shown")
    original_sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ceremony", "position"], name="paper_position_once"),
            models.UniqueConstraint(fields=["ceremony", "document"], name="paper_once"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def had_active_content(self) -> bool:
        """Something that could have deceived the signer was taken out; a file only written anew had nothing of it."""
        return any(change not in _HARMLESS for change in self.changes)


class Signer(models.Model):
    """One person asked to answer, by signing or by approving. The link and the device are known by digest only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    ceremony = models.ForeignKey(Ceremony, on_delete=models.PROTECT, related_name="signers")
    position = models.PositiveSmallIntegerField()
    role = models.CharField(max_length=8, choices=SignerRole.choices, default=SignerRole.SIGNER)
    step = models.PositiveSmallIntegerField(default=1, help_text="who has the same one is asked at the same time")
    member = models.ForeignKey("parties.Member", on_delete=models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=200)
    email = models.EmailField()
    mobile = models.CharField(max_length=16, blank=True)
    origin = models.CharField(max_length=80, help_text="contact:<id>, party:<id>, or typed")
    language = models.CharField(max_length=2, default="fr")
    code_channel = models.CharField(max_length=5, default="EMAIL")
    state = models.CharField(max_length=20, choices=SignerState.choices)
    evidence_number = models.CharField(max_length=30, unique=True)
    link_sha256 = models.CharField(max_length=64, null=True, unique=True)  # noqa: DJ001 - NULL: no link is out
    link_version = models.PositiveSmallIntegerField(default=0)
    device_sha256 = models.CharField(max_length=64, blank=True)
    invited_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    is_in_person = models.BooleanField(
        default=False, help_text="signs on a device of the team's: nothing is sent until somebody asks for it"
    )
    in_person_until = models.DateTimeField(null=True, help_text="the link lives on one device of ours, until then")
    opened_at = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True)
    verified_until = models.DateTimeField(null=True)
    wrong_tries = models.PositiveSmallIntegerField(default=0)
    tries_day = models.DateField(null=True)
    tries_today = models.PositiveSmallIntegerField(default=0)
    codes_today = models.PositiveSmallIntegerField(default=0)
    answered_at = models.DateTimeField(null=True)
    refusal_reason = models.CharField(max_length=1000, blank=True)
    consent_version = models.CharField(max_length=20, blank=True)
    consent_text = models.TextField(blank=True)
    mark_kind = models.CharField(max_length=10, blank=True)
    mark_text = models.CharField(max_length=100, blank=True)
    mark_sha256 = models.CharField(max_length=64, blank=True)
    key_agent = models.ForeignKey(
        KeyAgent, on_delete=models.PROTECT, null=True, related_name="+", help_text="signed with their own key there"
    )
    needs_own_key = models.BooleanField(
        default=False, help_text="the sender wants their own certificate: the organisation's seal does not do"
    )
    shown = models.JSONField(default=dict, help_text="paper id → SHA-256 of the bytes shown to this signer")
    ip = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ceremony", "position"], name="signer_position_once")]

    def __str__(self) -> str:
        return self.name


class HandOver(models.Model):
    """A signing that moves from the device it was opened on to a phone: one use, a few minutes, known by digest."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    signer = models.ForeignKey(Signer, on_delete=models.CASCADE, related_name="handovers")
    token_sha256 = models.CharField(max_length=64, unique=True)
    from_device_sha256 = models.CharField(max_length=64)
    to_device_sha256 = models.CharField(max_length=64, blank=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"hand-over of {self.signer_id}"


class SignerField(models.Model):
    """One thing a signer fills, or a place kept for them in a paper: points from the top left corner, as displayed.

    Without a paper it has no place of its own: what is typed stands in the signer's mark.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    signer = models.ForeignKey(Signer, on_delete=models.PROTECT, related_name="fields")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8, choices=FieldKind.choices)
    label = models.CharField(max_length=100, blank=True)
    expected = models.CharField(
        max_length=100, blank=True, help_text="the phrase to type, or the name of what is given"
    )
    is_required = models.BooleanField(default=True)
    paper = models.ForeignKey(CeremonyDocument, on_delete=models.PROTECT, null=True, related_name="fields")
    field_name = models.CharField(max_length=60, blank=True, help_text="its name in the file")
    page = models.PositiveIntegerField(null=True)
    x = models.FloatField(null=True)
    y = models.FloatField(null=True)
    width = models.FloatField(null=True)
    height = models.FloatField(null=True)
    cover = models.JSONField(null=True, help_text="[x, y, width, height] of the marker hidden, within the box")
    value = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["signer", "position"], name="field_position_once")]

    def __str__(self) -> str:
        return self.label or self.kind


class AskedFile(models.Model):
    """A paper of their own that a signer is asked for: kept with the request, seen by its sender alone."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    signer = models.ForeignKey(Signer, on_delete=models.PROTECT, related_name="asked_files")
    position = models.PositiveSmallIntegerField()
    label = models.CharField(max_length=100)
    is_required = models.BooleanField(default=True)
    file_name = models.CharField(max_length=200, blank=True)
    media_type = models.CharField(max_length=40, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(default=0)
    given_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["signer", "position"], name="asked_file_once")]

    def __str__(self) -> str:
        return self.label


class CopyRecipient(models.Model):
    """One person who is sent the finished file, and is asked nothing."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    ceremony = models.ForeignKey(Ceremony, on_delete=models.PROTECT, related_name="copies")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=200)
    email = models.EmailField()
    language = models.CharField(max_length=2, default="fr")
    origin = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ceremony", "position"], name="copy_position_once")]

    def __str__(self) -> str:
        return self.name


class Placement(models.Model):
    """Where a signer put their mark: points from the top left corner of the page as displayed."""

    id = models.BigAutoField(primary_key=True)
    signer = models.ForeignKey(Signer, on_delete=models.PROTECT, related_name="placements")
    paper = models.ForeignKey(CeremonyDocument, on_delete=models.PROTECT, related_name="placements")
    page = models.PositiveIntegerField()
    x = models.FloatField()
    y = models.FloatField()
    width = models.FloatField()
    height = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["signer", "paper"], name="placement_once")]

    def __str__(self) -> str:
        return f"p.{self.page} ({self.x:.0f}, {self.y:.0f})"


class OneTimeCode(models.Model):
    """A code that was sent: known by keyed hash, bound to a signer, the papers and a device, used once."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    signer = models.ForeignKey(Signer, on_delete=models.CASCADE, related_name="codes")
    channel = models.CharField(max_length=5)
    code_hmac = models.CharField(max_length=64)
    papers_digest = models.CharField(max_length=64)
    device_sha256 = models.CharField(max_length=64)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    voided_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"code of {self.signer_id}"


class Trace(models.Model):
    """One thing a signer did or that was done towards them; the raw material of the evidence record."""

    id = models.BigAutoField(primary_key=True)
    signer = models.ForeignKey(Signer, on_delete=models.PROTECT, related_name="traces")
    at = models.DateTimeField()
    what = models.CharField(max_length=30)
    detail = models.JSONField(default=dict)
    ip = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["signer", "at"], name="trace_by_signer")]

    def __str__(self) -> str:
        return f"{self.what} {self.at:%F %T}"
