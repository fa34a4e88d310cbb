"""Réglages: read by all of the team, changed by administrators, each choice checked and journalled."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import NameOID
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from pli.documents.api import DocumentKind, existing_blob_path, set_facts
from pli.journal.api import Event
from pli.parties.api import Account, Organisation
from pli.processing.contexts import organisation_facts
from pli.signing.api import describe_seal, preferred_level
from tests.support.browser import LiveSite
from tests.support.ceremonies import file_contract
from tests.support.people import House, enter, make_house

pytestmark = pytest.mark.django_db
HUB, IDENTITY, SIGNATURE = "/office/settings/", "/office/settings/organisation/", "/office/settings/signature/"
SEAL, KINDS = "/office/settings/seal/", "/office/settings/kinds/"
MERCIER = {
    "name": "Atelier Mercier", "siren": "732 829 320", "contact_email": "contact@mercier.example", "language": "fr",
    "colour": "#2F6F4F",
}  # fmt: skip


def picture(size: tuple[int, int] = (300, 90)) -> bytes:
    image = Image.new("RGBA", size, (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((10, 10, 80, 80), fill="#2f6f4f")
    written = io.BytesIO()
    image.save(written, "PNG")
    return written.getvalue()


def pkcs12_file(password: str, *, days: int = 400) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Cachet acheté")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=500)).not_valid_after(now + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    return pkcs12.serialize_key_and_certificates(b"x", key, made, None, BestAvailableEncryption(password.encode()))


def test_settings_are_found_by_any_of_their_words(house: House) -> None:
    desk = enter(house.alice)
    everything = desk.get(HUB).content.decode()
    for word in ("Organisation", "Cachet", "Natures de documents", "Équipe", "API", "État du système"):
        assert word in everything
    found = desk.get(HUB, {"q": "HORODATAGE"}).content.decode()
    assert "Service d’horodatage" in found and "Natures de documents" not in found
    assert "Aucun réglage ne correspond" in desk.get(HUB, {"q": "zzz"}).content.decode()
    assert "État du système" not in enter(house.chloe).get(HUB).content.decode()


def test_the_organisation_is_changed_by_an_administrator_only_and_journalled(house: House) -> None:
    assert enter(house.alice).post(IDENTITY, MERCIER).status_code == 302
    changed = Organisation.objects.get(id=house.organisation.id)
    assert (changed.name, changed.siren, changed.colour) == ("Atelier Mercier", "732829320", "#2f6f4f")
    event = Event.objects.get(name="parties.organisation-changed")
    assert event.data == {"changed": ["colour", "contact_email"]} and event.personal["after"]["colour"] == "#2f6f4f"
    for actor in (house.bruno, house.chloe, house.denis):
        assert enter(actor).post(IDENTITY, {**MERCIER, "name": "Pirate"}).status_code == 403
        page = enter(actor).get(IDENTITY).content.decode()
        assert "Atelier Mercier" in page and 'name="siren"' not in page
    assert Organisation.objects.get(id=house.organisation.id).name == "Atelier Mercier"


def test_what_is_wrong_is_said_on_its_field(house: House) -> None:
    answer = enter(house.alice).post(IDENTITY, {**MERCIER, "siren": "123456789", "colour": "rouge", "name": ""})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "n’est pas un numéro SIREN" in page or "obligatoire" in page
    both = enter(house.alice).post(IDENTITY, {**MERCIER, "siren": "123456789", "colour": "rouge"}).content.decode()
    assert "n’est pas un numéro SIREN" in both and "« rouge » n’est pas une couleur" in both
    assert not Event.objects.filter(name="parties.organisation-changed").exists()


def test_what_its_own_papers_say_is_checked_kept_and_given_to_the_readers(house: House) -> None:
    papers = {
        "vat": "fr44 732829320", "iban": "FR76 3000 6000 0112 3456 7890 189",
        "address": " 14 quai  de la Fosse \r\n\r\nBâtiment B\r\n44000 Nantes ",
    }  # fmt: skip
    wrong = {
        **MERCIER, "vat": "FR00", "iban": "FR76 3000 6000 0112 3456 7890 188", "address": "14 quai de la Fosse",
    }  # fmt: skip
    page = enter(house.alice).post(IDENTITY, wrong).content.decode()
    assert "n’est pas un numéro de TVA" in page and "n’est pas un IBAN" in page and "n’a pas de ville" in page
    assert Organisation.objects.get(id=house.organisation.id).settings == {}

    assert enter(house.alice).post(IDENTITY, {**MERCIER, **papers}).status_code == 302

    kept = Organisation.objects.get(id=house.organisation.id)
    assert organisation_facts(kept) == {
        "name": "Atelier Mercier", "siren": "732829320", "vat": "FR44732829320", "iban": "FR7630006000011234567890189",
        "address": "14 quai de la Fosse\nBâtiment B\n44000 Nantes",
    }  # fmt: skip
    event = Event.objects.get(name="parties.organisation-changed")
    assert {"vat", "iban", "address"} < set(event.data["changed"]) and "FR76" not in str(event.data)
    assert "FR7630006000011234567890189" in enter(house.chloe).get(IDENTITY).content.decode()
    assert enter(house.alice).post(IDENTITY, {**MERCIER, **papers, "iban": ""}).status_code == 302
    assert "iban" not in Organisation.objects.get(id=house.organisation.id).settings


def test_a_colour_says_how_it_reads(house: House) -> None:
    desk = enter(house.alice)
    assert "Elle se lit bien" in desk.get(f"{IDENTITY}colour", {"colour": "#1f3a8a"}).content.decode()
    assert "Trop claire" in desk.get(f"{IDENTITY}colour", {"colour": "#ffee00"}).content.decode()
    assert "<svg" not in desk.get(f"{IDENTITY}colour", {"colour": '"><script>'}).content.decode()


def test_a_logo_is_cleaned_kept_and_shown_to_clients(house: House) -> None:
    desk = enter(house.alice)
    hostile = picture() + b"<script>alert(1)</script>"
    desk.post(f"{IDENTITY}logo", {"logo": SimpleUploadedFile("logo.png", hostile)})
    sha256 = Organisation.objects.get(id=house.organisation.id).logo_sha256
    kept = existing_blob_path(sha256).read_bytes()
    assert kept.startswith(b"\x89PNG") and b"<script>" not in kept
    served = Client().get(f"/logo/{sha256}.png")
    assert served["Content-Type"] == "image/png" and b"".join(served.streaming_content) == kept  # type: ignore[attr-defined]
    portal = Client()
    portal.force_login(Account.objects.get(id=house.portal.account_id))
    assert f"/logo/{sha256}.png" in portal.get("/portal/").content.decode()
    assert desk.post(f"{IDENTITY}logo/remove").status_code == 302
    assert Client().get(f"/logo/{sha256}.png").status_code == 404


@pytest.mark.parametrize("content", [b"", b"GIF89a....", b"\x89PNG\r\n\x1a\nbroken", b"%PDF-1.4"])
def test_what_is_no_logo_is_refused_and_no_other_file_is_served_as_one(house: House, content: bytes) -> None:
    answer = enter(house.alice).post(f"{IDENTITY}logo", {"logo": SimpleUploadedFile("logo.png", content)})
    assert answer.status_code == 422
    assert not Organisation.objects.get(id=house.organisation.id).logo_sha256
    document = file_contract(house)
    blob = document.renditions.get().blob_id
    assert Client().get(f"/logo/{blob}.png").status_code == 404
    assert Client().get("/logo/..%2f..%2fkeys.png").status_code == 404


def test_the_level_is_chosen_and_used(house: House) -> None:
    desk = enter(house.alice)
    assert desk.post(f"{SIGNATURE}level", {"level": "B-LTA"}).status_code == 302
    assert preferred_level(Organisation.objects.get(id=house.organisation.id)) == "B-LTA"
    assert desk.post(f"{SIGNATURE}level", {"level": "B-X"}).status_code == 422
    assert enter(house.bruno).post(f"{SIGNATURE}level", {"level": "B-B"}).status_code == 403
    assert "PAdES B-LTA" in enter(house.denis).get(SIGNATURE).content.decode()


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/tsa", "http://169.254.169.254/", "file:///etc/passwd", "https://a:b@tsa.example/", "x"]
)
def test_a_timestamp_service_that_does_not_answer_is_not_saved(house: House, url: str) -> None:
    desk = enter(house.alice)
    for extra in ({}, {"test": "1"}):
        answer = desk.post(f"{SIGNATURE}timestamps", {"url": url, **extra})
        assert answer.status_code == 422
        assert "Le service en place n’a pas changé" in answer.content.decode()
    assert "tsa_url" not in Organisation.objects.get(id=house.organisation.id).settings


def test_the_service_in_force_is_tested_and_the_default_comes_back(house: House) -> None:
    known = {"tsa_url": "https://old.example/?key=secret-key"}
    Organisation.objects.filter(id=house.organisation.id).update(settings=known)
    desk = enter(house.alice)
    assert "secret-key" in desk.get(SIGNATURE).content.decode()
    page = enter(house.bruno).get(SIGNATURE).content.decode()
    assert "old.example" in page and "secret-key" not in page
    assert desk.post(f"{SIGNATURE}timestamps", {"url": ""}).status_code == 302
    assert Organisation.objects.get(id=house.organisation.id).settings == {}
    told = Event.objects.get(name="parties.organisation-changed")
    assert told.personal == {"before": {"tsa_url": "old.example"}, "after": {"tsa_url": None}}
    assert (
        "Le service répond comme il doit"
        in desk.post(f"{SIGNATURE}timestamps", {"url": "", "test": "1"}).content.decode()
    )
    assert enter(house.chloe).post(f"{SIGNATURE}timestamps", {"url": "", "test": "1"}).status_code == 403


def test_a_seal_is_imported_with_its_password_which_is_kept_nowhere(house: House, tmp_path: Path) -> None:
    desk = enter(house.alice)
    assert "fait par l’autorité de Pli" in desk.get(SEAL).content.decode()
    secret = "un-mot-de-passe-très-secret"
    wrong = desk.post(
        f"{SEAL}import", {"certificate": SimpleUploadedFile("c.p12", pkcs12_file(secret)), "password": "x"}
    )
    assert wrong.status_code == 422 and "mot de passe" in wrong.content.decode()
    assert describe_seal(house.alice).is_own
    given = {"certificate": SimpleUploadedFile("c.p12", pkcs12_file(secret)), "password": secret}
    assert desk.post(f"{SEAL}import", given).status_code == 302
    seal = describe_seal(house.alice)
    assert not seal.is_own and seal.name == "Cachet acheté"
    event = Event.objects.get(name="signing.seal-imported")
    assert event.data["fingerprint"] == seal.fingerprint
    assert secret not in str(event.data) + str(event.personal)
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]
    pem = desk.get(f"{SEAL}certificate.pem").content
    assert b"BEGIN CERTIFICATE" in pem and b"PRIVATE" not in pem
    assert b"BEGIN CERTIFICATE" in desk.get(f"{SEAL}authority.pem").content
    assert desk.post(f"{SEAL}own").status_code == 302
    assert describe_seal(house.alice).is_own
    assert enter(house.bruno).post(f"{SEAL}own").status_code == 403
    assert enter(house.bruno).post(f"{SEAL}import", given).status_code == 403


def test_a_seal_that_is_none_is_refused_in_plain_words(house: House) -> None:
    desk = enter(house.alice)
    for content, password in ((b"rubbish", ""), (pkcs12_file("a", days=-1), "a"), (b"\x30" * (2 << 20), "")):
        answer = desk.post(f"{SEAL}import", {"certificate": SimpleUploadedFile("c.p12", content), "password": password})
        assert answer.status_code == 422
        assert "Le cachet en place n’a pas changé" in answer.content.decode()
    assert describe_seal(house.alice).is_own


def test_every_page_speaks_english_too(house: House) -> None:
    Account.objects.filter(id=house.alice.account_id).update(language="en")
    desk = enter(house.alice)
    pages = {
        HUB: "Find a setting", IDENTITY: "Brand colour", SIGNATURE: "Signature level", SEAL: "Certificate in use",
        KINDS: "Kinds of documents", f"{KINDS}new": "Save the kind", "/office/deliveries/": "Deliveries",
        "/office/journal/": "The chain and its proofs",
    }  # fmt: skip
    for path, words in pages.items():
        assert words in desk.get(path).content.decode(), path


def lines(*fields: dict[str, str], before: int = 0) -> dict[str, str]:
    """The fields of the form's lines."""
    made = {"field-TOTAL_FORMS": str(len(fields)), "field-INITIAL_FORMS": str(before)}
    for number, field in enumerate(fields):
        made |= {f"field-{number}-{name}": value for name, value in {"type": "text", **field}.items()}
    return made


