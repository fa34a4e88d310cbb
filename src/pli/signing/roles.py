"""What a person is asked to do, and what happens when one of them refuses."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class SignerRole(models.TextChoices):
    """An approver proves who they are and agrees; no mark and no signature of theirs stands in the file."""

    SIGNER = "SIGNER", _("Signe")
    APPROVER = "APPROVER", _("Approuve")


# In a request, beside the roles above: the finished file and nothing to do.
COPY = "COPY"


class FieldKind(models.TextChoices):
    """What stands in a place of a paper, or is asked beside the mark."""

    MARK = "MARK", _("Signature")
    INITIALS = "INITIALS", _("Paraphe")
    TEXT = "TEXT", _("Texte")
    DATE = "DATE", _("Date")
    CHECKBOX = "CHECKBOX", _("Case à cocher")
    PHRASE = "PHRASE", _("Mention à recopier")
    GIVEN = "GIVEN", _("Valeur calculée")


# What the signer types or ticks.
TYPED = (FieldKind.TEXT, FieldKind.DATE, FieldKind.CHECKBOX, FieldKind.PHRASE)
# What is written into a field of the file.
FILLED = (FieldKind.INITIALS, FieldKind.GIVEN, *TYPED)


class OnRefusal(models.TextChoices):
    """Whether the others are still asked once somebody has refused."""

    STOP = "STOP", _("Tout s’arrête")
    GO_ON = "GO_ON", _("Les autres continuent")
