"""``pli capture``: what it says of a file that came before."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from pli.capture.api import Capture
from pli.project.commands import capture as command
from tests.pdf.samples import simple_contract
from tests.support.people import make_house

pytestmark = pytest.mark.django_db


def test_a_file_that_came_before_is_told_and_not_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make_house()
    # The test has its database, and its Django, already.
    monkeypatch.setattr(command, "use_running_database", lambda _config: None)
    monkeypatch.setattr(command, "start_django", lambda: None)
    file = tmp_path / "lot.pdf"
    file.write_bytes(simple_contract(1))
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    said = []
    for kind in ("invoice", "quote"):
        command.run(parser.parse_args([str(file), "--kind", kind, "--json"]))
        said += json.loads(capsys.readouterr().out)
    assert [row["again"] for row in said] == [False, True]
    assert Capture.objects.get().wishes["kind"] == "invoice"
    command.run(parser.parse_args([str(file), "--kind", "quote"]))
    assert "Déjà reçu" in capsys.readouterr().out