def test_a_kind_is_made_changed_and_never_loses_what_documents_hold(house: House) -> None:
    desk = enter(house.alice)
    words = {"name_fr": "Bon de commande", "name_en": "Purchase order", "retention_years": "6", "is_active": "on"}
    fields = lines({"label_fr": "N° de commande"}, {"label_fr": "Total", "type": "amount"}, {})
    assert desk.post(f"{KINDS}new", {**words, **fields}).status_code == 302
    kind = DocumentKind.objects.get(slug="purchase-order")
    assert [one["name"] for one in kind.fields] == ["n_de_commande", "total"]
    assert (kind.retention_years, kind.is_shown_in_portal, kind.is_active) == (6, False, True)
    document = file_contract(house)
    document.kind = kind
    document.save()
    set_facts(house.chloe, document.id, {"n_de_commande": "C-12"})
    kept = {"name": "n_de_commande", "label_fr": "Numéro"}
    removed = lines({**kept, "is_removed": "on"}, {"name": "total", "label_fr": "Total", "type": "amount"})
    answer = desk.post(f"{KINDS}{kind.id}/", {**words, **removed})
    assert answer.status_code == 422 and "remplie dans des documents" in answer.content.decode()
    assert desk.post(f"{KINDS}{kind.id}/", {**words, **lines(kept)}).status_code == 302
    kind.refresh_from_db()
    assert [(one["name"], one["label_fr"]) for one in kind.fields] == [("n_de_commande", "Numéro")]
    assert Event.objects.filter(name="documents.kind-saved").count() == 2


