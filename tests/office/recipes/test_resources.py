"""The files of recipes: added, refused, shown, offered no more."""

from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from pli.processing.api import RecipeWishes, Resource, save_recipe
from tests.office.recipes.conftest import Enter
from tests.support.people import House, make_house

pytestmark = pytest.mark.django_db


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (60, 30), "navy").save(out, "PNG")
    return out.getvalue()


def test_files_are_added_shown_and_said_to_be_used(house: House, enter: Enter, print_run: bytes) -> None:
    client = enter(house.bruno)
    address = reverse("recipes:resources")
    for name, content in (("En-tête", print_run), ("Tampon", picture())):
        sent = {"name": name, "file": SimpleUploadedFile("x.bin", content)}
        assert client.post(address, sent).status_code == 302
    letterhead, stamp = Resource.objects.order_by("name")
    assert (letterhead.blob.media_type, stamp.blob.media_type) == ("application/pdf", "image/png")
    for one in (letterhead, stamp):
        assert client.get(reverse("recipes:resource-picture", args=[one.id])).status_code == 200
    steps = [{"slug": "enrich", "options": {"letterhead_first": letterhead.blob_id}}]
    save_recipe(house.bruno, RecipeWishes(name="Devis", kind="quote", steps=steps))
    page = client.get(address).content.decode()
    assert ">Devis</a>" in page and "Aucune recette ne l’utilise" in page
    client.post(reverse("recipes:resource-switch", args=[stamp.id]))
    stamp.refresh_from_db()
    assert not stamp.is_active
    elsewhere = enter(make_house("riviere").alice)
    assert elsewhere.get(reverse("recipes:resource-picture", args=[stamp.id])).status_code == 404


@pytest.mark.parametrize("content", [b"GIF89a", b"\x89PNG\r\n\x1a\nbroken", b"%PDF-1.4 broken", b"<script>"])
def test_what_cannot_serve_is_refused(house: House, enter: Enter, content: bytes) -> None:
    sent = {"name": "x", "file": SimpleUploadedFile("x.pdf", content)}
    refused = enter(house.alice).post(reverse("recipes:resources"), sent)
    assert refused.status_code == 422 and "notice-refused" in refused.content.decode()
    assert "celui-ci n’a pas été gardé" in refused.content.decode()
    assert not Resource.objects.exists()


def test_a_letterhead_shows_in_the_preview(house: House, enter: Enter, print_run: bytes) -> None:
    client = enter(house.bruno)
    client.post(reverse("recipes:resources"), {"name": "En-tête", "file": SimpleUploadedFile("x.pdf", print_run)})
    [letterhead] = Resource.objects.all()
    sample = client.post(
        reverse("recipes:sample"), {"file": SimpleUploadedFile("a.pdf", print_run), "owner": "recipe"}
    ).content.decode()
    ticket = sample.split('name="sample" value="')[1].split('"')[0]
    draft = {"name": "x", "kind": "invoice", "step": ["0"], "s0": "enrich", "sample": ticket}
    plain = client.post(reverse("recipes:preview"), {**draft, "s0.text": "COPIE"}).content.decode()
    dressed = client.post(
        reverse("recipes:preview"), {**draft, "s0.letterhead_first": letterhead.blob_id}
    ).content.decode()
    for page in (plain, dressed):
        assert "/made" in page, page
    assert (
        f'value="{letterhead.blob_id}" selected'
        in client.post(
            reverse("recipes:create", args=["empty"]),
            {**draft, "s0.letterhead_first": letterhead.blob_id, "action": "none"},
        ).content.decode()
    )
