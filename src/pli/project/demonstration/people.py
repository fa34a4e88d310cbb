"""Who works at the demonstration company, and for whom. Addresses end in .example: nobody real is ever written to."""

from __future__ import annotations

from pli.parties.api import PartyKind, Role

PASSWORD = "demonstration-pli-2026"  # noqa: S105 - printed on the screen of every demonstration, on purpose

# What the company's own invoices say of it, and its Factur-X carry.
OWN_PAPERS = {
    "vat": "FR44732829320",
    "iban": "FR7630006000011234567890189",
    "address": "17 boulevard de Chantenay\n44100 Nantes",
}

STAFF = (
    ("claire.mercier@mercier.example", "Claire Mercier", Role.ADMIN),
    ("bruno.leroy@mercier.example", "Bruno Leroy", Role.MANAGER),
    ("sofia.haddad@mercier.example", "Sofia Haddad", Role.MEMBER),
    ("denis.morel@mercier.example", "Denis Morel", Role.AUDITOR),
)
NEIGHBOUR = ("alain.riviere@riviere.example", "Alain Rivière", Role.ADMIN)

# kind, code, name, siren, e-mail, street, postcode, city, contacts (name, e-mail, mobile, job)
PARTIES: tuple[tuple[PartyKind, str, str, str, str, str, str, str, tuple[tuple[str, str, str, str], ...]], ...] = (
    (PartyKind.CLIENT, "C001", "Dupont SARL", "552100554", "contact@dupont.example", "12 RUE DES TANNEURS", "44000",
     "NANTES", (("Julie Martin", "julie.martin@dupont.example", "+33612345678", "Gérante"),
                ("Paul Durand", "paul.durand@dupont.example", "+33698765432", "Directeur technique"))),
    (PartyKind.CLIENT, "C002", "Boulangerie Lemaire", "", "bonjour@lemaire.example", "3 PLACE DU MARCHE", "35000",
     "RENNES", (("Éric Lemaire", "eric@lemaire.example", "+33611223344", "Propriétaire"),)),
    (PartyKind.CLIENT, "C003", "Clinique des Tilleuls", "542065479", "achats@tilleuls.example",
     "45 AVENUE DE LA REPUBLIQUE", "37000", "TOURS", (("Nadia Cohen", "n.cohen@tilleuls.example", "", "Achats"),)),
    (PartyKind.CLIENT, "C004", "SCI Les Remparts", "", "gestion@remparts.example", "8 QUAI SAINT MICHEL", "56000",
     "VANNES", ()),
    (PartyKind.SUPPLIER, "F001", "Papeterie de l’Ouest", "", "factures@papeterie.example", "ZA DU CORMIER", "49300",
     "CHOLET", ()),
    (PartyKind.EMPLOYEE, "S001", "Karim Benali", "", "karim.benali@mercier.example", "21 RUE DES LILAS", "44100",
     "NANTES", (("Karim Benali", "karim.benali@mercier.example", "+33677889900", "Technicien"),)),
)  # fmt: skip

# code of the party, e-mail, name
PORTALS = (
    ("C001", "julie.martin@dupont.example", "Julie Martin"),
    ("S001", "karim.benali@mercier.example", "Karim Benali"),
)
