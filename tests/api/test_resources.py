"""Each resource does what it says, for those who may."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest

from pli.documents.api import Document, root_folder
from tests.api.conftest import Api, MakeDocument, bytes_of, token_of
from tests.support.people import House


def test_documents_are_listed_by_key_and_searched(chloe: Api, house: House, make_document: MakeDocument) -> None:
    made = [str(make_document(title=f"Devis {number}").id) for number in range(5)]
    seen, key = [], ""
    while True:
        page = chloe.get(f"/documents?limit=2&after={key}" if key else "/documents?limit=2").json()
        seen += [item["id"] for item in page["items"]]
        key = page["next"]
        if not key:
            break
    assert seen == made[::-1]
    found = chloe.get(f"/documents?q=devis+3&kind=contract&party_id={house.dupont.id}").json()["items"]
    assert [item["title"] for item in found] == ["Devis 3"]
    assert found[0]["party"]["code"] == "C001"
    assert chloe.get("/documents?kind=invoice").json() == {"items": [], "next": None}


def test_facts_are_merged_and_documents_moved(chloe: Api, house: House, make_document: MakeDocument) -> None:
    document = make_document(facts={"reference": "A-1"})
    address = f"/documents/{document.id}"
    assert chloe.get(address).json()["facts"] == {"reference": "A-1"}
    kinds = {kind["slug"]: kind for kind in chloe.get("/document-kinds").json()["items"]}
    other = (
        next(f["name"] for f in kinds["contract"]["fields"] if f["name"] != "reference" and f["type"] == "text")
        if any(f["name"] != "reference" and f["type"] == "text" for f in kinds["contract"]["fields"])
        else "reference"
    )
    answer = chloe.patch(f"{address}/facts", {"facts": {other: "B-2"}})
    assert answer.json()["facts"][other] == "B-2"
    answer = chloe.patch(f"{address}/facts", {"facts": {"reference": None}})
    assert "reference" not in answer.json()["facts"]
    root = root_folder(house.organisation.id)
    moved = chloe.post(f"{address}/move", {"folder_id": str(root.id)})
    assert moved.json()["folder_id"] == str(root.id)


def test_downloads_are_files_to_save_with_their_digest(
    chloe: Api, make_document: MakeDocument, small_pdf: bytes
) -> None:
    document = make_document()
    [rendition] = chloe.get(f"/documents/{document.id}/renditions").json()["items"]
    assert rendition["role"] == "ORIGINAL"
    for path in (f"renditions/{rendition['id']}/content", "content", "content?role=ORIGINAL"):
        answer = chloe.get(f"/documents/{document.id}/{path}")
        assert bytes_of(answer) == small_pdf
        assert answer["Content-Disposition"] == 'attachment; filename="devis.pdf"'
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer["Content-Security-Policy"]
        digest = base64.b64encode(hashlib.sha256(small_pdf).digest()).decode()
        assert answer["Repr-Digest"] == f"sha-256=:{digest}:"
    assert chloe.get(f"/documents/{document.id}/content?role=SIGNED").status_code == 404
    assert chloe.get(f"/documents/{document.id}/renditions/{document.id}/content").status_code == 404


def test_pages_are_images_and_texts(chloe: Api, make_document: MakeDocument) -> None:
    document = make_document()
    answer = chloe.get(f"/documents/{document.id}/pages/1?width=200")
    assert answer["Content-Type"] == "image/jpeg"
    assert answer.content.startswith(b"\xff\xd8")
    assert chloe.get(f"/documents/{document.id}/pages/2").status_code == 404
    assert chloe.get(f"/documents/{document.id}/pages/1?width=99999").status_code == 422
    assert chloe.get(f"/documents/{document.id}/text").json() == {"is_read": False, "pages": []}
    assert chloe.get(f"/documents/{document.id}/deliveries").json() == {"items": []}


def test_an_auditor_reads_and_changes_nothing(denis: Api, make_document: MakeDocument) -> None:
    document = make_document()
    assert denis.get(f"/documents/{document.id}").status_code == 200
    assert denis.patch(f"/documents/{document.id}/facts", {"facts": {}}).status_code == 403
    assert denis.post("/parties", {"kind": "CLIENT", "code": "Z", "name": "Z"}).status_code == 403


def test_folders_form_a_tree(chloe: Api, house: House, make_document: MakeDocument) -> None:
    document = make_document()
    tree = {item["id"]: item for item in chloe.get("/folders").json()["items"]}
    leaf = tree[str(document.folder_id)]
    assert leaf["party_id"] == str(house.dupont.id)
    assert tree[tree[leaf["parent_id"]]["parent_id"]]["parent_id"] is None
    page = chloe.get("/folders?limit=1").json()
    assert chloe.get(f"/folders?limit=1&after={page['next']}").json()["items"][0]["id"] != page["items"][0]["id"]
    made = chloe.post("/folders", {"parent_id": leaf["id"], "name": "2026"}).json()
    assert chloe.get(f"/folders/{made['id']}").json() == made
    assert [item["name"] for item in chloe.get(f"/folders?parent_id={leaf['id']}").json()["items"]] == ["2026"]


def test_parties_and_contacts(chloe: Api, house: House) -> None:
    made = chloe.post(
        "/parties",
        {
            "kind": "CLIENT", "code": "C002", "name": "Société Générique", "siren": "732 829 320",
            "mobile": "06 12 34 56 78", "address": {"line1": "12 RUE DES LILAS", "postcode": "35000", "city": "RENNES"},
        },
    )  # fmt: skip
    assert made.status_code == 201, made.content
    party = made.json()
    assert (party["siren"], party["mobile"]) == ("732829320", "+33612345678")
    assert party["address"]["city"] == "RENNES"
    changed = chloe.patch(f"/parties/{party['id']}", {"email": "compta@generique.fr"}).json()
    assert (changed["email"], changed["name"]) == ("compta@generique.fr", "Société Générique")
    assert changed["ibans"] == []
    paid = chloe.patch(f"/parties/{party['id']}", {"ibans": ["FR76 3000 6000 0112 3456 7890 189", "BE68539007547034"]})
    assert paid.json()["ibans"] == ["FR7630006000011234567890189", "BE68539007547034"]
    assert chloe.get("/parties?q=generique").json()["items"][0]["ibans"] == paid.json()["ibans"]
    assert chloe.patch(f"/parties/{party['id']}", {"ibans": ["FR00"]}).json()["errors"][0]["field"] == "ibans"
    assert [item["code"] for item in chloe.get("/parties?q=generique&kind=CLIENT").json()["items"]] == ["C002"]
    page = chloe.get("/parties?limit=1").json()
    assert chloe.get(f"/parties?limit=1&after={page['next']}").json()["next"] is None
    contact = chloe.post(f"/parties/{party['id']}/contacts", {"name": "Paul Durand", "email": "paul@generique.fr"})
    assert contact.status_code == 201
    address = f"/contacts/{contact.json()['id']}"
    assert chloe.patch(address, {"job_title": "Gérant"}).json()["job_title"] == "Gérant"
    assert len(chloe.get(f"/parties/{party['id']}/contacts").json()["items"]) == 1
    assert chloe.call("DELETE", address).status_code == 204
    assert chloe.get(f"/parties/{party['id']}/contacts").json()["items"] == []


def test_the_journal_is_for_administrators_and_auditors(
    alice: Api, denis: Api, bruno: Api, make_document: MakeDocument
) -> None:
    document = make_document()
    for reader in (alice, denis):
        page = reader.get(f"/events?name=documents.*&subject_id={document.id}").json()
        assert [item["name"] for item in page["items"]] == ["documents.document-filed"]
        assert "Devis" not in str(page)
    assert bruno.get("/events").status_code == 403
    first = alice.get("/events?limit=1").json()
    assert alice.get("/events", **{}).status_code == 200
    following = alice.get(f"/events?limit=1&after={first['next'].replace('+', '%2B')}").json()
    assert following["items"][0]["id"] != first["items"][0]["id"]
    assert alice.get("/events?since=2026-01-01T00:00:00").status_code == 422


def test_the_local_outbox_is_for_administrators(alice: Api, bruno: Api, denis: Api) -> None:
    assert alice.get("/local-outbox").json() == {"items": []}
    assert bruno.get("/local-outbox").status_code == denis.get("/local-outbox").status_code == 404


def test_the_local_outbox_is_gone_once_providers_are_set(alice: Api, settings: object) -> None:
    settings.PLI_MAIL_URL = "smtp://127.0.0.1:1"  # type: ignore[attr-defined]
    settings.PLI_SMS_URL = "ovh://x"  # type: ignore[attr-defined]
    assert alice.get("/local-outbox").status_code == 404


def test_verify_answers_as_the_command_does(chloe: Api, small_pdf: bytes) -> None:
    answer = chloe.call("POST", "/verify", small_pdf, **{"Content-Type": "application/pdf"})
    assert answer.status_code == 200, answer.content
    assert answer.json()["verdict"] == "NO_SIGNATURE"
    assert answer.json()["sha256"] == hashlib.sha256(small_pdf).hexdigest()
    broken = chloe.call("POST", "/verify", b"nothing of a PDF", **{"Content-Type": "application/pdf"})
    assert broken.json()["verdict"] in ("NO_SIGNATURE", "INDETERMINATE", "TOTAL_FAILED")
    assert chloe.call("POST", "/verify", b"{}").status_code == 415
    assert chloe.get("/verify/PV-0000-0000-0000-0000").status_code == 404


@pytest.mark.parametrize("path", ["/documents", "/folders", "/parties", "/ceremonies", "/document-kinds"])
def test_lists_show_nothing_of_another_organisation(
    stranger: Api, house: House, make_document: MakeDocument, path: str
) -> None:
    document = make_document()
    text = stranger.get(path).content.decode()
    assert str(document.id) not in text
    assert "Dupont SARL" not in text or str(house.dupont.id) not in text
    assert Document.objects.filter(organisation=house.organisation).exists()


def test_nothing_answers_with_a_link_or_a_code(house: House) -> None:
    schema = Api(token_of(house.alice)).get("/openapi.json").json()
    names = set(re.findall(r'"(\w*(?:link|otp|secret|password)\w*)"', str(schema).replace("'", '"')))
    assert names <= {"secret", "former_secret_until", "password"}, names
