"""The commands of docs/signature.md, run as they stand on a file Pli has just signed."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from pli.documents.api import existing_blob_path
from pli.signing.api import Ceremony, CeremonyState, trust_store
from tests.support.ceremonies import JULIE, ask, sign_as
from tests.support.people import make_house
from tests.support.queue import RunJobs

PAGE = Path(__file__).resolve().parents[2] / "docs" / "signature.md"


def _commands() -> list[str]:
    """The shell blocks of the part « Without Pli », in order."""
    part = PAGE.read_text().split("## Without Pli", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"```sh\n(.*?)```", part, re.DOTALL)


@pytest.mark.django_db
def test_the_commands_say_what_the_page_says(run_jobs: RunJobs, tmp_path: Path) -> None:
    for program in ("pdfsig", "openssl"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is missing")
    house = make_house()
    ceremony = ask(house)
    sign_as(house, JULIE.email, run_jobs)
    run_jobs()
    ceremony = Ceremony.objects.get(id=ceremony.id)
    assert ceremony.state == CeremonyState.COMPLETED
    shutil.copyfile(existing_blob_path(ceremony.papers.get().current_sha256), tmp_path / "contract.pdf")
    roots = b"".join(root.public_bytes(Encoding.PEM) for root in trust_store().roots())
    (tmp_path / "authority.pem").write_bytes(roots)
    said = []
    for block in _commands():
        done = subprocess.run(["bash", "-euc", block], cwd=tmp_path, capture_output=True, text=True, check=False)
        said.append(done.stdout + done.stderr)
    whole = "\n".join(said)
    assert "Signature is Valid" in whole, whole
    assert "Total document signed" in whole, whole
    assert "CMS Verification successful" in whole, whole
    assert "Verification: OK" in whole, whole
    assert "Time stamp:" in whole, whole
