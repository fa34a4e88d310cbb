"""Keys that stay with their people: the workstations that reach them, and what they were given to sign."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from pli.kit.ids import new_id

# How long a workstation has to sign what it was given.
OWN_LIFE = timedelta(minutes=15)


# What a workstation may say it met; anything else is « other ».
PROBLEMS = {
    "pin_wrong": _("Le poste dit : code PIN refusé. Un dispositif se verrouille après quelques essais."),
    "pin_locked": _("Le poste dit : le dispositif est verrouillé ; voyez son fournisseur."),
    "device_absent": _("Le poste dit : le dispositif n’est pas branché."),
    "key_absent": _("Le poste dit : la clé associée n’est plus dans le dispositif."),
    "other": _("Le poste dit : le dispositif ne répond pas."),
}


class KeyAgent(models.Model):
    """One workstation of a member that reaches their key. Code and token: by digest; the PIN never comes here."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey("parties.Member", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=100, blank=True)
    code_sha256 = models.CharField(max_length=64, null=True, unique=True)  # noqa: DJ001 - NULL: used, or too old
    code_until = models.DateTimeField()
    token_sha256 = models.CharField(max_length=64, null=True, unique=True)  # noqa: DJ001 - NULL: not paired, or revoked
    certificates = models.TextField(blank=True, help_text="PEM: the key's own, then its issuers")
    subject = models.CharField(max_length=300, blank=True)
    not_after = models.DateTimeField(null=True)
    made_at = models.DateTimeField()
    paired_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name or str(self.id)


class OwnSignatureState(models.TextChoices):
    """WAITING → GIVEN → SIGNED; WAITING → REFUSED or EXPIRED; GIVEN → FAILED; each by UPDATE … WHERE the former.

    In a request for signature a value is HELD until all papers have theirs; then all are GIVEN in one transaction with
    the signer's answer. What another signature came before is OVERTAKEN, and asked again.
    """

    WAITING = "WAITING", "en attente du poste"
    HELD = "HELD", "signée sur le poste, d’autres documents attendent"
    OVERTAKEN = "OVERTAKEN", "une autre signature est venue avant"
    GIVEN = "GIVEN", "signée sur le poste, en cours d’intégration"
    SIGNED = "SIGNED", "signée"
    REFUSED = "REFUSED", "refusée sur le poste"
    EXPIRED = "EXPIRED", "délai dépassé"
    FAILED = "FAILED", "impossible"


# What has no outcome yet; at most one try of a signer is among these.
OPEN_OWN_STATES = (OwnSignatureState.WAITING, OwnSignatureState.HELD, OwnSignatureState.OVERTAKEN)


class OwnSignature(models.Model):
    """One document given to one workstation to sign: the file with its empty place, and what the key must sign.

    With a ``signer`` it is their signature on one ``paper`` of a request; they have answered once it is GIVEN.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    agent = models.ForeignKey(KeyAgent, on_delete=models.PROTECT, related_name="signatures")
    document = models.ForeignKey("documents.Document", on_delete=models.PROTECT, related_name="+")
    signer = models.ForeignKey("signing.Signer", on_delete=models.PROTECT, null=True, related_name="own_signatures")
    paper = models.ForeignKey("signing.CeremonyDocument", on_delete=models.PROTECT, null=True, related_name="+")
    link_version = models.PositiveSmallIntegerField(default=0, help_text="the signer's link it was asked through")
    field_name = models.CharField(max_length=60, blank=True)
    is_last = models.BooleanField(default=False, help_text="it locks the file")
    state = models.CharField(max_length=10, choices=OwnSignatureState.choices, default=OwnSignatureState.WAITING)
    title = models.CharField(max_length=200)
    file_name = models.CharField(max_length=200)
    reason = models.CharField(max_length=200, blank=True)
    level = models.CharField(max_length=8)
    source_sha256 = models.CharField(max_length=64)
    waiting_sha256 = models.CharField(max_length=64)
    start = models.PositiveBigIntegerField()
    end = models.PositiveBigIntegerField()
    digest = models.CharField(max_length=64)
    to_sign = models.BinaryField()
    value = models.BinaryField(default=b"")
    problem = models.CharField(max_length=30, blank=True, help_text="what the workstation last met")
    failure = models.CharField(max_length=500, blank=True)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    result_sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [models.Index(fields=["agent", "state"], name="own_signature_waiting")]

    def __str__(self) -> str:
        return self.title
