"""A member signs with a key on a token of their workstation, end to end: SoftHSM, the agent, Pli over HTTP, pdfsig."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from django.test import Client

from pli.documents.api import best_rendition, existing_blob_path
from pli.kit.clock import SYSTEM_CLOCK, FrozenClock
from pli.kit.errors import NotFound
from pli.signing.api import (
    OwnSignature,
    OwnSignatureState,
    agents_of,
    ask_own_signature,
    find_own_signature,
    revoke_agent,
    waiting_for,
)
from pli.signing.errors import NoOwnKey
from pli.trust.api import verify_pdf
from tests.agent.workstation import Workstation, paired
from tests.support.ceremonies import file_contract
from tests.support.people import House, make_house
from tests.support.queue import RunJobs
from tests.trust.softhsm import SoftToken
from tests.trust.specimens import pdfsig


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("label", "key_id"), [("ec", "02"), ("rsa", "01")])
def test_signed_on_the_workstation(
    label: str,
    key_id: str,
    live_server: Any,
    workstation: Workstation,
    soft: SoftToken,
    run_jobs: RunJobs,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    house = make_house()
    document = file_contract(house)
    with pytest.raises(NoOwnKey):
        ask_own_signature(house.chloe, document.id)
    paired(workstation, soft, house, live_server.url, key_id)
    assert workstation.file.stat().st_mode & 0o777 == 0o600
    assert soft.pin not in workstation.file.read_text()

    asked = ask_own_signature(house.chloe, document.id, reason="Bon pour accord")
    with pytest.raises(NotFound):
        find_own_signature(house.alice, asked.id)
    workstation.pin = "0000"
    assert workstation("run", "--once") == 0
    assert "PIN refusé" in capsys.readouterr().out
    assert find_own_signature(house.chloe, asked.id).problem == "pin_wrong"
    workstation.pin, workstation.answer = soft.pin, "p"
    assert workstation("run", "--once") == 0
    assert find_own_signature(house.chloe, asked.id).state == OwnSignatureState.WAITING
    workstation.answer = "o"
    assert workstation("run", "--once") == 0
    said = capsys.readouterr().out
    assert document.title in said
    assert asked.digest in said
    assert find_own_signature(house.chloe, asked.id).state == OwnSignatureState.GIVEN
    run_jobs()
    done = find_own_signature(house.chloe, asked.id)
    assert done.state == OwnSignatureState.SIGNED, done.failure
    signed = existing_blob_path(best_rendition(document.id).blob_id)
    assert hashlib.sha256(signed.read_bytes()).hexdigest() == done.result_sha256
    copy = tmp_path / "signed.pdf"
    copy.write_bytes(signed.read_bytes())
    assert "Signature is Valid." in pdfsig(copy)
    [one] = verify_pdf(signed, roots=[soft.certificates[label]]).signatures
    assert (one.is_intact, one.signer_name, one.stated_reason) == (True, f"Cachet {label}", "Bon pour accord")
    assert one.timestamp_time is not None
    _is_over(workstation, house, soft, done)


def _call(client: Client, token: str, path: str, body: dict[str, Any]) -> tuple[int, str]:
    answer = client.post(
        f"/agent/v1/{path}",
        json.dumps(body),
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )
    return answer.status_code, answer.json().get("code", "")


def _is_over(workstation: Workstation, house: House, soft: SoftToken, done: OwnSignature) -> None:
    """What was given cannot be given again, nor to anything else; what comes late or from a stranger is refused."""
    token = json.loads(workstation.file.read_text())["secret"]
    client = Client()
    chain = json.loads(workstation.file.read_text())["chain"]
    value = base64.b64encode(bytes(done.value)).decode()
    given = {"chain": chain, "value": value}
    assert _call(client, token, f"work/{done.id}/signature", given) == (409, "KEY-004")

    again = ask_own_signature(house.chloe, done.document_id)
    assert _call(client, token, f"work/{again.id}/signature", given) == (422, "TRU-008")
    other = soft.certificates["rsa" if again.agent.subject.endswith("ec") else "ec"]
    stranger = {"chain": [base64.b64encode(other.public_bytes(Encoding.DER)).decode()], "value": value}
    assert _call(client, token, f"work/{again.id}/signature", stranger) == (422, "TRU-008")
    assert _call(client, token, f"work/{again.id}/signature", {"chain": "x", "value": "é"})[0] == 400
    assert _call(client, "another", f"work/{again.id}/signature", given) == (401, "KEY-002")
    workstation.answer = "n"
    assert workstation("run", "--once") == 0
    assert find_own_signature(house.chloe, again.id).state == OwnSignatureState.REFUSED

    late = ask_own_signature(house.chloe, done.document_id)
    [agent] = agents_of(house.chloe)
    assert waiting_for(agent, clock=FrozenClock(SYSTEM_CLOCK.now() + timedelta(hours=1))) == []
    assert _call(client, token, f"work/{late.id}/problem", {"problem": "pin_wrong"}) == (409, "KEY-004")

    with pytest.raises(NotFound):
        revoke_agent(house.alice, agent.id)
    revoke_agent(house.chloe, agent.id)
    assert workstation("run", "--once") == 1
    assert _call(client, token, f"work/{late.id}/refusal", {}) == (401, "KEY-002")
