"""A worker that renews timestamps is killed with -9 at each step: no proof is lost, none renewed twice."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from django.db import connection

from pli.journal.models import Event
from pli.kit.clock import SYSTEM_CLOCK, in_years, paris_day
from pli.kit.ids import new_id
from pli.project.queue import rescue_stalled_jobs
from pli.signing.api import Statement, due_evidence, keep_statement, waiting_renewals
from pli.signing.models import EvidenceRecord, EvidenceRenewal, RenewalBatch
from pli.signing.tasks import renew_timestamps
from pli.trust.api import TrustStore, climb, leaf_of, read_lasting, root_line
from tests.faults.installation import Timestamps
from tests.support.people import make_house
from tests.support.processes import start_pli

PROOFS = 7
PATIENCE = 60.0
_BLOCKED = """
SELECT count(*) FROM pg_stat_activity
 WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE %s
"""


def _until(look: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not look():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@contextmanager
def _held(statement: str, value: object) -> Iterator[None]:
    """Rows locked by somebody else meanwhile."""
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute(statement, [value])
        yield
        other.rollback()


def _blocked(words: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_BLOCKED, [words])
        return bool(cursor.fetchone()[0])


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


class _Workers:
    """One worker after another, each killed."""

    def __init__(self, timestamps: Timestamps) -> None:
        self.port = timestamps.port
        self.running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        # What the former one had begun is put back as the supervisor's sweep does; the hourly run comes too.
        rescue_stalled_jobs(stalled_after=0)
        self.running = start_pli("worker", "--concurrency", "1", PLI_TSA_URL=f"http://127.0.0.1:{self.port}/")

    def kill(self) -> None:
        if self.running is not None:
            self.running.send_signal(signal.SIGKILL)
            self.running.wait(10)
            self.running = None


@pytest.mark.faults
@pytest.mark.django_db(transaction=True)
def test_a_killed_renewal_is_gone_on_with_and_each_proof_renewed_once(tmp_path: Path) -> None:
    house = make_house()
    _statements(house.organisation.id)
    timestamps = Timestamps()
    timestamps.store = TrustStore(tmp_path / "authority")
    timestamps.store.ensure()
    workers = _Workers(timestamps)
    renew_timestamps.defer(timestamp=0)
    try:
        # While the batch is being made.
        with _held("SELECT 1 FROM parties_organisation WHERE id = %s FOR UPDATE", house.organisation.id):
            workers.start()
            _until(lambda: _blocked("%parties_organisation%"))
            workers.kill()
        assert (RenewalBatch.objects.count(), due_evidence().count()) == (0, PROOFS)
        # While its token is being asked for.
        timestamps.asked.clear()
        timestamps.may_answer.clear()
        workers.start()
        assert timestamps.asked.wait(PATIENCE)
        workers.kill()
        timestamps.may_answer.set()
        assert (RenewalBatch.objects.get().stamped_at, waiting_renewals()) == (None, PROOFS)
        # While the token is being kept: the batch has it, the proofs do not know yet, nothing is committed.
        with _held("SELECT 1 FROM signing_evidencerecord WHERE number = %s FOR UPDATE", "ES-KILL-3"):
            workers.start()
            _until(lambda: _blocked("UPDATE%signing_evidencerecord%"))
            workers.kill()
        _until(lambda: not _blocked("UPDATE%signing_evidencerecord%"))
        assert (RenewalBatch.objects.get().stamped_at, waiting_renewals()) == (None, PROOFS)
        # Left alone.
        workers.start()
        _until(lambda: not waiting_renewals())
    finally:
        timestamps.may_answer.set()
        workers.kill()
        timestamps.close()
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
