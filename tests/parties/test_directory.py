"""Clients, employees and suppliers: what may be saved, who sees them, what the journal keeps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from pli.journal.api import Event
from pli.kit.clock import FrozenClock, paris_day
from pli.kit.errors import NotAllowed, NotFound
from pli.parties import api
from pli.parties.api import Consent, Organisation, PartyKind, PortalActor, Role, StaffActor, UnableToSave
from pli.parties.problems import Problem, problem_codes, restore_problem

pytestmark = pytest.mark.django_db
DUPONT = {
    "code": "C001",
    "name": "Dupont  et Fils",
    "siret": "732 829 320 00074",
    "vat_number": "FR 44 732829320",
    "email": "contact@Dupont.example",
    "mobile": "06 12 34 56 78",
    "line_1": "12 rue des Lilas",
    "postcode": "1000",
    "city": "Bourg-en-Bresse",
}


SIX_IBANS = ("FR7630006000011234567890189", "FR1420041010050500013M02606", "BE68539007547034", "DE89370400440532013000",
             "ES9121000418450200051332", "NL91ABNA0417164300")  # fmt: skip


def create(actor: StaffActor, **values: str) -> api.Party:
    return api.create_party(actor=actor, kind=PartyKind.CLIENT, values={**DUPONT, **values})


def problems(values: dict[str, str], actor: StaffActor) -> dict[str, str]:
    with pytest.raises(UnableToSave) as refusal:
        create(actor, **values)
    return {problem.field: problem.code for problem in refusal.value.problems}


def test_a_client_is_kept_clean(alice: StaffActor) -> None:
    party = create(alice)
    party.refresh_from_db()
    assert party.name == "Dupont et Fils"
    assert (party.siren, party.siret) == ("732829320", "73282932000074")
    assert party.vat_number == "FR44732829320"
    assert party.email == "contact@dupont.example"
    assert party.mobile == "+33612345678"
    address = api.get_main_address(party)
    assert address is not None
    assert api.block_of(party.name, address).lines == ("DUPONT ET FILS", "12 RUE DES LILAS", "01000 BOURG-EN-BRESSE")


def test_bank_accounts_are_kept_without_spaces_and_once(alice: StaffActor) -> None:
    typed = "fr76 3000 6000 0112 3456 7890 189 ; BE68 5390 0754 7034, FR7630006000011234567890189"
    party = create(alice, ibans=typed)
    party.refresh_from_db()
    assert party.ibans == "FR7630006000011234567890189, BE68539007547034"
    assert party.bank_accounts == ("FR7630006000011234567890189", "BE68539007547034")
    assert create(alice, code="C2", ibans="").bank_accounts == ()


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"code": ""}, {"code": "required"}),
        ({"name": " "}, {"name": "required"}),
        ({"siret": "", "siren": "732829321"}, {"siren": "siren"}),
        ({"siret": "73282932000075"}, {"siret": "siret"}),
        ({"siret": "３２８２９３２０００７４"}, {"siret": "siret"}),
        ({"siren": "404833048"}, {"siret": "siret_of_other_siren"}),
        ({"vat_number": "FR00732829320"}, {"vat_number": "vat_number"}),
        ({"ibans": "FR76 3000 6000 0112 3456 7890 180"}, {"ibans": "iban"}),
        ({"ibans": "FR1420041010050500013M02606, XX12"}, {"ibans": "iban"}),
        ({"ibans": ",".join(f"{iban}" for iban in SIX_IBANS)}, {"ibans": "too_many_ibans"}),
        ({"email": "pas une adresse"}, {"email": "email"}),
        ({"email_invoices": "a@b.example\nBcc: x@y.example"}, {"email_invoices": "email"}),
        ({"mobile": "01 42 68 53 00"}, {"mobile": "not_mobile"}),
        ({"mobile": "06 12"}, {"mobile": "mobile"}),
        ({"language": "klingon"}, {"language": "language"}),
        ({"name": "nul\x00dedans"}, {"name": "unreadable"}),
        ({"name": "x" * 201}, {"name": "too_long"}),
        ({"city": ""}, {"city": "city_missing"}),
        ({"postcode": "ABC"}, {"postcode": "postcode"}),
        ({"country": "Atlantide"}, {"country": "country"}),
    ],
)
def test_what_is_wrong_is_said_on_its_field(alice: StaffActor, values: dict[str, str], wrong: dict[str, str]) -> None:
    assert problems(values, alice) == wrong
    assert not api.Party.objects.exists()


@pytest.mark.parametrize("siret", ["35600000000048", "35600000049837", "35600000009075"])
def test_la_poste_has_its_own_sum(alice: StaffActor, siret: str) -> None:
    digits = sum(map(int, siret))
    if siret != "35600000000048" and digits % 5:
        assert problems({"siret": siret, "vat_number": ""}, alice) == {"siret": "siret"}
    else:
        assert create(alice, siret=siret, vat_number="").siren == "356000000"


def test_foreign_numbers_and_places(alice: StaffActor) -> None:
    party = create(
        alice, siret="", vat_number="BE0428759497", mobile="+32 470 12 34 56", postcode="B-1000", city="Bruxelles",
        country="Belgique",
    )  # fmt: skip
    address = api.get_main_address(party)
    assert address is not None
    assert address.country == "BE"
    assert api.block_of("X", address).lines[-1] == "BELGIQUE"
    assert api.readable_mobile(party.mobile) == "00 32 470 12 34 56"


def test_long_lines_are_a_warning_not_a_refusal(alice: StaffActor) -> None:
    party = create(alice, line_1="a" * 39, line_2="b", line_3="c", line_4="d")
    address = api.get_main_address(party)
    assert address is not None
    assert [w.code for w in api.block_of(party.name, address).warnings] == ["line_too_long"]
    assert len(api.block_of("Service achats", address).lines) == 6


def test_a_code_serves_once_a_kind(alice: StaffActor, bob: StaffActor) -> None:
    create(alice)
    assert problems({}, alice) == {"code": "code_taken"}
    assert create(bob)
    assert api.create_party(actor=alice, kind=PartyKind.SUPPLIER, values=DUPONT)


def test_two_organisations_are_apart(alice: StaffActor, bob: StaffActor) -> None:
    party = create(alice)
    contact = api.add_contact(actor=alice, party_id=party.id, values={"name": "Julie"})
    access = api.open_portal_access(actor=alice, party_id=party.id, name="Julie", email="j@d.example")
    attempts: list[Callable[[], object]] = [
        lambda: api.get_party(bob, party.id),
        lambda: api.update_party(actor=bob, party_id=party.id, values={"name": "volé"}),
        lambda: api.deactivate_party(actor=bob, party_id=party.id),
        lambda: api.set_consent(actor=bob, party_id=party.id, consent=Consent.ACCEPTED),
        lambda: api.add_contact(actor=bob, party_id=party.id, values={"name": "x"}),
        lambda: api.update_contact(actor=bob, contact_id=contact.id, values={"name": "x"}),
        lambda: api.deactivate_contact(actor=bob, contact_id=contact.id),
        lambda: api.list_contacts(bob, party.id),
        lambda: api.list_accesses(bob, party.id),
        lambda: api.open_portal_access(actor=bob, party_id=party.id, name="x"),
        lambda: api.close_portal_access(actor=bob, access_id=access.activation.access_id),
        lambda: api.resend_activation(actor=bob, access_id=access.activation.access_id),
    ]
    for attempt in attempts:
        with pytest.raises(NotFound):
            attempt()
    assert api.list_parties(bob).items == ()
    party.refresh_from_db()
    assert party.name == "Dupont et Fils"


def test_an_auditor_reads_and_changes_nothing(
    alice: StaffActor, atelier: Organisation, staff: Callable[..., StaffActor]
) -> None:
    party, auditor = create(alice), staff(atelier, Role.AUDITOR)
    assert api.get_party(auditor, party.id) == party
    for attempt in (
        lambda: create(auditor, code="C2"),
        lambda: api.update_party(actor=auditor, party_id=party.id, values={"name": "x"}),
        lambda: api.set_consent(actor=auditor, party_id=party.id, consent=Consent.ACCEPTED),
        lambda: api.open_portal_access(actor=auditor, party_id=party.id, name="x"),
    ):
        with pytest.raises(NotAllowed):
            attempt()


def test_a_visitor_sees_their_own_record_and_no_list(alice: StaffActor) -> None:
    mine, other = create(alice), create(alice, code="C2")
    visitor = PortalActor(alice.organisation_id, alice.account_id, frozenset({mine.id}))
    assert api.get_party(visitor, mine.id) == mine
    with pytest.raises(NotFound):
        api.get_party(visitor, other.id)
    with pytest.raises(NotFound):
        api.list_parties(visitor)
    with pytest.raises(NotAllowed):
        api.update_party(actor=visitor, party_id=mine.id, values={"name": "x"})


def test_an_update_tells_old_and_new_beside_the_chain(alice: StaffActor) -> None:
    party = create(alice)
    api.update_party(actor=alice, party_id=party.id, values={"email": "neuf@dupont.example"})
    event = Event.objects.get(name="parties.party-updated")
    assert event.data == {"changed": ["email"]}
    assert event.personal == {"before": {"email": "contact@dupont.example"}, "after": {"email": "neuf@dupont.example"}}
    api.update_party(actor=alice, party_id=party.id, values={"email": "neuf@dupont.example"})
    assert Event.objects.filter(name="parties.party-updated").count() == 1


def test_an_old_defect_does_not_forbid_a_new_right_value(alice: StaffActor) -> None:
    party = create(alice)
    api.Party.objects.filter(id=party.id).update(mobile="nimporte")
    assert api.update_party(actor=alice, party_id=party.id, values={"name": "Dupont SA"}).name == "Dupont SA"


def test_consent_keeps_its_day_in_paris(alice: StaffActor, clock: FrozenClock) -> None:
    party = create(alice)
    told = api.set_consent(
        actor=alice, party_id=party.id, consent=Consent.ACCEPTED, stated_on=date(2026, 3, 29), clock=clock
    )
    assert told.consent_at is not None
    assert paris_day(told.consent_at) == date(2026, 3, 29)
    event = Event.objects.get(name="parties.consent-changed")
    assert event.data == {"before": "UNKNOWN", "after": "ACCEPTED", "stated_on": "2026-03-29"}
    with pytest.raises(UnableToSave):
        api.set_consent(
            actor=alice, party_id=party.id, consent=Consent.REFUSED, stated_on=date(2027, 1, 1), clock=clock
        )


def test_a_search_forgets_accents_and_order(alice: StaffActor) -> None:
    create(alice, code="H1", name="Élan Hélène")
    create(alice, code="H2", name="Autre")
    found = api.list_parties(alice, q="helene ELAN")
    assert [party.code for party in found.items] == ["H1"]
    assert [party.code for party in api.list_parties(alice, q="h2\x00").items] == ["H2"]
    assert api.list_parties(alice, q="100%_").items == ()


@pytest.mark.parametrize("sort", ["name", "-name", "code", "-updated", "nonsense"])
def test_pages_by_key_show_everybody_once(alice: StaffActor, sort: str) -> None:
    for n in range(7):
        create(alice, code=f"P{n}", name="Pareil" if n < 4 else f"Nom {n}")
    seen, key = [], ""
    while True:
        page = api.list_parties(alice, sort=sort, after=key, limit=2)
        seen += [party.code for party in page.items]
        key = page.next_key
        if not key:
            break
    assert sorted(seen) == [f"P{n}" for n in range(7)]
    assert api.list_parties(alice, sort=sort, after="charabia").items


def test_every_problem_has_its_words() -> None:
    details = {"value": "v", "limit": "1", "siren": "s", "line": "2"}
    for code in problem_codes():
        problem = restore_problem(Problem("name", code, details).stored())
        assert problem.reason and problem.cure and "%(" not in problem.reason + problem.cure
