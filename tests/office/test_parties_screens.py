"""Screens of address books, team and imports, through the real address table."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from pli.notifications.api import Message
from pli.parties import api
from pli.parties.api import Account, Consent, Organisation, PartyImport, PartyKind, PortalAccess, Role, StaffActor
from tests.parties.conftest import PASSWORD
from tests.support.queue import RunJobs

pytestmark = pytest.mark.django_db
DUPONT = {"code": "C001", "name": "Dupont", "email": "d@dupont.example", "language": "fr"}


@pytest.fixture
def enter() -> Callable[[StaffActor], Client]:
    """A browser with a session of that member."""

    def log_in(actor: StaffActor) -> Client:
        client = Client()
        client.force_login(Account.objects.get(id=actor.account_id))
        return client

    return log_in


@pytest.fixture
def desk(alice: StaffActor, enter: Callable[[StaffActor], Client]) -> Client:
    return enter(alice)


@pytest.fixture
def dupont(alice: StaffActor) -> api.Party:
    return api.create_party(actor=alice, kind=PartyKind.CLIENT, values={**DUPONT, "city": "Lyon", "postcode": "69001"})


def test_the_empty_book_teaches_the_first_step(desk: Client) -> None:
    page = desk.get(reverse("parties:list", args=["clients"])).content.decode()
    assert "Ajouter un client" in page
    assert "Importer une liste" in page


def test_a_client_is_added_found_changed_and_exported(desk: Client, alice: StaffActor) -> None:
    answer = desk.post(reverse("parties:create", args=["clients"]), DUPONT, follow=True)
    assert answer.status_code == 200
    party = api.find_party(alice, PartyKind.CLIENT, "C001")
    assert party is not None
    found = desk.get(reverse("parties:list", args=["clients"]), {"q": "dup", "sort": "-updated"})
    assert "C001" in found.content.decode()
    assert "C001" not in desk.get(reverse("parties:list", args=["suppliers"])).content.decode()
    desk.post(reverse("parties:edit", args=[party.id]), {**DUPONT, "name": "Dupont SA"})
    party.refresh_from_db()
    assert party.name == "Dupont SA"
    book = desk.get(reverse("parties:export", args=["clients"]), {"q": "dup"})
    assert book.getvalue().startswith(b"PK")


def test_what_is_wrong_is_shown_on_its_field_and_typing_is_kept(desk: Client) -> None:
    answer = desk.post(reverse("parties:create", args=["clients"]), {**DUPONT, "siren": "123456789"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "n’est pas un numéro SIREN" in page
    assert 'value="123456789"' in page


def test_hostile_names_are_text(desk: Client, alice: StaffActor) -> None:
    name = "<script>alert(1)</script>\"'"
    party = api.create_party(actor=alice, kind=PartyKind.CLIENT, values={**DUPONT, "name": name})
    for page in (reverse("parties:detail", args=[party.id]), reverse("parties:list", args=["clients"])):
        assert "<script>alert" not in desk.get(page).content.decode()


def test_consent_and_contacts_and_setting_aside(desk: Client, dupont: api.Party, alice: StaffActor) -> None:
    answer = desk.post(reverse("parties:consent", args=[dupont.id]), {"consent": "ACCEPTED", "stated_on": "2026-01-02"})
    assert answer.status_code == 302
    dupont.refresh_from_db()
    assert dupont.consent == Consent.ACCEPTED
    far = {"consent": "REFUSED", "stated_on": "2999-01-01"}
    assert desk.post(reverse("parties:consent", args=[dupont.id]), far).status_code == 422
    people = {"contact-name": "Julie", "contact-email": "faux"}
    assert desk.post(reverse("parties:contact_add", args=[dupont.id]), people).status_code == 422
    people["contact-email"] = "julie@d.example"
    desk.post(reverse("parties:contact_add", args=[dupont.id]), people)
    (contact,) = api.list_contacts(alice, dupont.id)
    assert desk.get(reverse("parties:contact_edit", args=[contact.id])).status_code == 200
    desk.post(reverse("parties:contact_edit", args=[contact.id]), {"name": "Julie Martin"})
    desk.post(reverse("parties:contact_remove", args=[contact.id]))
    assert api.list_contacts(alice, dupont.id) == []
    desk.post(reverse("parties:set_aside", args=[dupont.id]))
    assert "C001" not in desk.get(reverse("parties:list", args=["clients"])).content.decode()
    desk.post(reverse("parties:take_back", args=[dupont.id]))
    assert desk.get(reverse("parties:detail", args=[dupont.id])).status_code == 200


def test_a_link_leaves_to_the_person_and_is_never_on_screen(desk: Client, dupont: api.Party) -> None:
    people = {"access-name": "Julie", "access-email": "julie@d.example"}
    answer = desk.post(reverse("parties:access_open", args=[dupont.id]), people, follow=True)
    assert "/activate/" not in answer.content.decode()
    message = Message.objects.get()
    assert (message.template, message.to_address) == ("portal.activation", "julie@d.example")
    assert "/activate/" not in str(message.body)
    access = PortalAccess.objects.get()
    desk.post(reverse("parties:access_resend", args=[access.id]))
    assert Message.objects.count() == 2
    desk.post(reverse("parties:access_close", args=[access.id]))
    desk.post(reverse("parties:access_reopen", args=[access.id]))
    assert PortalAccess.objects.get().is_active


def test_a_letter_is_shown_once_and_opens_the_portal(desk: Client, dupont: api.Party) -> None:
    answer = desk.post(reverse("parties:access_open", args=[dupont.id]), {"access-name": "Julie Martin"})
    page = answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    name, code = re.findall(r"<code>([^<]+)</code>", page)
    assert code not in desk.get(reverse("parties:detail", args=[dupont.id])).content.decode()
    stranger = Client()
    form = {"login_name": name, "code": code, "password": PASSWORD, "again": PASSWORD}
    assert stranger.post(reverse("activation:letter"), {**form, "code": "AAAA-BBBB-CCCC"}).status_code == 422
    assert stranger.post(reverse("activation:letter"), {**form, "again": "autre"}).status_code == 422
    assert stranger.post(reverse("activation:letter"), form).status_code == 302
    assert stranger.login(username=name, password=PASSWORD)


def test_the_team_screen(
    desk: Client, alice: StaffActor, atelier: Organisation, staff: Callable[..., StaffActor]
) -> None:
    team = reverse("members:team")
    assert desk.get(team).status_code == 200
    form = {"name": "Julie", "email": "julie@atelier.example", "role": "MEMBER", "language": "fr"}
    assert desk.post(reverse("members:invite"), {**form, "email": "x"}).status_code == 422
    desk.post(reverse("members:invite"), form)
    desk.post(reverse("members:invite"), form)  # already there: said, not raised
    message = Message.objects.get()
    assert (message.template, message.to_address) == ("staff.invitation", "julie@atelier.example")
    member = api.Member.objects.get(account__email="julie@atelier.example")
    desk.post(reverse("members:resend", args=[member.id]))
    assert Message.objects.count() == 2
    desk.post(reverse("members:role", args=[member.id]), {"role": "AUDITOR"})
    answer = desk.post(reverse("members:deactivate", args=[alice.member_id]), follow=True)
    assert "dernier administrateur" in answer.content.decode()
    desk.post(reverse("members:deactivate", args=[member.id]))
    desk.post(reverse("members:reactivate", args=[member.id]))
    member.refresh_from_db()
    assert (member.role, member.is_active, member.is_pending) == ("AUDITOR", True, True)


def test_an_import_from_the_drop_to_the_report(desk: Client, run_jobs: RunJobs, alice: StaffActor) -> None:
    bad = SimpleUploadedFile("liste.xlsx", b"PK\x03\x04 rien")
    answer = desk.post(reverse("imports:start"), {"kind": "CLIENT", "file": bad})
    assert answer.status_code == 422
    assert "abîmé" in answer.content.decode()
    file = SimpleUploadedFile("liste.csv", "Code;Nom;E-mail\nA1;Été;a@b.example\nA2;;\n".encode("cp1252"))
    answer = desk.post(reverse("imports:start"), {"kind": "CLIENT", "file": file})
    made = PartyImport.objects.get()
    columns = reverse("imports:columns", args=[made.id])
    assert answer["Location"] == columns
    assert "Été" in desk.get(columns).content.decode()
    assert desk.post(columns, {"column_code": "0", "column_name": "0"}).status_code == 422
    show = reverse("imports:show", args=[made.id])
    chosen = {"column_code": "0", "column_name": "1", "column_email": "2"}
    assert desk.post(columns, chosen)["Location"] == show
    assert "hx-get" in desk.get(show).content.decode()
    run_jobs()
    assert desk.get(reverse("imports:progress", args=[made.id]))["HX-Refresh"] == "true"
    page = desk.get(show).content.decode()
    assert "Ce champ est obligatoire" in page
    assert "Importer 1 ligne" in page
    assert "Été" in desk.get(show, {"outcome": "CREATE"}).content.decode()
    desk.post(reverse("imports:confirm", args=[made.id]))
    run_jobs()
    assert "L’import est terminé" in desk.get(show).content.decode()
    assert desk.get(reverse("imports:report", args=[made.id])).getvalue().startswith(b"PK")
    assert api.find_party(alice, PartyKind.CLIENT, "A1")


SCREENS: list[tuple[str, str, set[Role]]] = [
    ("get", "parties:list", set(Role)),
    ("get", "parties:detail", set(Role)),
    ("get", "parties:create", {Role.ADMIN, Role.MANAGER, Role.MEMBER}),
    ("get", "parties:edit", {Role.ADMIN, Role.MANAGER, Role.MEMBER}),
    ("post", "parties:set_aside", {Role.ADMIN, Role.MANAGER, Role.MEMBER}),
    ("post", "parties:access_open", {Role.ADMIN, Role.MANAGER, Role.MEMBER}),
    ("get", "parties:export", set(Role)),
    ("get", "members:team", set(Role)),
    ("post", "members:invite", {Role.ADMIN}),
    ("get", "imports:start", {Role.ADMIN, Role.MANAGER}),
]


def test_every_role_gets_what_it_may(
    atelier: Organisation,
    staff: Callable[..., StaffActor],
    dupont: api.Party,
    bob: StaffActor,
    enter: Callable[[StaffActor], Client],
) -> None:
    with_party = {"parties:detail", "parties:edit", "parties:set_aside", "parties:access_open"}
    with_book = {"parties:list", "parties:create", "parties:export"}
    everybody = {role: enter(staff(atelier, role, f"{role.value}@x.example")) for role in Role}
    rival, stranger = enter(bob), Client()
    visitor = Account.objects.create_user("visiteur@x.example", PASSWORD)
    PortalAccess.objects.create(party=dupont, account=visitor)
    outside = Client()
    outside.force_login(visitor)
    for method, name, allowed in SCREENS:
        args = [dupont.id] if name in with_party else ["clients"] if name in with_book else []
        url = reverse(name, args=args)
        for role, client in everybody.items():
            status = getattr(client, method)(url).status_code
            assert (status == 403) == (role not in allowed), (name, role, status)
        assert "/accounts/login/" in getattr(stranger, method)(url)["Location"]
        assert getattr(outside, method)(url).status_code == 404, name
        if name in with_party:
            assert getattr(rival, method)(url).status_code == 404, name


def test_english_is_complete() -> None:
    from pli.project.translations import missing_translations

    ours = ("parties/", "office/parties/", "office/members/", "office/imports/", "office/accounts/",
            "portal/activation/")  # fmt: skip
    assert [line for line in missing_translations() if line.startswith(ours)] == []
