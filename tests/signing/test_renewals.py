"""Proofs get new timestamps before theirs end: once each, whoever runs or is killed; the archive's script follows."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client

from pli.kit.checks import CheckState
from pli.kit.clock import SYSTEM_CLOCK, FrozenClock
from pli.kit.errors import PlugError
from pli.parties.api import Organisation
from pli.project.follow_up import check_renewals
from pli.signing import renewals
from pli.signing.api import due_evidence, overdue_evidence, proof_archive, renew_evidence
from pli.signing.models import EvidenceRecord, EvidenceRenewal, RenewalBatch
from pli.trust.api import TimestampService, climb, grow, leaf_of
from tests.support.archives import run_script, tools, unpacked
from tests.support.authorities import Later, trust_also
from tests.support.ceremonies import JULIE, ask, sign_as
from tests.support.people import make_house
from tests.support.queue import RunJobs
from tests.support.races import at_once

YEAR = timedelta(days=365)


def test_every_leaf_climbs_to_the_root() -> None:
    for count in range(1, 41):
        leaves = [leaf_of(b"text %d" % number) for number in range(count)]
        root, ways = grow(leaves)
        assert all(climb(leaf, way) == root for leaf, way in zip(leaves, ways, strict=True))
        assert climb(leaf_of(b"another text"), ways[-1]) != root
    with pytest.raises(ValueError, match="leaves"):
        grow([])


class Silent:
    """An authority that does not answer."""

    def __call__(self, _: Organisation) -> TimestampService:
        return self

    def timestamp(self, digest: bytes) -> bytes:
        raise PlugError(service="timestamps", reason="délai dépassé")


def _proof(run_jobs: RunJobs, slug: str = "mercier") -> tuple[object, object, EvidenceRecord]:
    house = make_house(slug)
    ceremony = ask(house)
    run_jobs()
    sign_as(house, JULIE.email, run_jobs)
    run_jobs()
    return house, ceremony, EvidenceRecord.objects.get(signer__ceremony=ceremony)


@pytest.mark.django_db
def test_timestamps_are_renewed_in_a_chain_that_the_script_follows(run_jobs: RunJobs, tmp_path: Path) -> None:
    programs = tools(tmp_path / "tools")
    house, ceremony, proof = _proof(run_jobs)
    # Kept for longer than its ten years, so that two authorities end in between.
    EvidenceRecord.objects.update(keep_until=(SYSTEM_CLOCK.now() + 40 * YEAR).date())
    assert proof.proved_until is not None
    assert check_renewals().state is CheckState.OK
    assert renew_evidence() == 0

    first = FrozenClock(proof.proved_until - timedelta(days=90))
    assert due_evidence(first).count() == 1
    # The service is out: the batch stays, and is the same when it answers.
    assert renew_evidence(clock=first, services=Silent()) == 0
    [batch] = RenewalBatch.objects.all()
    assert batch.failure
    assert due_evidence(first).count() == 0
    assert check_renewals().state is CheckState.WARN
    authority = Later(tmp_path / "first", first)
    assert renew_evidence(clock=first, services=authority) == 1
    assert renew_evidence(clock=first, services=authority) == 0
    assert authority.asked == RenewalBatch.objects.count() == 1
    proof.refresh_from_db()
    assert proof.proved_until == authority.store.timestamp_identity().certificate.not_valid_after_utc

    second = FrozenClock(proof.proved_until - timedelta(days=9))
    next_one = Later(tmp_path / "second", second)
    assert renew_evidence(clock=second, services=next_one) == 1
    page = Client().get(f"/verify/{proof.number}").content.decode()
    assert page.count("Horodatage renouvelé") == 2

    folder = unpacked(proof_archive(house.chloe, ceremony.id)[0], tmp_path / "proof")  # type: ignore[attr-defined]
    assert len(list(folder.glob("renouvellements/*.tst"))) == 2
    assert run_script(folder, programs).returncode == 1, "the later authorities are nobody's yet"
    trust_also(folder, authority, next_one)
    said = run_script(folder, programs)
    assert said.returncode == 0, said.stdout + said.stderr
    assert said.stdout.count("vaut jusqu'au") == 2
    _forgeries_are_seen(folder, programs)


def _forgeries_are_seen(folder: Path, programs: Path) -> None:
    texts = sorted(folder.glob("renouvellements/*.txt"))
    ways = sorted(folder.glob("renouvellements/*.tst"))

    def without_digests(copy: Path) -> None:
        (copy / "empreintes.sha256").write_text("")

    def other_text(copy: Path) -> None:
        text = copy / "renouvellements" / texts[0].name
        text.write_text(text.read_text().replace("renewal 1", "renewal 9"))

    def first_left_out(copy: Path) -> None:
        for ending in ("txt", "chemin", "tst"):
            (copy / "renouvellements" / texts[0].with_suffix(f".{ending}").name).unlink()

    def swapped(copy: Path) -> None:
        shutil.copy(ways[1], copy / "renouvellements" / ways[0].name)

    def other_paper(copy: Path) -> None:
        [paper] = copy.glob("documents/*.pdf")
        paper.write_bytes(paper.read_bytes() + b"\n")

    for forge in (other_text, first_left_out, swapped, other_paper):
        copy = folder.with_name(forge.__name__)
        shutil.copytree(folder, copy)
        without_digests(copy)
        forge(copy)
        said = run_script(copy, programs)
        assert said.returncode == 1, forge.__name__
        third = said.stdout.split("3. Horodatages")[1]
        assert "NON" in third, (forge.__name__, said.stdout)


@pytest.mark.django_db(transaction=True)
def test_two_workers_and_a_killed_one_leave_one_token(
    run_jobs: RunJobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, proof = _proof(run_jobs)
    EvidenceRecord.objects.update(keep_until=(SYSTEM_CLOCK.now() + 40 * YEAR).date(), proved_until=None)
    clock = FrozenClock(SYSTEM_CLOCK.now())
    authority = Later(tmp_path / "later", clock)

    # Killed when the token has come and is not kept yet.
    class Killed(BaseException):
        pass

    def dies(*_: object) -> int:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(renewals, "_keep_token", dies)
        with pytest.raises(Killed):
            renew_evidence(clock=clock, services=authority)
    work: list[Callable[[], int]] = [lambda: renew_evidence(clock=clock, services=authority)] * 2
    assert sorted(at_once(*work)) == [0, 1]
    assert RenewalBatch.objects.count() == EvidenceRenewal.objects.count() == 1
    # Two that begin at once make one batch.
    EvidenceRecord.objects.update(proved_until=clock.now() + timedelta(days=1))
    assert sorted(at_once(*work)) == [0, 1]
    assert list(EvidenceRenewal.objects.order_by("number").values_list("number", flat=True)) == [1, 2]
    _waits_for_a_better_certificate(proof, tmp_path)


def _waits_for_a_better_certificate(proof: EvidenceRecord, folder: Path) -> None:
    """An authority whose own certificate ends next week adds nothing: the batch waits, and the doctor tells."""
    proof.refresh_from_db()
    end: datetime | None = proof.proved_until
    assert end is not None
    late = FrozenClock(end - timedelta(days=7))
    old = Later(folder / "later", late)
    assert renew_evidence(clock=late, services=old) == 0
    assert RenewalBatch.objects.get(stamped_at=None).failure == "authority_ends_soon"
    assert overdue_evidence(FrozenClock(end + timedelta(days=1))).count() == 1
