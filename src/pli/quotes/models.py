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
    annex_ids = models.JSONField(default=list, help_text="documents read and signed with it")
    ceremony_id = models.UUIDField(unique=True)
    state = models.CharField(max_length=10, choices=QuoteState.choices)
    title = models.CharField(max_length=200)
    amount = models.CharField(max_length=60, blank=True, help_text="the total as the document's facts say it")
    recipient_name = models.CharField(max_length=200)
    recipient_email = models.EmailField()
    sent_by = models.CharField(max_length=80)
    sent_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    reason = models.CharField(max_length=1000, blank=True, help_text="why it was refused or withdrawn")

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
