"""The three address books: their place in the URL and their words on screen."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pli.parties.api import PartyKind


@dataclass(frozen=True)
class Book:
    """One address book. Words are whole sentences: French and English agree differently."""

    kind: PartyKind
    slug: str
    title: str | Promise
    add: str | Promise
    empty: str | Promise
    empty_text: str | Promise
    export_name: str


BOOKS = {
    book.slug: book
    for book in (
        Book(
            PartyKind.CLIENT,
            "clients",
            _("Clients"),
            _("Ajouter un client"),
            _("Aucun client pour l’instant"),
            _("Ajoutez votre premier client, ou importez votre liste depuis un tableur."),
            "clients",
        ),
        Book(
            PartyKind.EMPLOYEE,
            "employees",
            _("Salariés"),
            _("Ajouter un salarié"),
            _("Aucun salarié pour l’instant"),
            _("Ajoutez votre premier salarié, ou importez votre liste depuis un tableur."),
            "salaries",
        ),
        Book(
            PartyKind.SUPPLIER,
            "suppliers",
            _("Fournisseurs"),
            _("Ajouter un fournisseur"),
            _("Aucun fournisseur pour l’instant"),
            _("Ajoutez votre premier fournisseur, ou importez votre liste depuis un tableur."),
            "fournisseurs",
        ),
    )
}
BOOK_OF_KIND = {book.kind: book for book in BOOKS.values()}


class BookConverter:
    """``clients``, ``employees`` or ``suppliers`` in an address."""

    regex = "|".join(BOOKS)

    def to_python(self, value: str) -> Book:
        return BOOKS[value]

    def to_url(self, value: Book | str) -> str:
        return value.slug if isinstance(value, Book) else value
