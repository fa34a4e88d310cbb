"""Templates, lists and public forms in a real browser: accessible and within the width, a desk in French, a
phone in English; and all of it done by the keyboard alone."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import expect

from pli.billing.api import NothingLeft
from pli.parties.api import Account
from pli.signing.api import (
    SENDING,
    Ceremony,
    FieldRequest,
    PublicForm,
    SendingList,
    SignerRequest,
    SigningTemplate,
    TemplateContent,
    check_list,
    confirm_list,
    open_form,
    receive_list,
    save_template,
)
from tests.support.browser import LiveSite, OpenPage
from tests.support.ceremonies import ask, file_contract
from tests.support.people import House, make_house
from tests.support.queue import RunJobs
from tests.support.walking import desk_and_phone, look, tab_to

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]
LINES = "Nom;E-mail;Ville\nZoé Blé;zoe@client.example;Lyon\nSans adresse;;\n".encode()
FIELDS = (FieldRequest("TEXT", "Ville"),)


@pytest.fixture
def house() -> House:
    return make_house()


@pytest.fixture
def template(house: House) -> SigningTemplate:
    role = SignerRequest("Adhérent", "", side="left", fields=FIELDS)
    content = TemplateContent((role,), (file_contract(house).id,), message="Bienvenue parmi nous.")
    return save_template(house.chloe, "Adhésion", content)


@pytest.fixture
def empty_account() -> Iterator[Callable[[], None]]:
    """Calling it leaves nothing on any prepaid account until the end of the test."""

    def refuse(organisation_id: UUID) -> None:
        raise NothingLeft

    yield lambda: SENDING.guard("emptied", refuse)
    SENDING.guard("emptied", lambda organisation_id: None)


def _list(house: House, template: SigningTemplate, *, is_checked: bool = True) -> SendingList:
    made = receive_list(house.chloe, template.id, file_name="adhérents 2026.csv", file=io.BytesIO(LINES))
    return check_list(house.chloe, made.id, made.mapping) if is_checked else made


def test_every_screen_is_accessible_on_a_desk_and_on_a_phone(
    live_site: LiveSite, open_page: OpenPage, assert_accessible: Callable[..., None], house: House,
    template: SigningTemplate, run_jobs: RunJobs, empty_account: Callable[[], None],
) -> None:  # fmt: skip
    done, stopped = _list(house, template), _list(house, template)
    confirm_list(house.chloe, done.id)
    run_jobs()
    document = file_contract(house, title="Bail commercial")
    here = ask(house, SignerRequest("Zoé Blé", "zoe@client.example", is_in_person=True), documents=[document])
    going = open_form(house.chloe, template.id)
    office = [
        "signatures/templates/",
        f"signatures/templates/new?document={document.id}", f"signatures/templates/{template.id}/",
        f"signatures/templates/{template.id}/use", f"signatures/templates/{template.id}/lists/new",
        f"signatures/lists/{_list(house, template, is_checked=False).id}/columns",
        *(f"signatures/lists/{one.id}/" for one in (_list(house, template), done)),
        f"signatures/{here.id}/", f"documents/?folder={document.folder_id}", "settings/signature/",
    ]  # fmt: skip
    public = [f"form/{going.token}", f"form/{going.token}/sent"]
    pages = list(desk_and_phone(live_site, open_page, house))
    for page in pages:
        for address in (*(f"office/{one}" for one in office), *public):
            look(page, f"{live_site.url}/{address}", assert_accessible)
    # Without credit: the list stands still, the form sends its visitors away, and both pages say so.
    empty_account()
    confirm_list(house.chloe, stopped.id)
    run_jobs()
    paused = (
        f"form/{going.token}",
        f"office/signatures/templates/{template.id}/",
        f"office/signatures/lists/{stopped.id}/?state=READY",
    )
    for page in pages:
        for address in paused:
            look(page, f"{live_site.url}/{address}", assert_accessible)


def test_a_template_a_list_and_a_form_by_the_keyboard_alone(
    live_site: LiveSite, desk: Any, phone: Any, house: House, template: SigningTemplate, run_jobs: RunJobs
) -> None:
    live_site.log_in(desk, Account.objects.get(id=house.chloe.account_id))
    desk.goto(f"{live_site.url}/office/signatures/templates/")
    tab_to(desk, desk.get_by_role("link", name="Adhésion", exact=True))
    desk.keyboard.press("Enter")
    # The template's own words are changed, and it is saved from the field.
    desk.wait_for_url("**/templates/*/")
    name = tab_to(desk, desk.locator("#template-name"))
    name.press("End")
    desk.keyboard.type(" 2026")
    desk.keyboard.press("Enter")
    expect(desk.locator("h1")).to_have_text("Adhésion 2026")
    # The public form is opened, and a visitor uses it.
    tab_to(desk, desk.get_by_role("button", name="Ouvrir le formulaire"))
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("button", name="Fermer le formulaire")).to_be_visible()
    phone.goto(f"{live_site.url}/form/{PublicForm.objects.get().token}")
    for label, typed in (
        ("Votre nom", "Max Roux"),
        ("Votre adresse e-mail", "max@visiteur.example"),
        ("Ville", "Lyon"),
    ):
        tab_to(phone, phone.get_by_label(label))
        phone.keyboard.type(typed)
    tab_to(phone, phone.get_by_role("button", name="Recevoir le lien pour signer"))
    phone.keyboard.press("Enter")
    phone.wait_for_url("**/sent")
    assert Ceremony.objects.get().signers.get().name == "Max Roux"
    # A list goes out.
    desk.goto(f"{live_site.url}/office/signatures/templates/{template.id}/")
    tab_to(desk, desk.get_by_role("link", name="Envoyer en nombre"))
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/lists/new")
    desk.locator("input[type=file]").set_input_files({"name": "liste.csv", "mimeType": "text/csv", "buffer": LINES})
    tab_to(desk, desk.get_by_role("button", name="Choisir les colonnes"))
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/columns")
    tab_to(desk, desk.get_by_role("button", name="Voir l’aperçu"))
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("Rien n’est encore parti")).to_be_visible()
    tab_to(desk, desk.get_by_role("button", name="Envoyer 1 demande"))
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("progressbar").first).to_be_visible()
    run_jobs()
    expect(desk.get_by_text("L’envoi est terminé")).to_be_visible(timeout=20_000)
    assert Ceremony.objects.count() == 2
