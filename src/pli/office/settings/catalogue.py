"""The sections of the settings and what each of them decides: the hub shows them, its search looks in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pli.parties.api import Role, StaffActor, fold

Text = str | Promise


@dataclass(frozen=True)
class Setting:
    """One thing to decide, and where on its section's page."""

    title: Text
    anchor: str = ""


@dataclass(frozen=True)
class Section:
    """One page of settings. ``roles``: who may open it (everybody when empty)."""

    title: Text
    text: Text
    icon: str
    url_name: str
    settings: Sequence[Setting] = ()
    roles: frozenset[Role] = frozenset()


@dataclass(frozen=True)
class FoundSection:
    """A section as one search sees it: its address, and the settings that match (all of them without a search)."""

    section: Section
    url: str
    settings: Sequence[Setting]


SECTIONS: tuple[Section, ...] = (
    Section(
        _("Organisation"),
        _("Qui vous êtes pour vos clients : nom, logo, couleur."),
        "building",
        "settings:organisation",
        (
            Setting(_("Nom et SIREN"), "id_name"),
            Setting(_("Adresse e-mail de contact"), "id_contact_email"),
            Setting(_("N° de TVA intracommunautaire"), "id_vat"),
            Setting(_("IBAN"), "id_iban"),
            Setting(_("Adresse postale"), "id_address"),
            Setting(_("Langue par défaut"), "id_language"),
            Setting(_("Couleur de la marque"), "id_colour"),
            Setting(_("Logo"), "logo"),
        ),
    ),
    Section(
        _("Signature"),
        _("Le niveau des signatures, leur place, et qui en donne l’heure."),
        "signature",
        "settings:signature",
        (
            Setting(_("Niveau de signature PAdES (B-B, B-T, B-LT, B-LTA)"), "level"),
            Setting(_("Place de la signature (gauche, droite, au choix)"), "side"),
            Setting(_("Service d’horodatage (RFC 3161)"), "timestamps"),
        ),
    ),
    Section(
        _("Cachet"),
        _("Le certificat qui scelle vos fichiers."),
        "certificate",
        "settings:seal",
        (
            Setting(_("Certificat en place"), "current"),
            Setting(_("Importer un certificat PKCS#12 (.p12, .pfx)"), "import"),
            Setting(_("Revenir au cachet de Pli"), "own"),
            Setting(_("Télécharger le certificat et l’autorité"), "download"),
        ),
    ),
    Section(
        _("Natures de documents"),
        _("Contrat, facture, devis… : leurs métadonnées, leur durée de conservation, leur place dans le portail."),
        "tags",
        "settings:kinds",
        (
            Setting(_("Métadonnées")),
            Setting(_("Durée de conservation")),
            Setting(_("Visible dans le portail")),
        ),
    ),
    Section(
        _("Équipe"),
        _("Qui travaille ici, avec quel rôle."),
        "users",
        "members:team",
        (Setting(_("Inviter une personne"), "invite"), Setting(_("Rôles"), "roles")),
    ),
    Section(
        _("Messages"),
        _("Les mots des e-mails et des SMS que Pli envoie."),
        "mail",
        "notices:templates",
        (Setting(_("Textes des messages")),),
    ),
    Section(
        _("Passerelle de courriel"),
        _("Qui envoie depuis sa messagerie en passant par Pli, et avec quels droits."),
        "mail-forward",
        "gateway:list",
        (
            Setting(_("Comptes d’envoi"), "accounts"),
            Setting(_("Fichiers jusqu’à 1 Go")),
            Setting(_("Adresses d’expéditeur")),
        ),
    ),
    Section(
        _("Imprimantes"),
        _("Ce qu’on imprime arrive dans Pli : une imprimante par personne, ou pour toute l’équipe."),
        "printer",
        "printers:list",
        (
            Setting(_("Ajouter une imprimante")),
            Setting(_("Installer l’imprimante")),
            Setting(_("Renouveler l’adresse")),
        ),
    ),
    Section(
        _("Recettes"),
        _("Ce qui arrive dans Pli est lu, découpé, indexé, mis en forme et scellé, étape par étape."),
        "route",
        "recipes:list",
        (
            Setting(_("Découper un lot")),
            Setting(_("Lire les métadonnées")),
            Setting(_("En-têtes, conditions générales et tampons")),
            Setting(_("Apposer le cachet")),
        ),
    ),
    Section(
        _("Sources de numérisation"),
        _("Copieurs, dossiers surveillés, comptes FTPS et SFTP, boîtes aux lettres : ce qui en vient arrive dans Pli."),
        "scan",
        "sources:list",
        (
            Setting(_("Ajouter une source"), "add"),
            Setting(_("Compte FTPS pour un copieur")),
            Setting(_("Compte SFTP pour un ERP")),
            Setting(_("Dossier surveillé")),
            Setting(_("Numérisation par e-mail (IMAP)")),
        ),
        frozenset({Role.ADMIN, Role.MANAGER, Role.AUDITOR}),
    ),
    Section(
        _("Modèles de lecture"),
        _("Où lire le numéro, la date et les montants sur les papiers de chaque fournisseur."),
        "crop",
        "layouts:list",
        (Setting(_("Dessiner un modèle")),),
    ),
    Section(
        _("Compte prépayé"),
        _("Ce que Pli coûte : solde, relevé, prix, factures, espace de stockage."),
        "wallet",
        "billing:account",
        (
            Setting(_("Solde"), "balance"),
            Setting(_("Prix"), "prices"),
            Setting(_("Factures"), "invoices"),
            Setting(_("Espace de stockage"), "storage"),
            Setting(_("Seuil d’alerte"), "choices"),
        ),
        frozenset({Role.ADMIN, Role.MANAGER, Role.AUDITOR}),
    ),
    Section(
        _("API"),
        _("Brancher vos logiciels : jetons et webhooks."),
        "api",
        "integrations:overview",
        (Setting(_("Jetons d’API")), Setting(_("Webhooks"))),
        frozenset({Role.ADMIN}),
    ),
    Section(
        _("État du système"),
        _("Ce qui va, ce qui ne va pas, et quoi faire."),
        "heartbeat",
        "system:show",
        (Setting(_("Base de données, disque, files, certificats, horodatage, e-mail, SMS")),),
        frozenset({Role.ADMIN}),
    ),
)


def find_sections(actor: StaffActor, text: str) -> list[FoundSection]:
    """The sections this person may open that hold every word of ``text``, accents and capitals aside."""
    words = fold(text).split()
    found: list[FoundSection] = []
    for section in SECTIONS:
        url = _address(section.url_name)
        if not url or (section.roles and actor.role not in section.roles):
            continue
        about = fold(f"{section.title} {section.text}")
        if all(word in about for word in words):
            found.append(FoundSection(section, url, section.settings))
            continue
        matching = [one for one in section.settings if all(word in f"{about} {fold(str(one.title))}" for word in words)]
        if matching:
            found.append(FoundSection(section, url, matching))
    return found


def _address(url_name: str) -> str:
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""
