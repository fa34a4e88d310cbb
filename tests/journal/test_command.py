"""``pli journal``: an export made from a real installation's data is verified by the same command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pli.journal.api import inclusion_proof
from pli.parties.api import Organisation
from pli.project.cli import main
from pli.project.timestamps import trusted_roots
from tests.journal.papers import record_papers


@pytest.mark.django_db
def test_export_then_verify_with_the_installations_own_authority(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    organisation = Organisation.objects.create(slug="atelier", name="Atelier Mercier")
    event = record_papers(organisation.id, 12)[0]
    folder = tmp_path / "export"
    assert main(["journal", "export", str(folder)]) == 0
    assert main(["journal", "export", str(folder)]) == 1
    capsys.readouterr()
    assert main(["journal", "verify", str(folder), "--json"]) == 0
    verdict = json.loads(capsys.readouterr().out)
    assert (verdict["verdict"], verdict["events"], verdict["anchored_events"]) == ("TOTAL_PASSED", 12, 12)
    (tmp_path / "proof.json").write_text(json.dumps(inclusion_proof(event.id)))
    (tmp_path / "roots.pem").write_bytes(trusted_roots())
    assert main(["journal", "verify", str(tmp_path / "proof.json"), "--roots", str(tmp_path / "roots.pem")]) == 0
    events = folder / "events.jsonl"
    events.write_bytes(events.read_bytes().replace(b'"pages":3', b'"pages":4'))
    assert main(["journal", "verify", str(folder)]) == 1


@pytest.mark.django_db
def test_with_several_organisations_one_is_named(tmp_path: Path) -> None:
    for slug in ("atelier", "boulangerie"):
        Organisation.objects.create(slug=slug, name=slug)
    assert main(["journal", "export", str(tmp_path / "a")]) == 1
    assert main(["journal", "export", str(tmp_path / "a"), "--organisation", "atelier"]) == 0
