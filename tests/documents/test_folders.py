"""Folders of many parties at once: one each, with the rights of their kind, however many ask."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from pli.documents.api import Folder
from pli.documents.folders import folder_of_party, folders_of_parties
from pli.journal.api import Event
from pli.parties.api import Party, PartyKind
from tests.support.people import House, make_house


def _parties(house: House) -> list[Party]:
    kinds = [PartyKind.CLIENT, PartyKind.CLIENT, PartyKind.SUPPLIER, PartyKind.EMPLOYEE]
    return [
        Party.objects.create(organisation=house.organisation, kind=kind, code=f"X{number}", name=f"Tiers {number}")
        for number, kind in enumerate(kinds)
    ]


@pytest.mark.django_db
def test_each_gets_its_folder_where_its_kind_stands() -> None:
    house = make_house()
    parties = _parties(house)
    first = folder_of_party(parties[0])
    found = folders_of_parties(parties)
    assert found[parties[0].id].id == first.id
    assert [found[party.id].name for party in parties] == [f"Tiers {n} (X{n})" for n in range(4)]
    places = [found[party.id].parent for party in parties]
    assert [place.name for place in places if place] == ["Clients", "Clients", "Fournisseurs", "Salariés"]
    own = found[parties[3].id]
    assert own.parent
    assert own.parent.has_own_rights
    assert own.rights_path == own.parent.path != found[parties[0].id].rights_path
    assert own.path == f"{own.parent.path}{own.id}/"
    assert {party: folder.id for party, folder in folders_of_parties(parties).items()} == {
        party: folder.id for party, folder in found.items()
    }
    told = Event.objects.filter(
        name="documents.folder-created", subject_id__in=[folder.id for folder in found.values()]
    )
    assert sorted(event.data["party_id"] for event in told) == sorted(str(party.id) for party in parties)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_one_folder_each() -> None:
    house = make_house()
    parties = _parties(house)
    together, found = threading.Barrier(4), []

    def ask() -> None:
        together.wait(20)
        found.append(folders_of_parties(parties))
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == 4
    assert len({folders[party.id].id for folders in found for party in parties}) == len(parties)
    assert Folder.objects.filter(party__in=parties).count() == len(parties)
    assert Folder.objects.filter(organisation_id=house.organisation.id, name="Clients").count() == 1
