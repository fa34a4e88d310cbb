"""Sending in number: a table of any spreadsheet, each error at its line, each row one request and never two."""

from __future__ import annotations

import io
from functools import partial
from typing import Any

import openpyxl
import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pli.journal.models import Event
from pli.kit.errors import NotFound, PliError
from pli.kit.transitions import UnableToMove
from pli.notifications.api import local_outbox
from pli.parties.api import Account, Member, UnableToReadTable
from pli.signing.api import (
    SENDING,
    Ceremony,
    FieldRequest,
    ListRefused,
    ListState,
    RowState,
    SendingList,
    SignerRequest,
    SigningTemplate,
    TemplateContent,
    cancel_list,
    check_list,
    confirm_list,
    count_rows,
    get_list,
    receive_list,
    resume_list,
    save_template,
)
from pli.signing.prepared.columns import guess_columns, read_row
from pli.signing.prepared.list_job import run_list
from tests.support.ceremonies import file_contract
from tests.support.people import House, make_house
from tests.support.queue import RunJobs
from tests.support.races import at_once, told

ROLE = SignerRequest("Client", "", side="left", fields=(FieldRequest("TEXT", "Montant"), FieldRequest("DATE", "Début")))
HEAD = "Nom;E-mail;Mobile;Montant;Début;Titre"


def _template(house: House) -> SigningTemplate:
    countersigns = SignerRequest("Gérance", "", member_id=house.bruno.member_id, role="APPROVER")
    return save_template(house.chloe, "Contrat", TemplateContent((ROLE, countersigns), (file_contract(house).id,)))


def new_list(house: House, *lines: str, head: str = HEAD, template: SigningTemplate | None = None) -> SendingList:
    content = "\r\n".join((head, *lines)).encode("cp1252")
    made = receive_list(house.chloe, (template or _template(house)).id, file_name="liste.csv", file=io.BytesIO(content))
    return check_list(house.chloe, made.id, made.mapping)


def some_people(count: int) -> list[str]:
    return [f"Zoé {at};zoe{at}@client.example;;{at} €;;" for at in range(1, count + 1)]


@pytest.fixture
def house() -> House:
    return make_house()


@pytest.mark.django_db
def test_each_error_is_said_at_its_line(house: House) -> None:
    made = new_list(
        house,
        "Zoé Blé;zoe@client.example;06 12 34 56 78;1 200 €;31/12/2026;Bail de Zoé",
        "Sans adresse;;;;;",
        "Mauvaise;zoe@;;;;",
        "Mobile;m@client.example;12;;;",
        "Jour;j@client.example;;;le 30;",
        ";nul@client.example;;;;",
        "Zoé Blé;ZOE@client.example;0612345678;1 200 €;2026-12-31;Bail de Zoé",
        '"Un ""guillemet""; et la suite";q@client.example;;"=1+1";;',
        "'=2+2;formule@client.example;;;;",
    )
    rows = {row.number: row for row in made.rows.all()}
    assert [rows[at].state for at in range(2, 11)] == ["READY", *["WRONG"] * 6, "READY", "READY"]
    first, quoted, formula = rows[2].people[0], rows[9].people[0], rows[10].people[0]
    assert first["mobile"] == "+33612345678"
    assert first["values"] == {"Montant": "1 200 €", "Début": "2026-12-31"}
    assert (quoted["name"], quoted["values"]["Montant"]) == ('Un "guillemet"; et la suite', "=1+1")
    assert formula["name"] == "=2+2"
    reasons = {at: str(rows[at].told[0]["details"]["reason"]) for at in range(3, 9)}
    assert "E-mail" not in reasons and "e-mail" in reasons[3] and "mobile" in reasons[5]
    assert "le 30" in reasons[6] and "nom" in reasons[7] and "ligne %(line)s" in reasons[8]


