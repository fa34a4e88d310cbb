"""A quote that went out, and its answer."""

from __future__ import annotations

from django.db import models

from pli.kit.ids import new_id
from pli.quotes.states import OPEN_STATES, QuoteState


class Quote(models.Model):
    """One sending of one quote to one person. ``ceremony_id``: the request by which it is signed or refused."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    party = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="+")
    document = models.ForeignKey("documents.Document", on_delete=models.PROTECT, related_name="+")
    annex_ids = models.JSONField(default=list, help_text="documents read with it")
    ceremony_id = models.UUIDField(unique=True)
    state = models.CharField(max_length=10, choices=QuoteState.choices)
    title = models.CharField(max_length=200)
    amount = models.CharField(max_length=60, blank=True, help_text="the total, VAT included")
    recipient_name = models.CharField(max_length=200)
    recipient_email = models.EmailField()
    sent_by = models.CharField(max_length=80)
    sent_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    reason = models.CharField(max_length=1000, blank=True, help_text="why it was refused or withdrawn")
    order = models.JSONField(null=True, help_text="what the client chose, and what it costs; null until they sign")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["document"], condition=models.Q(state__in=OPEN_STATES), name="quote_open_once"
            )
        ]
        indexes = [
            models.Index(fields=["organisation", "-sent_at", "-id"], name="quote_by_time"),
            models.Index(fields=["party", "-sent_at"], name="quote_by_party"),
        ]

    def __str__(self) -> str:
        return self.title


class QuoteLine(models.Model):
    """One line to choose from: see ``offers.OfferedLine``. Written when the quote leaves, never changed."""

    id = models.BigAutoField(primary_key=True)
    quote = models.ForeignKey(Quote, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    label = models.CharField(max_length=120)
    unit_price = models.DecimalField(max_digits=12, decimal_places=4)
    vat_rate = models.DecimalField(max_digits=5, decimal_places=2)
    usual = models.DecimalField(max_digits=9, decimal_places=3)
    minimum = models.DecimalField(max_digits=9, decimal_places=3)
    maximum = models.DecimalField(max_digits=9, decimal_places=3)
    is_optional = models.BooleanField(default=False)
    group = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["quote", "position"], name="quote_line_once")]

    def __str__(self) -> str:
        return self.label
