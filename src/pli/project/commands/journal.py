"""``pli journal``: export an organisation's journal, check an export or a proof, write the catalogue of events."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from uuid import UUID

from pli.journal import verify_journal
from pli.project.config import config
from pli.project.database import database_for, start_django
from pli.project.speech import _, complain, write

_EXIT = {"TOTAL_PASSED": 0, "TOTAL_FAILED": 1, "INDETERMINATE": 2}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, and with what."""
    verbs = parser.add_subparsers(dest="verb", required=True)
    export = verbs.add_parser("export", help=_("exporte le journal d’une organisation, avec de quoi le vérifier"))
    export.add_argument("folder", type=Path, help=_("dossier à créer"))
    export.add_argument("--organisation", default="", help=_("identifiant court, s’il y en a plusieurs"))
    export.add_argument("--since", type=int, default=None, help=_("position à partir de laquelle exporter"))
    verify = verbs.add_parser("verify", help=_("vérifie un export (dossier) ou une preuve d’inclusion (fichier JSON)"))
    verify.add_argument("path", type=Path)
    verify.add_argument("--roots", type=Path, default=None, help=_("certificats racines de confiance (PEM)"))
    verify.add_argument("--json", action="store_true", help=_("réponse en JSON"))
    catalogue = verbs.add_parser("catalogue", help=_("écrit la page des événements (docs/events.md)"))
    catalogue.add_argument("--write", type=Path, default=None)


def run(arguments: argparse.Namespace) -> int:
    """Do it; 0 done or proved, 1 refused or forged, 2 not entirely proved."""
    verbs = {"export": _export, "verify": _verify, "catalogue": _catalogue}
    return verbs[arguments.verb](arguments)


def _verify(arguments: argparse.Namespace) -> int:
    if arguments.path.is_dir():
        verdict = verify_journal.verify_export(arguments.path, arguments.roots)
    else:
        try:
            verdict = verify_journal.verify_proof(json.loads(arguments.path.read_bytes()), arguments.roots)
        except (OSError, ValueError):
            complain(_("Ce fichier n’est pas une preuve d’inclusion : %s") % arguments.path)
            return 1
    if arguments.json:
        write(json.dumps({"verdict": verdict.verdict, **asdict(verdict)}, ensure_ascii=False))
    else:
        write(verify_journal.report(verdict).rstrip())
    return _EXIT[verdict.verdict]


def _catalogue(arguments: argparse.Namespace) -> int:
    start_django()
    from pli.journal.api import render_catalogue

    if arguments.write:
        arguments.write.write_text(render_catalogue())
    else:
        write(render_catalogue().rstrip())
    return 0


def _export(arguments: argparse.Namespace) -> int:
    if arguments.folder.exists() and (not arguments.folder.is_dir() or any(arguments.folder.iterdir())):
        complain(_("Le dossier %s n’est pas vide : rien n’a été écrit. Donnez un nouveau dossier.") % arguments.folder)
        return 1
    with database_for(config()):
        start_django()
        organisation_id = find_organisation(arguments.organisation)
        if organisation_id is None:
            return 1
        from pli.journal.api import export_chain, make_anchor
        from pli.project.timestamps import timestamps_for, trusted_roots

        timestamps = timestamps_for(organisation_id)
        make_anchor(organisation_id, timestamps=timestamps)
        manifest = export_chain(
            organisation_id, arguments.folder, since=arguments.since, roots=trusted_roots(), timestamps=timestamps
        )
    count = manifest["last_position"] - manifest["first_position"] + 1
    write(_("%(count)d entrées exportées dans %(folder)s.") % {"count": count, "folder": arguments.folder})
    write(_("Pour vérifier : python3 %s") % (arguments.folder / "verify_journal.py"))
    return 0


def find_organisation(slug: str) -> UUID | None:
    """The organisation called ``slug``, or the only one there is."""
    from pli.parties.api import Organisation

    known = dict(Organisation.objects.order_by("slug").values_list("slug", "id"))
    if slug in known:
        return UUID(str(known[slug]))
    if not slug and len(known) == 1:
        return UUID(str(next(iter(known.values()))))
    complain(_("Dites laquelle avec --organisation : %s") % ", ".join(known))
    return None
