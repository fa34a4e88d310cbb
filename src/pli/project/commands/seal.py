"""``pli seal``: keys of a device (PKCS#11), put at an organisation's disposal by whoever runs the server."""

from __future__ import annotations

import argparse
from pathlib import Path
from uuid import UUID

from pli.project.commands.journal import find_organisation
from pli.project.config import config
from pli.project.database import database_for, start_django
from pli.project.speech import _, write


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, and with which key."""
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("tokens", help=_("montre les dispositifs branchés"))
    offer = verbs.add_parser("offer", help=_("met la clé d’un dispositif à la disposition d’une organisation"))
    offer.add_argument("--token", required=True, help=_("étiquette du dispositif"))
    offer.add_argument("--key", default="", help=_("étiquette de la clé"))
    offer.add_argument(
        "--id", default="", help=_("identifiant de la clé, en hexadécimal, si l’étiquette ne suffit pas")
    )
    offer.add_argument(
        "--certificate",
        type=Path,
        default=None,
        help=_("certificat et autorités (PEM), s’ils ne sont pas dans le dispositif"),
    )
    for name, words in (
        ("withdraw", _("retire cette mise à disposition")),
        ("check", _("fait signer le cachet en place, pour voir")),
    ):
        verbs.add_parser(name, help=words)
    for name in ("offer", "withdraw", "check"):
        verbs.choices[name].add_argument(
            "--organisation", default="", help=_("identifiant court, s’il y en a plusieurs")
        )
    verbs.add_parser("unlock", help=_("permet d’essayer de nouveau un code PIN qui avait été refusé"))


def run(arguments: argparse.Namespace) -> int:
    """Do it; 0 done, 1 refused with the reason."""
    with database_for(config()):
        start_django()
        if arguments.verb == "tokens":
            return _tokens()
        if arguments.verb == "unlock":
            return _unlock()
        organisation_id = find_organisation(arguments.organisation)
        if organisation_id is None:
            return 1
        return {"offer": _offer, "withdraw": _withdraw, "check": _check}[arguments.verb](organisation_id, arguments)


def _tokens() -> int:
    from pli.signing.api import trust_store
    from pli.trust.api import tokens

    found = tokens(trust_store().device_access())
    for one in found:
        write(f"{one['label']}  {one['maker']}  {one['model']}  {one['serial']}")
    if not found:
        write(_("Aucun dispositif n’est branché."))
    return 0


def _unlock() -> int:
    from pli.signing.api import trust_store

    trust_store().device_access().forget_refusal()
    write(_("Le code PIN sera essayé de nouveau au prochain cachet."))
    return 0


def _offer(organisation_id: UUID, arguments: argparse.Namespace) -> int:
    from cryptography import x509

    from pli.signing.api import trust_store
    from pli.trust.api import KeyPlace

    given = x509.load_pem_x509_certificates(arguments.certificate.read_bytes()) if arguments.certificate else []
    place = KeyPlace(arguments.token, arguments.key, arguments.id.replace(":", "").lower())
    identity = trust_store().offer_device(organisation_id, place, given)
    write(
        _("« %(name)s » est à la disposition de l’organisation, qui le choisit dans Réglages › Cachet.")
        % {"name": identity.name}
    )
    return 0


def _withdraw(organisation_id: UUID, arguments: argparse.Namespace) -> int:
    from pli.signing.api import trust_store

    trust_store().withdraw_device(organisation_id)
    write(_("La clé n’est plus à choisir ; un cachet déjà choisi sert jusqu’à ce qu’un autre le remplace."))
    return 0


def _check(organisation_id: UUID, arguments: argparse.Namespace) -> int:
    from pli.signing.api import trust_store

    identity = trust_store().seal_for(organisation_id)
    identity.sign(b"pli seal check")
    where = _("dans un dispositif") if identity.is_in_device else _("dans un fichier")
    write(
        _("« %(name)s » signe (%(algorithm)s, clé %(where)s).")
        % {
            "name": identity.name,
            "algorithm": identity.algorithm,
            "where": where,
        }
    )
    return 0
