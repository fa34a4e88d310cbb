"""The ceremony under everything that may happen to it (see ``machine.py``)."""

from __future__ import annotations

import logging

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.signing.machine import CeremonyMachine
from tests.signing.machine_keys import OwnKeyMachine
from tests.support.ceremonies import file_contract
from tests.support.people import make_house
from tests.support.queue import RunJobs

# Enough to find an order that breaks; the nightly run may ask for more with HYPOTHESIS_PROFILE.
THOROUGH = settings(
    max_examples=8,
    stateful_step_count=18,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],  # the steps found are few; making them fewer takes minutes
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.django_db
@pytest.mark.parametrize("rules", [CeremonyMachine, OwnKeyMachine])
def test_a_ceremony_survives_any_order_of_events(
    rules: type[CeremonyMachine], run_jobs: RunJobs, caplog: pytest.LogCaptureFixture
) -> None:
    house = make_house()

    class Machine(rules):  # type: ignore[misc, valid-type]
        pass

    Machine.house = house
    Machine.papers = [file_contract(house)]
    Machine.run_jobs = staticmethod(run_jobs)
    with caplog.at_level(logging.DEBUG):
        run_state_machine_as_test(Machine, settings=THOROUGH)
    assert "/s/" not in caplog.text
