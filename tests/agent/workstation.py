"""The agent as a person runs it, and how it is paired."""

from __future__ import annotations

from pathlib import Path

import pytest

from pli.signing.api import open_pairing
from tests.support.people import House
from tests.trust.softhsm import SoftToken


class Workstation:
    """The agent as a person runs it: answers to its questions are given beforehand."""

    def __init__(self, patch: pytest.MonkeyPatch, file: Path) -> None:
        from pli_agent import __main__ as agent

        patch.setattr(agent, "_FILE", file)
        patch.setattr("builtins.input", lambda _: self.answer)
        patch.setattr("getpass.getpass", lambda _: self.pin)
        self.file, self.answer, self.pin, self._main = file, "o", "", agent.main

    def __call__(self, *arguments: str) -> int:
        return self._main(list(arguments))


def paired(workstation: Workstation, soft: SoftToken, house: House, url: str, key_id: str) -> None:
    """Chloé pairs it with one of the token's keys."""
    code = open_pairing(house.chloe)
    where = ("--server", url, "--module", str(soft.module), "--token", soft.token, "--key-id", key_id)
    assert workstation("pair", "--code", code.lower(), *where) == 0
    # The code serves once.
    assert workstation("pair", "--code", code, *where) == 1
    workstation.pin = soft.pin
