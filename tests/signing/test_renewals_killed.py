"""A worker that renews timestamps is killed with -9 at each step: no proof is lost, none renewed twice."""

from __future__ import annotations

import hashlib
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from pli.journal.models import Event
from pli.kit.clock import SYSTEM_CLOCK, in_years, paris_day
from pli.kit.ids import new_id
from pli.signing.api import Statement, due_evidence, keep_statement, waiting_renewals
from pli.signing.models import EvidenceRecord, EvidenceRenewal, RenewalBatch
from pli.signing.tasks import renew_timestamps
from pli.trust.api import TrustStore, climb, leaf_of, read_lasting, root_line
from tests.faults.installation import Timestamps
from tests.support.people import make_house
from tests.support.workers import Workers, held, is_blocked, until

PROOFS = 7


def _statements(organisation_id: UUID) -> None:
    now = SYSTEM_CLOCK.now()
    for number in range(PROOFS):
        digest = hashlib.sha256(b"%d" % number).hexdigest()
        statement = Statement(
            organisation_id, f"ES-KILL-{number}", ("mail", new_id()), digest, digest, (digest,), now,
            in_years(paris_day(now), 10),
        )  # fmt: skip
        keep_statement(statement)
    EvidenceRecord.objects.update(proved_until=now + timedelta(days=9))


@pytest.mark.faults
@pytest.mark.django_db(transaction=True)
def test_a_killed_renewal_is_gone_on_with_and_each_proof_renewed_once(tmp_path: Path) -> None:
    house = make_house()
    _statements(house.organisation.id)
    timestamps = Timestamps()
    timestamps.store = TrustStore(tmp_path / "authority")
    timestamps.store.ensure()
    renew_timestamps.defer(timestamp=0)
    with closing(timestamps), Workers(PLI_TSA_URL=f"http://127.0.0.1:{timestamps.port}/") as workers:
        # While its token is being asked for.
        timestamps.asked.clear()
        timestamps.may_answer.clear()
        workers.start()
        # Another job of the worker may ask for a timestamp first: it gets it after a while.
        until(lambda: timestamps.asked.is_set() and RenewalBatch.objects.exists())
        workers.kill()
        timestamps.may_answer.set()
        assert (RenewalBatch.objects.get().stamped_at, waiting_renewals()) == (None, PROOFS)
        # While the token is being kept: the batch has it, the proofs do not know yet, nothing is committed.
        with held("SELECT 1 FROM signing_evidencerecord WHERE number = %s FOR UPDATE", "ES-KILL-3"):
            workers.start()
            until(lambda: is_blocked("UPDATE%signing_evidencerecord%"))
            workers.kill()
        until(lambda: not is_blocked("UPDATE%signing_evidencerecord%"))
        assert (RenewalBatch.objects.get().stamped_at, waiting_renewals()) == (None, PROOFS)
        # Left alone.
        workers.start()
        until(lambda: not waiting_renewals())
    _renewed_once()


def _renewed_once() -> None:
    batch = RenewalBatch.objects.get()
    lasting = read_lasting(bytes(batch.token), hashlib.sha256(root_line(batch.root)).digest())
    assert due_evidence().count() == 0
    assert set(EvidenceRecord.objects.values_list("proved_until", flat=True)) == {lasting.holds_until}
    renewals = list(EvidenceRenewal.objects.all())
    assert [one.number for one in renewals] == [1] * PROOFS
    for one in renewals:
        assert climb(leaf_of(one.text.encode()), one.way) == batch.root
    told = Event.objects.filter(name="signing.evidence-renewed").values_list("data__number", flat=True)
    assert sorted(told) == [f"ES-KILL-{number}" for number in range(PROOFS)]
