"""The public form: whoever has the address may sign, nobody is bombed with mail, and nothing is told of an address."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client

from pli.billing.api import NothingLeft
from pli.documents.api import best_rendition, existing_blob_path
from pli.kit.clock import SYSTEM_CLOCK, FrozenClock, paris_day
from pli.kit.transitions import UnableToMove
from pli.notifications.api import local_outbox
from pli.parties.api import Account, Member
from pli.signing.api import (
    SENDING,
    Applicant,
    Ceremony,
    CeremonyState,
    FieldRequest,
    FormBusy,
    FormRefused,
    FormUnknown,
    FormVisit,
    PublicForm,
    SignerRequest,
    SigningTemplate,
    TemplateContent,
    TemplateRefused,
    close_form,
    content_of,
    count_made,
    open_form,
    save_template,
    set_archived,
    submit_form,
)
from tests.support.ceremonies import file_contract
from tests.support.people import House, make_house
from tests.support.queue import RunJobs

pytestmark = pytest.mark.django_db
MAX = Applicant("Max Visiteur", "max@visiteur.example", values={"Ville": "Lyon"})
ROLE = SignerRequest("Adhérent", "", side="right", fields=(FieldRequest("TEXT", "Ville"),))


@pytest.fixture
def house() -> House:
    return make_house()


def _template(house: House, *others: SignerRequest, name: str = "Adhésion") -> SigningTemplate:
    return save_template(house.chloe, name, TemplateContent((ROLE, *others), (file_contract(house).id,)))


def _send(form: PublicForm, email: str = MAX.email, *, ip: str = "", clock: object = SYSTEM_CLOCK) -> None:
    submit_form(form.token, replace(MAX, email=email), once=uuid4(), ip=ip, clock=clock)  # type: ignore[arg-type]


def test_a_visitor_signs_and_the_sender_sees_it(house: House, run_jobs: RunJobs) -> None:
    template = _template(house)
    visitor, chloe = Client(), Client()
    chloe.force_login(Account.objects.get(id=house.chloe.account_id))
    page = f"/office/signatures/templates/{template.id}/"
    assert "Ouvrir le formulaire" in chloe.get(page).content.decode()
    chloe.post(page + "form/open", {"most": "x"})
    assert not PublicForm.objects.exists()
    chloe.post(page + "form/open", {"most": "5", "last_day": ""})
    form = PublicForm.objects.get()
    shown = chloe.get(page).content.decode()
    assert f"/form/{form.token}" in shown and "Fermer le formulaire" in shown
    address = f"/form/{form.token}"
    first = visitor.get(address)
    assert first.status_code == 200 and "Contrat d’entretien" not in first.content.decode()
    typed = {"name": "Max Visiteur", "email": "max@visiteur.example", "field-0": "Lyon", "once": first.context["once"]}
    for wrong in (
        {"name": ""},
        {"name": "Voir http://x.example"},
        {"name": "x" * 81},
        {"email": "max"},
        {"field-0": ""},
    ):
        refused = visitor.post(address, typed | wrong)
        assert refused.status_code == 422 and not Ceremony.objects.exists()
    for _ in range(3):  # a double click, and the page sent again
        answer = visitor.post(address, typed)
        assert (answer.status_code, answer["Location"]) == (302, address + "/sent")
    assert "Regardez vos e-mails" in visitor.get(address + "/sent").content.decode()
    ceremony = Ceremony.objects.get()
    signer = ceremony.signers.get()
    assert (signer.name, signer.origin, signer.fields.get(kind="TEXT").value) == ("Max Visiteur", "form", "Lyon")
    assert (ceremony.created_by, count_made(form)) == (house.chloe.reference, 1)
    run_jobs()
    assert sum(one.to == "max@visiteur.example" for one in local_outbox(house.alice)) == 1
    assert ceremony.title in chloe.get("/office/signatures/").content.decode()
    chloe.post(page + "form/close")
    assert visitor.get(address).status_code == visitor.post(address, typed).status_code == 404
    assert "Regardez vos e-mails" in visitor.get(address + "/sent").content.decode()
    with pytest.raises(UnableToMove):
        close_form(house.chloe, template.id)


def test_nobody_is_written_to_too_often_and_nothing_is_told_of_it(house: House) -> None:
    clock = FrozenClock(datetime(2026, 11, 23, 9, tzinfo=UTC))
    form = open_form(house.chloe, _template(house).id, clock=clock)
    _send(form, clock=clock)
    _send(form, "MAX@visiteur.example", clock=clock)  # one request of this form is open already
    assert Ceremony.objects.count() == 1
    for _ in range(4):
        Ceremony.objects.update(state=CeremonyState.WITHDRAWN)
        _send(form, clock=clock)
    assert Ceremony.objects.count() == 3  # three mails a day
    Ceremony.objects.update(state=CeremonyState.WITHDRAWN)
    other = open_form(house.chloe, _template(house, name="Autre").id, clock=clock)
    _send(other, clock=clock)
    assert Ceremony.objects.count() == 3  # by all forms together
    _send(other, clock=FrozenClock(clock.now() + timedelta(days=1, minutes=1)))
    assert Ceremony.objects.count() == 4
    Ceremony.objects.update(state=CeremonyState.IN_PROGRESS)
    later = FrozenClock(clock.now() + timedelta(days=3))
    for _ in range(10):
        _send(form, ip="192.0.2.7", clock=later)
    with pytest.raises(FormBusy):
        _send(form, ip="192.0.2.7", clock=later)
    _send(form, ip="192.0.2.8", clock=later)
    _send(form, ip="192.0.2.9", clock=FrozenClock(later.now() + timedelta(days=2)))
    assert set(FormVisit.objects.exclude(ip="").values_list("ip", flat=True)) == {"192.0.2.9"}


def test_a_form_closes_by_itself_and_is_only_opened_where_it_can_serve(house: House) -> None:
    today = paris_day(SYSTEM_CLOCK.now())
    template = _template(house)
    for limits in ({"last_day": today - timedelta(days=1)}, {"most": 0}):
        with pytest.raises(TemplateRefused):
            open_form(house.chloe, template.id, **limits)  # type: ignore[arg-type]
    with pytest.raises(TemplateRefused):
        open_form(house.chloe, _template(house, SignerRequest("Témoin", ""), name="À deux").id)
    form = open_form(house.chloe, template.id, last_day=today, most=2)
    with pytest.raises(TemplateRefused):
        open_form(house.bruno, template.id)
    with pytest.raises(FormUnknown):
        _send(form, clock=FrozenClock(SYSTEM_CLOCK.now() + timedelta(days=2)))
    for unfit in (replace(MAX, values={"Ville": "x" * 300}), replace(MAX, name="a\x00b"), replace(MAX, email="")):
        with pytest.raises(FormRefused):
            submit_form(form.token, unfit, once=uuid4())
    Member.objects.filter(id=house.chloe.member_id).update(is_active=False)
    with pytest.raises(FormUnknown):
        _send(form)
    Member.objects.filter(id=house.chloe.member_id).update(is_active=True)
    set_archived(house.chloe, template.id, is_archived=True)
    with pytest.raises(FormUnknown):
        _send(form)
    set_archived(house.chloe, template.id, is_archived=False)
    _send(form, "a@visiteur.example")
    _send(form, "b@visiteur.example")
    with pytest.raises(FormUnknown):
        _send(form, "c@visiteur.example")
    with pytest.raises(FormUnknown):
        submit_form("x" * 43, MAX, once=uuid4())
    assert Ceremony.objects.count() == 2


@pytest.mark.parametrize("cause", ["credit", "document"])
def test_a_form_that_can_take_nothing_says_so_to_both_sides(house: House, run_jobs: RunJobs, cause: str) -> None:
    """Without credit before anything is typed; with a document that cannot be signed when it is sent. Told once."""
    template = _template(house)
    form, visitor, chloe = open_form(house.chloe, template.id), Client(), Client()
    chloe.force_login(Account.objects.get(id=house.chloe.account_id))
    address, page = f"/form/{form.token}", f"/office/signatures/templates/{template.id}/"
    typed = {"name": "Max", "email": "max@visiteur.example", "field-0": "Lyon"}
    blob = existing_blob_path(best_rendition(content_of(template).document_ids[0]).blob_id)
    whole = blob.read_bytes()

    def refuse(organisation_id: object) -> None:
        raise NothingLeft

    def told() -> list[str]:
        run_jobs()
        return [one.text for one in local_outbox(house.alice) if one.to == "chloe@mercier.example"]

    if cause == "credit":
        SENDING.guard("emptied", refuse)
    else:
        blob.chmod(0o600)
        blob.write_bytes(b"not a PDF any more")
    try:
        for language, words in (("fr", "ne peut pas prendre de demande"), ("en", "can take no request")):
            first = visitor.get(address, headers={"accept-language": language})
            assert first.status_code == (503 if cause == "credit" else 200)
            answer = visitor.post(address, typed, headers={"accept-language": language})
            assert answer.status_code == 503 and words in answer.content.decode()
            assert "BIL" not in answer.content.decode() and "prépayé" not in answer.content.decode()
        assert "Lyon" in answer.content.decode()  # what was typed is still there
        assert not FormVisit.objects.exists() and not Ceremony.objects.exists()
        assert len(told()) == 1 and "Adhésion" in told()[0] and page in told()[0]
        shown = chloe.get(page).content.decode()
        assert "Ce formulaire ne prend pas de demande en ce moment" in shown and "Quelqu’un est venu" in shown
        assert ("prépayé" in told()[0]) == ("prépayé" in shown) == (cause == "credit")
    finally:
        SENDING.guard("emptied", lambda organisation_id: None)
        if cause == "document":
            blob.write_bytes(whole)
    assert ("en ce moment" in chloe.get(page).content.decode()) == (cause == "document")  # nobody has tried since
    assert visitor.post(address, typed).status_code == 302
    assert "en ce moment" not in chloe.get(page).content.decode()
    form.refresh_from_db()
    assert (form.paused_at, form.told, len(told()), count_made(form)) == (None, {}, 1, 1)
