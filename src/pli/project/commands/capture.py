"""``pli capture FILE…``: hand files to Pli from a script, exactly as if they had been dropped on the screen."""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from pathlib import Path
from typing import Any
from uuid import UUID

from pli.project.config import config
from pli.project.database import start_django, use_running_database
from pli.project.speech import _, write

LONGEST_WAIT = 120.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The files, what they are, for whom."""
    parser.add_argument("files", type=Path, nargs="+", help=_("les PDF à déposer"))
    parser.add_argument("--kind", default="other", help=_("nature des documents (invoice, quote, contract…)"))
    parser.add_argument("--recipe", default="", help=_("nom de la recette à suivre"))
    parser.add_argument("--party", default="", help=_("code du client, salarié ou fournisseur"))
    parser.add_argument(
        "--organisation", default="", help=_("identifiant court de l’organisation, s’il y en a plusieurs")
    )
    parser.add_argument("--as", dest="member", default="", help=_("e-mail du collaborateur au nom duquel déposer"))
    parser.add_argument("--wait", action="store_true", help=_("attendre que chaque fichier soit classé ou mis de côté"))
    parser.add_argument("--json", action="store_true", help=_("réponse en JSON"))


def run(arguments: argparse.Namespace) -> int:
    """Store each file durably and record it; the same file twice under the same name is one capture."""
    use_running_database(config())
    start_django()
    from pli.capture.api import Capture, Wishes, receive
    from pli.documents.api import store_file
    from pli.parties.api import Party
    from pli.processing.api import recipes_for

    actor = _find_actor(arguments)
    if actor is None:
        write(_("Aucun collaborateur actif ne correspond : précisez --organisation ou --as."))
        return 1
    party = Party.objects.filter(organisation_id=actor.organisation_id, code=arguments.party).first()
    if arguments.party and party is None:
        write(_("Aucun tiers n’a le code %s.") % arguments.party)
        return 1
    recipe = recipes_for(actor).filter(name=arguments.recipe, is_active=True).first()
    if arguments.recipe and recipe is None:
        write(_("Aucune recette active ne s’appelle « %s ».") % arguments.recipe)
        return 1
    wishes = Wishes(kind=arguments.kind, party_id=party.id if party else None, recipe_id=recipe.id if recipe else None)
    made: list[Capture] = []
    again: set[UUID] = set()
    for path in arguments.files:
        stored = store_file(path)
        key = hashlib.sha256(f"{path.name}:{stored.sha256}".encode()).hexdigest()
        capture, is_new = receive(
            actor, channel="cli", stored=stored, file_name=path.name, source_key=key, wishes=wishes
        )
        made.append(capture)
        again |= set() if is_new else {capture.id}
    if arguments.wait:
        _wait(actor, made)
    return _report(actor, made, again, as_json=arguments.json)


def _find_actor(arguments: argparse.Namespace):  # type: ignore[no-untyped-def]  # noqa: ANN202 - Django is not loaded yet
    """The member named, else the first administrator of the organisation."""
    from pli.parties.api import Member, Role, staff_actor

    members = Member.objects.filter(is_active=True).select_related("account", "organisation")
    if arguments.organisation:
        members = members.filter(organisation__slug=arguments.organisation)
    if arguments.member:
        members = members.filter(account__email__iexact=arguments.member)
    else:
        members = members.filter(role=Role.ADMIN)
    member = members.order_by("created_at").first()
    return staff_actor(member.account, member.organisation_id) if member else None


def _wait(actor, made) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    """Until each is filed or set aside, and the run of each that passed to a recipe has ended."""
    deadline = time.monotonic() + LONGEST_WAIT
    while any(_is_under_way(actor, capture) for capture in made) and time.monotonic() < deadline:
        time.sleep(0.1)
        for capture in made:
            capture.refresh_from_db()


def _is_under_way(actor, capture) -> bool:  # type: ignore[no-untyped-def]  # noqa: ANN001
    from pli.processing.api import run_of_capture

    if capture.state != "PASSED":
        return bool(capture.state == "RECEIVED")
    run = run_of_capture(actor, capture.id)
    return run is None or run.state in ("READING", "MAKING")


def _report(actor, made, again: set[UUID], *, as_json: bool) -> int:  # type: ignore[no-untyped-def]  # noqa: ANN001
    rows = [
        {
            "capture": str(capture.id),
            "file": capture.file_name,
            "state": capture.state,
            "again": capture.id in again,
            "document": str(capture.document_id) if capture.document_id else None,
            "problem": capture.problem_code or None,
            "run": _run_row(actor, capture),
        }
        for capture in made
    ]
    if as_json:
        write(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        for row in rows:
            write(f"{row['state']:<9} {row['file']}  {row['document'] or row['problem'] or ''}".rstrip())
            if row["again"]:
                write(
                    "          "
                    + _("Déjà reçu : rien n’a été refait ; la nature et la recette sont celles de la première fois.")
                )
            if row["run"]:
                write(f"          {row['run']['state']} {json.dumps(row['run']['pieces'])}")
    return 1 if any(row["problem"] or (row["run"] and row["run"]["problem"]) for row in rows) else 0


def _run_row(actor: Any, capture: Any) -> dict[str, Any] | None:
    """The run of a capture that passed to a recipe: its state, its pieces by state, its documents."""
    from pli.processing.api import run_of_capture, run_progress

    run = run_of_capture(actor, capture.id) if capture.state == "PASSED" else None
    if run is None:
        return None
    documents = run.pieces.filter(document__isnull=False).order_by("position").values_list("document_id", flat=True)
    return {
        "id": str(run.id),
        "state": run.state,
        "problem": run.problem_code or None,
        "pieces": {state: count for state, count in run_progress(run).pieces.items() if count},
        "documents": [str(document_id) for document_id in documents],
    }