@pytest.mark.django_db
def test_tables_of_all_sorts_are_read_and_others_refused(house: House) -> None:
    template = _template(house)
    book = openpyxl.Workbook()
    book.active.append(["Adresse e-mail", "Nom complet"])  # type: ignore[union-attr]
    book.active.append(["zoe@client.example", "Zoé"])  # type: ignore[union-attr]
    kept = io.BytesIO()
    book.save(kept)
    tables = [
        kept.getvalue(),
        "Nom,Email\nZoé,zoe@client.example".encode(),
        "nom\tmail\nZoé\tzoe@client.example".encode("cp1252"),
        "\ufeffnom;courriel\nZoé;zoe@client.example".encode(),
    ]  # fmt: skip
    for table in tables:
        made = receive_list(house.chloe, template.id, file_name="l", file=io.BytesIO(table))
        check_list(house.chloe, made.id, made.mapping)
        assert made.rows.get().people[0]["name"] == "Zoé"
    for table in (b"", b"%PDF-1.7\n" + b"\0" * 900, b"PK\x03\x04" + b"x" * 90):
        with pytest.raises(UnableToReadTable):
            receive_list(house.chloe, template.id, file_name="l", file=io.BytesIO(table))
    with pytest.raises(ListRefused):
        receive_list(house.chloe, template.id, file_name="l", file=io.BytesIO(b"a" * (5 * 1024 * 1024 + 1)))
    for mapping in ({}, {"0:name": 0}, {"0:name": 0, "0:email": 0}, {"0:name": 0, "0:email": 7}):
        with pytest.raises(ListRefused):
            check_list(house.chloe, made.id, mapping)
    only = receive_list(house.chloe, template.id, file_name="l", file=io.BytesIO(b"nom;mail\n"))
    with pytest.raises(ListRefused):
        check_list(house.chloe, only.id, only.mapping)
    bare = save_template(house.chloe, "Sans document", TemplateContent((ROLE,)))
    with pytest.raises(ListRefused):
        receive_list(house.chloe, bare.id, file_name="l", file=io.BytesIO(tables[1]))
    with pytest.raises(NotFound):
        get_list(make_house("lambert").alice, made.id)


CONTENT = TemplateContent((ROLE, SignerRequest("Témoin", "")))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # on a loaded machine
@given(
    st.lists(st.text(max_size=30), max_size=9),
    st.dictionaries(st.sampled_from(["0:name", "0:email", "1:name"]), st.integers(-2, 9)),
)
def test_whatever_a_row_holds_is_read(cells: list[str], mapping: dict[str, int]) -> None:
    said = read_row(CONTENT, {key: at for key, at in mapping.items() if at >= 0}, cells)
    assert len(said.people) == 2
    assert all("\x00" not in one.name + one.email for one in said.people)
    guess = guess_columns(CONTENT, cells)
    assert len(set(guess.values())) == len(guess)


@pytest.mark.django_db(transaction=True)
def test_rows_go_out_once_through_double_clicks_crashes_and_giving_up(house: House, run_jobs: RunJobs) -> None:
    template = _template(house)
    made = new_list(house, *some_people(4), template=template)
    clicks = at_once(*[partial(confirm_list, house.chloe, made.id)] * 3)
    assert told(clicks) == ["PLI-409"] * 2
    sent: list[Any] = []

    def die(organisation_id: Any) -> None:
        sent.append(organisation_id)
        if len(sent) == 3:
            raise KeyboardInterrupt  # as good as kill -9: nothing of ours sees it

    SENDING.guard("dies", die)
    try:
        with pytest.raises(KeyboardInterrupt):
            run_list(made.id)
        assert count_rows(made)["SENT"] == Ceremony.objects.count() == 2
        # Two workers take it up again at once.
        assert told(at_once(*[partial(run_list, made.id)] * 2)) == []
    finally:
        SENDING.guard("dies", lambda organisation_id: None)
    made.refresh_from_db()
    assert (made.state, count_rows(made)["SENT"], Ceremony.objects.count()) == (ListState.DONE, 4, 4)
    assert bytes(made.table) == b""
    run_jobs()
    assert Ceremony.objects.count() == 4
    assert Event.objects.filter(name="signing.list-done").count() == 1
    third = Ceremony.objects.order_by("created_at")[2]
    assert third.signers.get(position=1).email == "zoe3@client.example"
    assert (third.template_id, third.template_version) == (template.id, 1)
    with pytest.raises(UnableToMove):
        cancel_list(house.chloe, made.id)
    other = new_list(house, *some_people(3), template=template)
    confirm_list(house.chloe, other.id)
    at_once(partial(run_list, other.id), partial(cancel_list, house.chloe, other.id))
    run_jobs()
    counts = count_rows(other)
    assert counts["SENT"] + counts["LEFT"] == 3
    assert Ceremony.objects.count() == 4 + counts["SENT"]
    assert not other.rows.filter(state=RowState.SENT, ceremony=None).exists()


