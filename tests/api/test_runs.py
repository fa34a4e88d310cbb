"""A run by the API: cancelled, and its rest resumed."""

from __future__ import annotations

from tests.api.conftest import Api
from tests.support.people import House
from tests.support.queue import RunJobs
from tests.support.runs import make_recipe, start_invoices


def test_the_rest_of_a_cancelled_run_is_resumed(chloe: Api, alice: Api, house: House, run_jobs: RunJobs) -> None:
    run = start_invoices(house.chloe, make_recipe(house, needs_party=True))
    run_jobs()
    place = f"/runs/{run.id}"
    first = chloe.get(f"{place}/pieces").json()["items"][0]
    chloe.post(f"/pieces/{first['id']}/complete", {"party_id": str(house.dupont.id)})
    run_jobs()
    assert chloe.post(f"{place}/resume").json()["code"] == "PLI-409"
    assert chloe.post(f"{place}/cancel").json()["pieces"]["CANCELLED"] == 2
    resumed = alice.post(f"{place}/resume").json()
    assert (resumed["state"], resumed["pieces"]["DONE"], resumed["pieces"]["WAITING"]) == ("MAKING", 1, 2)
    assert chloe.post(f"{place}/resume").status_code == 409
    run_jobs()
    shown = chloe.get(place).json()
    assert (shown["state"], shown["pieces"]["DONE"], shown["pieces"]["TO_INDEX"]) == ("DONE", 1, 2)
    assert len(chloe.get("/documents").json()["items"]) == 1