def test_a_kind_that_is_wrong_is_refused(house: House) -> None:
    desk = enter(house.alice)
    good = {"name_fr": "Bon", "retention_years": "10", "is_active": "on"}
    for changes in ({"name_fr": "facture"}, {"retention_years": "0"}, {"name_fr": ""}):
        assert desk.post(f"{KINDS}new", {**good, **lines(), **changes}).status_code == 422
    twice = lines({"label_fr": "Date"}, {"label_fr": "date"})
    assert "figure deux fois" in desk.post(f"{KINDS}new", {**good, **twice}).content.decode()
    kind = DocumentKind.objects.get(organisation=house.organisation, slug="invoice")
    assert enter(house.bruno).get(f"{KINDS}{kind.id}/").status_code == 200
    assert enter(house.bruno).post(f"{KINDS}{kind.id}/", {**good, **lines()}).status_code == 403
    assert enter(make_house("autre").alice).get(f"{KINDS}{kind.id}/").status_code == 404


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_screens_are_accessible_and_the_search_follows_the_fingers(
    house: House, live_site: LiveSite, desk: Page, phone: Page, assert_accessible: Callable[..., None],
    shot: Callable[..., None],
) -> None:  # fmt: skip
    Organisation.objects.filter(id=house.organisation.id).update(colour="#2f6f4f")
    kind = DocumentKind.objects.get(organisation=house.organisation, slug="invoice")
    places = {
        "hub": HUB, "organisation": IDENTITY, "signature": SIGNATURE, "seal": SEAL, "kinds": KINDS,
        "kind": f"{KINDS}{kind.id}/",
    }  # fmt: skip
    for size, page in (("desk", desk), ("phone", phone)):
        live_site.log_in(page, Account.objects.get(id=house.alice.account_id))
        for name, path in places.items():
            page.goto(live_site.url + path)
            assert page.evaluate("document.documentElement.scrollWidth") <= (page.viewport_size or {})["width"], path
            assert_accessible(page)
            shot(page, f"settings-{name}-{size}", full_page=True)
    desk.goto(live_site.url + HUB)
    desk.get_by_role("searchbox", name="Chercher un réglage").fill("horodatage")
    expect(desk.get_by_role("link", name="Natures de documents")).to_have_count(0)
    expect(desk.get_by_role("link", name="Service d’horodatage (RFC 3161)")).to_be_visible()
    assert desk.url.endswith("?q=horodatage")
    desk.goto(live_site.url + IDENTITY)
    desk.get_by_label("Couleur de la marque").fill("#ffee00")
    expect(desk.get_by_text("Trop claire pour du texte")).to_be_visible()