class _NoCredit(PliError):
    code = "TST-402"
    status = 402
    message = "Le compte est vide."


@pytest.mark.django_db
def test_what_keeps_all_of_it_stops_the_list_and_one_bad_row_does_not(house: House, run_jobs: RunJobs) -> None:
    template = _template(house)
    made = new_list(house, *some_people(2), template=template)
    row = made.rows.order_by("number").first()
    assert row
    row.people[0]["email"] = "no longer an address"
    row.save()
    confirm_list(house.chloe, made.id)

    def refuse(organisation_id: Any) -> None:
        raise _NoCredit

    SENDING.guard("empty", refuse)
    try:
        run_jobs()
    finally:
        SENDING.guard("empty", lambda organisation_id: None)
    made.refresh_from_db()
    assert (made.state, made.told["code"], count_rows(made)["READY"]) == (ListState.STOPPED, "TST-402", 2)
    client = Client()
    client.force_login(Account.objects.get(id=house.chloe.account_id))
    base = f"/office/signatures/lists/{made.id}/"
    shown = client.get(base).content.decode()
    assert "2 lignes attendent" in shown and shown.count("En attente : Le compte est vide.") == 2
    mails = [one for one in local_outbox(house.alice) if one.to == "chloe@mercier.example"]
    assert len(mails) == 1 and "Le compte est vide." in mails[0].text and base in mails[0].text
    Member.objects.filter(id=house.chloe.member_id).update(is_active=False)
    resume_list(house.bruno, made.id)
    run_jobs()
    made.refresh_from_db()
    assert (made.state, made.told["code"]) == (ListState.STOPPED, "SIG-053")
    assert any(base in one.text for one in local_outbox(house.alice) if one.to == "alice@mercier.example")
    Member.objects.filter(id=house.chloe.member_id).update(is_active=True)
    # Changed meanwhile: the rows go out as the template stood when the list came.
    save_template(house.alice, "Contrat", TemplateContent((SignerRequest("Autre", ""),)), template_id=template.id)
    resume_list(house.bruno, made.id)
    run_jobs()
    made.refresh_from_db()
    counts = count_rows(made)
    assert (made.state, counts["SENT"], counts["FAILED"]) == (ListState.DONE, 1, 1)
    ceremony = Ceremony.objects.get()
    assert (ceremony.template_version, ceremony.created_by) == (1, house.chloe.reference)
    assert "n’est pas valable" in client.get(base + "?state=FAILED").content.decode()
    book = openpyxl.load_workbook(io.BytesIO(b"".join(client.get(base + "result.xlsx").streaming_content)))  # type: ignore[attr-defined]
    lines = list(book.active.iter_rows(values_only=True))  # type: ignore[union-attr]
    assert len(lines) == 3 and lines[2][4] == str(ceremony.id)


@pytest.mark.django_db
def test_the_screens_lead_from_the_file_to_its_result(house: House, run_jobs: RunJobs) -> None:
    template = _template(house)
    client = Client()
    client.force_login(Account.objects.get(id=house.chloe.account_id))
    new = f"/office/signatures/templates/{template.id}/lists/new"
    assert "Client – Montant" in client.get(new).content.decode()
    assert client.post(new).status_code == 422
    file = io.BytesIO("Qui;Où\n<b>Zoé</b>;zoe@client.example\nMax;max\n".encode())
    file.name = "liste.csv"
    made = client.post(new, {"file": file})
    assert made.status_code == 302, made.content.decode()
    columns = made["Location"]
    assert "Quelle colonne dit quoi" in client.get(columns).content.decode()
    assert client.post(columns, {"column-0": "0"}).status_code == 422
    shown = client.post(columns, {"column-0": "0", "column-1": "1"}, follow=True)
    page = shown.content.decode()
    assert "Rien n’est encore parti" in page and "<b>Zoé" not in page and "Envoyer 1 demande" in page
    show = shown.redirect_chain[-1][0]
    assert "n’est pas valable" in client.get(show + "?state=WRONG").content.decode()
    client.post(show + "confirm")
    assert "Envoi de votre liste" in client.get(show).content.decode()
    assert "list-progress" in client.get(show + "progress").content.decode()
    run_jobs()
    assert client.get(show + "progress")["HX-Refresh"] == "true"
    assert "1 demande partie" in client.get(show).content.decode()
    again = client.post(show + "confirm", follow=True)
    assert again.status_code == 200
    assert Ceremony.objects.count() == 1
