"""Rights flow down the tree, stop where they begin anew, and never cross organisations."""

from __future__ import annotations

import pytest

from pli.documents.api import (
    Document,
    DocumentFilter,
    Right,
    create_document,
    create_folder,
    folders_for,
    get_for,
    grant_right,
    move_folder,
    publish_document,
    root_folder,
    search_documents,
    set_own_rights,
    set_page_texts,
    store_bytes,
)
from pli.kit.errors import NotAllowed, NotFound
from pli.parties.api import Party, PartyKind, StaffActor
from tests.support.people import House, make_house

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> House:
    return make_house()


def _file(actor: StaffActor, **where: object) -> Document:
    stored = store_bytes([b"%PDF-1.7 ", str(sorted(where.items())).encode()])
    return create_document(actor, kind_slug="contract", stored=stored, file_name="bail_2026.pdf", **where)  # type: ignore[arg-type]


def test_a_document_is_filed_in_its_clients_folder_and_seen_by_staff(house: House) -> None:
    document = _file(house.chloe, party_id=house.dupont.id)
    assert document.title == "bail 2026"
    assert document.folder.name == "Dupont SARL (C001)"
    for actor in (house.alice, house.bruno, house.chloe, house.denis):
        assert get_for(actor, document.id) == document
    with pytest.raises(NotAllowed):
        get_for(house.denis, document.id, Right.WRITE)


def test_another_organisation_finds_nothing(house: House) -> None:
    other = make_house("durand")
    document = _file(house.chloe, party_id=house.dupont.id)
    for actor in (other.alice, other.bruno, other.portal):
        with pytest.raises(NotFound):
            get_for(actor, document.id)
    with pytest.raises(NotFound):
        _file(other.alice, party_id=house.dupont.id)
    with pytest.raises(NotFound):
        _file(other.alice, folder_id=document.folder_id)


def test_a_portal_sees_only_what_was_published_to_it(house: House) -> None:
    document = _file(house.chloe, party_id=house.dupont.id)
    with pytest.raises(NotFound):
        get_for(house.portal, document.id)
    assert publish_document(document.id, actor=house.chloe)
    assert not publish_document(document.id, actor=house.chloe)
    assert get_for(house.portal, document.id) == document
    unfiled = _file(house.chloe)
    assert not publish_document(unfiled.id, actor=house.chloe)
    assert search_documents(house.portal, DocumentFilter()).items == [document]


def test_the_folders_of_employees_are_closed_to_ordinary_members(house: House) -> None:
    employee = Party.objects.create(
        organisation=house.organisation, kind=PartyKind.EMPLOYEE, code="S1", name="Karim Benali"
    )
    document = _file(house.bruno, party_id=employee.id)
    assert get_for(house.bruno, document.id)
    with pytest.raises(NotFound):
        get_for(house.chloe, document.id)
    grant_right(house.bruno, folder_id=document.folder_id, right=Right.READ, member_id=house.chloe.member_id)
    assert get_for(house.chloe, document.id)
    grant_right(house.bruno, folder_id=document.folder_id, right=None, member_id=house.chloe.member_id)
    with pytest.raises(NotFound):
        get_for(house.chloe, document.id)


def test_rights_follow_a_folder_that_moves(house: House) -> None:
    root = root_folder(house.organisation.id)
    secret = create_folder(house.alice, parent_id=root.id, name="Direction")
    set_own_rights(secret, own=True)
    open_place = create_folder(house.alice, parent_id=root.id, name="Commun")
    below = create_folder(house.alice, parent_id=open_place.id, name="Projets")
    document = _file(house.alice, folder_id=below.id)
    assert get_for(house.chloe, document.id)
    move_folder(house.alice, folder_id=open_place.id, parent_id=secret.id)
    with pytest.raises(NotFound):
        get_for(house.chloe, document.id)
    move_folder(house.alice, folder_id=open_place.id, parent_id=root.id)
    assert get_for(house.chloe, document.id)
    assert folders_for(house.chloe).filter(id=below.id).exists()
    assert not folders_for(house.chloe).filter(id=secret.id).exists()


def test_search_reads_titles_facts_parties_and_pages_without_accents(house: House) -> None:
    document = _file(house.chloe, party_id=house.dupont.id, facts={"reference": "BX-778"}, title="Contrat d’entretien")
    set_page_texts(document.id, ["Le présent contrat règle la rénovation de la chaudière.", "Page deux \x00"])
    for words in ("renovation", "BX-778", "dupont", "chaudières", '"contrat d’entretien"'):
        assert search_documents(house.chloe, DocumentFilter(text=words)).items == [document], words
    for hostile in ("'; drop table x", '"', "((", "a & | !", "\x00"):
        search_documents(house.chloe, DocumentFilter(text=hostile))
    assert search_documents(house.chloe, DocumentFilter(text="piscine")).items == []


def test_pages_of_a_list_follow_each_other_by_key(house: House) -> None:
    made = [_file(house.chloe, title=f"N° {number}") for number in range(7)]
    seen: list[Document] = []
    key = ""
    while True:
        part = search_documents(house.chloe, DocumentFilter(), key=key, size=3)
        seen += part.items
        key = part.next_key
        if not key:
            break
    assert seen == made[::-1]
    assert search_documents(house.chloe, DocumentFilter(), key="garbage", size=3).items == made[::-1][:3]
