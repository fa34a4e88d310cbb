"""Organisations are real rows in a real PostgreSQL."""

import pytest

from pli.parties.api import Organisation


@pytest.mark.django_db
def test_an_organisation_is_kept() -> None:
    made = Organisation.objects.create(slug="atelier", name="Atelier Mercier")
    assert Organisation.objects.get(id=made.id).name == "Atelier Mercier"
