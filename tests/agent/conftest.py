"""The agent is a programme of its own: its folder is found here as an installed one would be."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pli.trust import devices
from tests.agent.workstation import Workstation
from tests.trust.softhsm import SoftToken, make_token, put_certificate, remove_certificates

sys.path.insert(0, str(Path(__file__).parents[2] / "agent"))


@pytest.fixture(scope="package")
def soft() -> Iterator[SoftToken]:
    """A token with two keys and their certificates."""
    made = make_token()
    put_certificate(made, "ec", "02")
    put_certificate(made, "rsa", "01")
    yield made
    remove_certificates(made)


@pytest.fixture
def workstation(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Workstation:
    """One that is not paired yet; another machine, where nobody is logged in to the token."""
    for known in list(devices._devices.values()):
        known.forget()
    return Workstation(monkeypatch, tmp_path / "agent.json")
