"""The organisation's seal by the API: read, brought as PKCS#12, made again; refused in plain words."""

from __future__ import annotations

import base64

from tests.api.conftest import Api, token_of
from tests.office.test_settings import pkcs12_file
from tests.support.people import House


def test_a_seal_is_brought_and_made_again(alice: Api, house: House) -> None:
    before = alice.get("/seal").json()
    assert (before["is_own"], before["warnings"]) == (True, [])
    secret = "mot-de-passe-été"
    file = base64.b64encode(pkcs12_file(secret)).decode()
    wrong = alice.post("/seal/import", {"file": file, "password": "autre"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "TRU-003")
    assert "le mot de passe n’est pas celui du fichier" in wrong.json()["detail"]
    english = alice.post("/seal/import", {"file": "!!"}, **{"Accept-Language": "en"})
    assert "the file is not in base64" in english.json()["detail"]
    assert alice.get("/seal").json() == before
    brought = alice.post("/seal/import", {"file": file, "password": secret})
    assert (brought.status_code, brought.json()["name"], brought.json()["is_own"]) == (200, "Cachet acheté", False)
    assert secret not in brought.content.decode()
    made = alice.post("/seal/own")
    assert made.json()["is_own"] and made.json()["fingerprint"] != before["fingerprint"]
    looker = Api(token_of(house.alice, "seal:read"))
    assert looker.get("/seal").status_code == 200
    assert looker.post("/seal/own").status_code == 403
    assert Api(token_of(house.bruno)).post("/seal/own").status_code == 403
