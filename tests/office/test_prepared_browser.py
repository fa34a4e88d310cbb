"""Templates, lists and public forms in a real browser: accessible and within the width, a desk in French, a
phone in English; and all of it done by the keyboard alone."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Locator, Page, expect

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
from tests.support.browser import DESK, PHONE, LiveSite, OpenPage
from tests.support.ceremonies import ask, file_contract
from tests.support.people import House, make_house
from tests.support.queue import RunJobs

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]
LINES = "Nom;E-mail;Ville\nZoé Blé;zoe@client.example;Lyon\nSans adresse;;\n".encode()
FIELDS = (FieldRequest("TEXT", "Ville"),)
MOST_TABS = 90


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
    pages = list(_both(live_site, open_page, house))
    for page in pages:
        for address in (*(f"office/{one}" for one in office), *public):
            _look(page, f"{live_site.url}/{address}", assert_accessible)
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
            _look(page, f"{live_site.url}/{address}", assert_accessible)


def _both(live_site: LiveSite, open_page: OpenPage, house: House) -> Iterator[Page]:
    """A desk in French, a phone in English."""
    alice, bruno = (Account.objects.get(id=one.account_id) for one in (house.alice, house.bruno))
    Account.objects.filter(id=bruno.id).update(language="en")
    for account, locale, size in ((alice, "fr-FR", DESK), (bruno, "en-GB", PHONE)):
        page = open_page(viewport=size, locale=locale, has_touch=size == PHONE)
        live_site.log_in(page, account)
        yield page


def _look(page: Page, address: str, assert_accessible: Callable[..., None]) -> None:
    page.goto(address, wait_until="domcontentloaded")
    assert page.locator("h1").first.is_visible(), address
    # What is folded away is looked at too.
    page.evaluate("document.querySelectorAll('main details:not([data-menu])').forEach(one => { one.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{address} is too wide"
    try:
        assert_accessible(page)
    except AssertionError as found:
        raise AssertionError(f"{address}, {page.viewport_size}: {found}") from None


def _tab_to(page: Page, wanted: Locator) -> Locator:
    """Reach a control as a keyboard does: by Tab, seen where it is."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if wanted.evaluate("one => one === document.activeElement"):
            outline = wanted.evaluate("one => getComputedStyle(one).outlineStyle + getComputedStyle(one).boxShadow")
            assert outline != "nonenone", f"{wanted}: one does not see where one is"
            return wanted
    raise AssertionError(f"{wanted} is reached by no Tab")


def test_a_template_a_list_and_a_form_by_the_keyboard_alone(
    live_site: LiveSite, desk: Any, phone: Any, house: House, template: SigningTemplate, run_jobs: RunJobs
) -> None:
    live_site.log_in(desk, Account.objects.get(id=house.chloe.account_id))
    desk.goto(f"{live_site.url}/office/signatures/templates/")
    _tab_to(desk, desk.get_by_role("link", name="Adhésion", exact=True))
    desk.keyboard.press("Enter")
    # The template's own words are changed, and it is saved from the field.
    desk.wait_for_url("**/templates/*/")
    name = _tab_to(desk, desk.locator("#template-name"))
    name.press("End")
    desk.keyboard.type(" 2026")
    desk.keyboard.press("Enter")
    expect(desk.locator("h1")).to_have_text("Adhésion 2026")
    # The public form is opened, and a visitor uses it.
    _tab_to(desk, desk.get_by_role("button", name="Ouvrir le formulaire"))
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("button", name="Fermer le formulaire")).to_be_visible()
    phone.goto(f"{live_site.url}/form/{PublicForm.objects.get().token}")
    for label, typed in (
        ("Votre nom", "Max Roux"),
        ("Votre adresse e-mail", "max@visiteur.example"),
        ("Ville", "Lyon"),
    ):
        _tab_to(phone, phone.get_by_label(label))
        phone.keyboard.type(typed)
    _tab_to(phone, phone.get_by_role("button", name="Recevoir le lien pour signer"))
    phone.keyboard.press("Enter")
    phone.wait_for_url("**/sent")
    assert Ceremony.objects.get().signers.get().name == "Max Roux"
    # A list goes out.
    desk.goto(f"{live_site.url}/office/signatures/templates/{template.id}/")
    _tab_to(desk, desk.get_by_role("link", name="Envoyer en nombre"))
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/lists/new")
    desk.locator("input[type=file]").set_input_files({"name": "liste.csv", "mimeType": "text/csv", "buffer": LINES})
    _tab_to(desk, desk.get_by_role("button", name="Choisir les colonnes"))
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/columns")
    _tab_to(desk, desk.get_by_role("button", name="Voir l’aperçu"))
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("Rien n’est encore parti")).to_be_visible()
    _tab_to(desk, desk.get_by_role("button", name="Envoyer 1 demande"))
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("progressbar").first).to_be_visible()
    run_jobs()
    expect(desk.get_by_text("L’envoi est terminé")).to_be_visible(timeout=20_000)
    assert Ceremony.objects.count() == 2
