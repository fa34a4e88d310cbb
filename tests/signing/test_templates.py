"""Templates: what is placed once serves each time, and what is under way never changes with it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pli.api.api import issue_token
from pli.kit.errors import NotAllowed, NotFound
from pli.parties.api import Account
from pli.signing.api import (
    BON_POUR_ACCORD,
    Ceremony,
    FieldRequest,
    Place,
    RolePerson,
    SignerRequest,
    TemplateChanged,
    TemplateContent,
    TemplateRefused,
    TemplateUse,
    UnableToSend,
    content_of,
    list_templates,
    preset_spots,
    save_template,
    send_from_template,
    set_archived,
)
from pli.signing.prepared.content import dump_content, load_content
from tests.support.ceremonies import file_contract
from tests.support.people import House, make_house

START = Place(1, 1, 70, 80, 80, 16)
CLIENT = SignerRequest(
    "Client", "", step=1, side="", marks=(Place(1, 2, 50, 60, 170, 68),), has_initials=True, asks=("RIB",),
    fields=(BON_POUR_ACCORD, FieldRequest("TEXT", "Montant"), FieldRequest("DATE", "Début", place=START)),
)  # fmt: skip
PAUL = RolePerson("Paul Durand", "paul@client.example", values={"Montant": "1 200 €", "Début": "2027-01-01"})


@pytest.fixture
def house() -> House:
    return make_house()


def _content(house: House, **changes: Any) -> TemplateContent:
    manager = SignerRequest("Alice", "alice@mercier.example", member_id=house.alice.member_id, step=2, side="right")
    told = {"roles": (CLIENT, manager), "document_ids": (file_contract(house).id,), "message": "Bonjour", "days": 10}
    return TemplateContent(**{**told, **changes})


def _use(*people: RolePerson, **changes: Any) -> TemplateUse:
    return TemplateUse(people or (PAUL,), "Chloé Petit", "chloe@mercier.example", **changes)


@pytest.mark.django_db
def test_a_template_makes_requests_that_no_longer_look_back(house: House) -> None:
    content = _content(house)
    template = save_template(house.chloe, "  Contrat   type ", content)
    assert (template.name, template.version, content_of(template)) == ("Contrat type", 1, content)
    first = send_from_template(house.chloe, template.id, _use())
    paul, alice = first.signers.order_by("position")
    assert (paul.name, paul.email, alice.email, paul.step, alice.step) == (
        "Paul Durand", "paul@client.example", "alice@mercier.example", 1, 2,
    )  # fmt: skip
    assert {one.label: one.value for one in paul.fields.filter(kind__in=["TEXT", "DATE"])} == PAUL.values
    assert next(iter(preset_spots(paul).values())).page == 2
    assert (first.template_id, first.template_version, first.message) == (template.id, 1, "Bonjour")
    before = sorted(paul.fields.values_list("kind", "label", "page", "x", "y"), key=str)
    changed = replace(content, roles=(replace(CLIENT, marks=(), fields=(), has_initials=False),), message="Autre")
    assert save_template(house.alice, "Contrat type", changed, template_id=template.id, version=1).version == 2
    with pytest.raises(TemplateChanged):
        save_template(house.alice, "Contrat type", content, template_id=template.id, version=1)
    first.refresh_from_db()
    assert first.message == "Bonjour"
    assert sorted(paul.fields.values_list("kind", "label", "page", "x", "y"), key=str) == before
    other = file_contract(house, title="Autre contrat")
    second = send_from_template(house.chloe, template.id, _use(replace(PAUL, values={}), document_ids=(other.id,)))
    assert (second.template_version, second.papers.get().document_id, second.message) == (2, other.id, "Autre")
    set_archived(house.bruno, template.id, is_archived=True)
    with pytest.raises(NotFound):
        send_from_template(house.chloe, template.id, _use(replace(PAUL, values={})))
    assert save_template(house.chloe, "Contrat type", changed).version == 1
    with pytest.raises(TemplateRefused):
        set_archived(house.bruno, template.id, is_archived=False)
    assert Ceremony.objects.count() == 2


@pytest.mark.django_db
def test_a_template_of_which_no_request_could_be_made_is_refused(house: House) -> None:
    wrong = [
        {"roles": (replace(CLIENT, role="APPROVER", marks=(), has_initials=False),)},
        {"roles": (CLIENT, replace(CLIENT, name="client"))},
        {"roles": (replace(CLIENT, name=" "),)},
        {"roles": (replace(CLIENT, marks=(Place(1, 9, 1, 1),)),)},
        {"roles": (replace(CLIENT, marks=(Place(anchor="#nulle-part#"),)),)},
        {"roles": (replace(CLIENT, fields=(FieldRequest("TEXT", "A"), FieldRequest("TEXT", "a"))),)},
        {"days": 0}, {"days": 999}, {"roles": ()},
    ]  # fmt: skip
    for changes in wrong:
        with pytest.raises(TemplateRefused):
            save_template(house.chloe, "Contrat", _content(house, **changes))
    with pytest.raises(TemplateRefused):
        save_template(house.chloe, " ", _content(house))
    with pytest.raises(NotAllowed):
        save_template(house.denis, "Contrat", _content(house))
    kept = save_template(house.chloe, "Contrat", _content(house))
    with pytest.raises(TemplateRefused):
        save_template(house.bruno, "Contrat", _content(house))
    unfit = [replace(PAUL, values=values) for values in ({"Autre": "1"}, {"Début": "31/12"})]
    for use in (_use(PAUL, PAUL), *map(_use, unfit)):
        with pytest.raises(UnableToSend):
            send_from_template(house.chloe, kept.id, use)
    elsewhere = make_house("lambert")
    with pytest.raises(NotFound):
        send_from_template(elsewhere.alice, kept.id, _use())
    with pytest.raises(NotFound):
        save_template(elsewhere.alice, "Contrat", _content(house))
    assert list_templates(elsewhere.alice) == []
    assert not Ceremony.objects.exists()


_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
_place = st.builds(Place, st.integers(1, 9), st.integers(1, 9), st.floats(0, 900), st.floats(0, 900), anchor=_text)
_role = st.builds(
    SignerRequest, _text, _text, role=st.sampled_from(["SIGNER", "APPROVER", "COPY"]), member_id=st.none() | st.uuids(),
    side=st.sampled_from([None, "", "left"]), marks=st.lists(_place, max_size=2).map(tuple),
    fields=st.lists(st.builds(FieldRequest, _text, _text, place=st.none() | _place), max_size=2).map(tuple),
    asks=st.lists(_text, max_size=2).map(tuple),
)  # fmt: skip


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # on a loaded machine
@given(st.builds(TemplateContent, st.lists(_role, max_size=3).map(tuple), st.lists(st.uuids(), max_size=2).map(tuple)))
def test_what_is_kept_is_what_was_given(content: TemplateContent) -> None:
    assert load_content(json.loads(json.dumps(dump_content(content)))) == content


@pytest.mark.django_db
def test_the_screens_and_the_api_make_use_and_put_away(house: House) -> None:
    paper = file_contract(house)
    client = Client()
    client.force_login(Account.objects.get(id=house.chloe.account_id))
    box = {"kind": "MARK", "document": str(paper.id), "page": 3, "x": 100, "y": 100, "width": 170, "height": 68}
    form = {
        "template_name": "Bail", "document": paper.id, "people-contact": ["", f"member:{house.alice.member_id}"],
        "people-name": ["Locataire", "Alice"], "people-email": ["", "alice@mercier.example"],
        "people-mobile": ["", ""], "people-place": ["drawn", "right"], "people-places": [json.dumps([box]), ""],
        "people-fields": ["Montant", ""], "days": "20", "message": "Voici", "order": "sequence", "on_refusal": "GO_ON",
    }  # fmt: skip
    assert client.get("/office/signatures/templates/new").status_code == 200
    refused = client.post("/office/signatures/templates/new", form | {"days": "0"})
    assert (refused.status_code, "Locataire" in refused.content.decode()) == (422, True)
    made = client.post("/office/signatures/templates/new", form)
    assert made.status_code == 302, made.content.decode()
    template = list_templates(house.chloe)[0]
    content = content_of(template)
    assert [one.name for one in content.open_roles] == ["Locataire"]
    shown = client.get(made["Location"]).content.decode()
    assert "ne sait pas montrer" not in shown and "Enregistrer le modèle" in shown
    again = client.post(made["Location"], form | {"template_name": "Bail meublé", "version": "1"})
    assert again.status_code == 302
    template.refresh_from_db()
    assert (template.name, template.version, content_of(template)) == ("Bail meublé", 2, content)
    assert client.post(made["Location"], form | {"version": "1"}).status_code == 422
    use = f"/office/signatures/templates/{template.id}/use"
    assert "Locataire" in client.get(use).content.decode()
    told = {"role-0-who": str(house.julie.id), "role-0-field-0": "900 €", "message": "Voici", "deadline": "2000-01-01"}
    assert client.post(use, told).status_code == 422
    deadline = client.get(use).context["deadline"]
    sent = client.post(use, told | {"deadline": deadline})
    assert sent.status_code == 302
    julie = Ceremony.objects.get().signers.get(position=1)
    assert (julie.email, julie.origin) == ("julie@client.example", f"contact:{house.julie.id}")
    _, secret = issue_token(house.alice, name="essai", scopes=["ceremonies:read", "ceremonies:write"])
    ask = {"headers": {"Authorization": f"Bearer {secret}"}, "content_type": "application/json"}
    person = {"role": "Locataire", "name": "Léa", "email": "lea@client.example", "values": {"Montant": "850 €"}}
    url = f"/api/v1/templates/{template.id}"
    body = client.post(f"{url}/ceremonies", {"people": [person]}, **ask)
    assert body.status_code == 201, body.content
    assert [one["name"] for one in body.json()["signers"]] == ["Léa", "Alice"]
    other_role, other_value = person | {"role": "Autre"}, person | {"values": {"Autre": "1"}}
    for people in ([], [person, person], [other_role], [other_value], [person | {"email": ""}]):
        assert client.post(f"{url}/ceremonies", {"people": people}, **ask).status_code == 422
    role = {"name": "Client", "fields": [{"kind": "CHECKBOX", "label": "Oui"}]}
    other = client.post("/api/v1/templates", {"name": "De l’API", "roles": [role]}, **ask)
    assert other.status_code == 201, other.content
    assert "ne sait pas montrer" in client.get(f"/office/signatures/templates/{other.json()['id']}/").content.decode()
    assert client.post(f"{url}/archive", **ask).json()["is_archived"] is True
    assert client.post(f"{url}/ceremonies", {"people": [person]}, **ask).status_code == 404
    assert [one["name"] for one in client.get("/api/v1/templates", **ask).json()["items"]] == ["De l’API"]
    assert Ceremony.objects.count() == 2
