"""What is prepared: rows that requests are made from, and that no request depends on once it is out."""

from __future__ import annotations

from django.db import models

from pli.kit.ids import new_id


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
