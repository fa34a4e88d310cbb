"""The archive of a finished request, verified by its own script with openssl and pdfsig alone."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from pli.kit.errors import NotFound
from pli.signing.api import OnRefusal, SignerRequest, proof_archive, refuse
from tests.support.archives import run_script, tools, unpacked
from tests.support.ceremonies import JULIE, PAUL, ask, file_contract, reach, sign_as
from tests.support.people import make_house
from tests.support.queue import RunJobs


@pytest.mark.django_db
def test_the_archive_proves_itself_and_says_when_it_does_not(run_jobs: RunJobs, tmp_path: Path) -> None:
    programs = tools(tmp_path / "tools")
    house = make_house()
    annex = file_contract(house, title="Conditions / générales")
    third = SignerRequest("Zoé Non", "zoe@client.example")
    rules = {"annex_ids": (annex.id,), "on_refusal": OnRefusal.GO_ON, "level": "B-LTA"}
    ceremony = ask(house, JULIE, PAUL, third, **rules)
    with pytest.raises(NotFound):
        proof_archive(house.chloe, ceremony.id)
    for person in (JULIE, PAUL):
        sign_as(house, person.email, run_jobs)
        run_jobs()
    refuse(reach(house, third.email, run_jobs), "Non.")
    run_jobs()
    archive, name = proof_archive(house.chloe, ceremony.id)
    assert name == "preuve Contrat d’entretien.zip"
    folder = unpacked(archive, tmp_path / "proof")
    said = run_script(folder, programs)
    assert said.returncode == 0, said.stdout + said.stderr
    assert "TOUT EST VÉRIFIÉ" in said.stdout
    # Two signatures, their lock and three proofs, each dated; and at this level a date over each of these again.
    assert said.stdout.count(", horodatage ") == 2 * (3 + 3), said.stdout
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert "annexes/02 Conditions générales.pdf" in names
    assert len([one for one in names if one.startswith("preuves/")]) == 6
    [signed] = folder.glob("documents/*.pdf")
    content = bytearray(signed.read_bytes())
    content[content.index(b"/Type")] ^= 1
    signed.write_bytes(content)
    said = run_script(folder, programs)
    assert (said.returncode, "NON : documents/" in said.stdout) == (1, True)
    # Who forges the list of digests too is caught by the signatures.
    listed = folder / "empreintes.sha256"
    lines = [line for line in listed.read_text().splitlines() if "documents/" not in line]
    lines.append(f"{hashlib.sha256(content).hexdigest()}  documents/{signed.name}")
    listed.write_text("\n".join(lines) + "\n")
    said = run_script(folder, programs)
    assert said.returncode == 1
    assert "NON : documents/" not in said.stdout
    assert "signature 1 ou son certificat" in said.stdout
