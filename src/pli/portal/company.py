"""How the company that sends or publishes looks on its portal and signing pages."""

from __future__ import annotations

from django.urls import reverse

from pli.parties.api import Organisation


def company_of(organisation: Organisation) -> dict[str, str]:
    """``company`` of the portal's frames: name, colour and the address of its logo (empty when it has none)."""
    logo = organisation.logo_sha256
    return {
        "name": organisation.name,
        "colour": organisation.colour,
        "logo_url": reverse("shell:logo", args=[logo]) if logo else "",
    }
