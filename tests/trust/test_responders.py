"""B-LT with a key of an authority that answers by OCSP: asked where the certificate says, judged, else its list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from pli.kit.clock import FrozenClock
from pli.trust.api import FetchedRevocations, TrustStore, UnableToSeal, check_lasting, seal_revision, verify_pdf
from pli.trust.identity import SealIdentity
from tests.trust.pki import DAY, Authority, running_authority
from tests.trust.specimens import SealMaker, pdfsig


@pytest.fixture(scope="module")
def running() -> Iterator[Authority]:
    with running_authority() as made:
        yield made


@pytest.fixture
def authority(running: Authority, store: TrustStore) -> Authority:
    """As it should be, and nothing kept of what it said before."""
    running.answers = running.lists = running.issuers = "good"
    running.asked.clear()
    _forget(store)
    return running


def _forget(store: TrustStore) -> None:
    for kept in (store.folder / "crls").glob("*.der"):
        kept.unlink()


def _person(authority: Authority, **named: bool) -> SealIdentity:
    """Only the certificate, as most devices hold it: its issuers are fetched."""
    key = ec.generate_private_key(ec.SECP256R1())
    return SealIdentity(authority.person("Claire Durand", key, **named), (), key)


@pytest.mark.parametrize("level", ["B-LT", "B-LTA"])
def test_the_answer_is_in_the_file_and_judged(
    contract: Path, request_for: SealMaker, store: TrustStore, authority: Authority, level: str
) -> None:
    source, person = FetchedRevocations(store, allow_private=True), _person(authority)
    target = contract.with_name("signed.pdf")
    seal_revision(contract, target, request_for(identity=person, level=level, revocation=source))
    # The root's list for the intermediate, the responder for the person, their own list for nobody.
    assert authority.asked.count("/ocsp") == 1
    assert "/people.crl" not in authority.asked
    assert {"/root.crl", "/people.cer", "/root.cer"} <= set(authority.asked)
    verdict = verify_pdf(target, roots=(*store.roots(), authority.root))
    assert (verdict.verdict, verdict.signatures[0].level) == ("TOTAL_PASSED", level)
    assert "Signature is Valid." in pdfsig(target)
    asked = len(authority.asked)
    check_lasting(person, source)
    assert len(authority.asked) == asked, "what is fresh is not asked again"
    later = FetchedRevocations(store, allow_private=True, clock=FrozenClock(authority.now + 2 * DAY))
    assert later.ocsp_for(person.certificate, authority.certificate) == b""


@pytest.mark.parametrize("answers", ["unknown", "later", "garbage", "impostor", "undelegated", "old", "broken", "slow"])
def test_an_answer_that_is_none_and_then_the_list(store: TrustStore, authority: Authority, answers: str) -> None:
    authority.answers = answers
    source = FetchedRevocations(store, allow_private=True)
    if answers == "slow":
        source._small = replace(source._small, timeout=0.2, deadline=0.3)
    person = _person(authority)
    check_lasting(person, source)
    assert authority.asked.count("/people.crl") == 1
    authority.lists = "none"
    _forget(store)
    with pytest.raises(UnableToSeal, match="ni le répondeur OCSP") as refused:
        check_lasting(person, source)
    assert not refused.value.permanent
    assert "127.0.0.1" in str(refused.value.details["reason"])
    assert "Claire Durand" in str(refused.value.details["reason"])


def test_what_is_revoked_or_says_nothing_of_itself(store: TrustStore, authority: Authority) -> None:
    source = FetchedRevocations(store, allow_private=True)
    for named, expected in (
        ({"has_responder": False, "has_list": False}, "ne dit pas où demander"),
        ({"has_responder": False}, "la liste de révocation"),
        ({"has_list": False}, "il n’y a pas de liste"),
    ):
        authority.answers = authority.lists = "none"
        with pytest.raises(UnableToSeal, match=expected) as missing:
            check_lasting(_person(authority, **named), source)
        assert missing.value.permanent == (len(named) == 2)
    authority.answers = "revoked"
    with pytest.raises(UnableToSeal, match="est révoqué") as revoked:
        check_lasting(_person(authority), source)
    assert revoked.value.permanent
    authority.answers, authority.issuers = "good", "none"
    _forget(store)
    with pytest.raises(UnableToSeal, match="il manque l’émetteur de « Claire Durand »") as lost:
        check_lasting(_person(authority), source)
    assert not lost.value.permanent


def test_no_inner_address_is_asked(store: TrustStore, authority: Authority) -> None:
    person = _person(authority)
    guarded = FetchedRevocations(store)
    assert guarded.ocsp_for(person.certificate, authority.certificate) == b""
    assert guarded.issuer_of(person.certificate) is None
    assert authority.asked == []
