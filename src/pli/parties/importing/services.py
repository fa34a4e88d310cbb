"""An import's course: received, its columns chosen, checked line by line, confirmed, applied in chunks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import BinaryIO
from uuid import UUID

from django.db import transaction

from pli.journal.api import EventType, record
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import NotFound
from pli.kit.transitions import UnableToMove
from pli.parties import events
from pli.parties.actors import Actor
from pli.parties.identities import require_role
from pli.parties.importing.columns import check_columns, guess_columns
from pli.parties.importing.escaping import scrub_cell
from pli.parties.importing.isolated import read_head, read_lines
from pli.parties.importing.lines import load_known, plan_line, values_of
from pli.parties.importing.reading import MAX_BYTES, Line, UnableToReadTable
from pli.parties.importing.states import IMPORT_STATES
from pli.parties.models import ImportLine, LineOutcome, PartyImport, PartyKind, Role
from pli.parties.problems import Problem

CHECK_CHUNK = 1000
SAMPLE_LINES = 8


def receive_import(
    *, actor: Actor, kind: PartyKind, file_name: str, file: BinaryIO, clock: Clock = SYSTEM_CLOCK
) -> PartyImport:
    """Keep a file to import and guess its columns. Nothing is checked against the parties yet.

    :raises UnableToReadTable: when it is no table, or beyond the limits of ``reading``.
    :raises NotAllowed: unless an administrator or a manager asks.
    """
    require_role(actor, Role.ADMIN, Role.MANAGER)
    content = file.read(MAX_BYTES + 1)
    first = read_head(content, SAMPLE_LINES + 1)
    headers = [scrub_cell(cell)[:120] for cell in first[0].cells]
    with transaction.atomic():
        made = PartyImport.objects.create(
            organisation_id=actor.organisation_id,
            kind=kind,
            file_name=scrub_cell(file_name)[-200:],
            sha256=hashlib.sha256(content).hexdigest(),
            content=content,
            headers=headers,
            sample=[[scrub_cell(cell)[:80] for cell in line.cells] for line in first[1:]],
            mapping=guess_columns(headers),
            created_by=actor.reference,
            created_at=clock.now(),
        )
        data = {"kind": kind.value, "sha256": made.sha256, "size": len(content), "file_name": made.file_name}
        _tell(events.IMPORT_RECEIVED, made, actor.reference, clock, data)
    return made


@transaction.atomic
def preview_import(
    *, actor: Actor, import_id: UUID, mapping: Mapping[str, int], clears_empty: bool = False
) -> PartyImport:
    """Choose the columns and start the reading of every line, by a job; it may be done again with other columns.

    :raises UnableToMapColumns: when code or name has no column, or a column serves twice.
    """
    from pli.parties.tasks import check_lines

    made = _move(actor, import_id, "check")
    made.mapping = check_columns(mapping, len(made.headers))
    made.clears_empty = clears_empty
    made.done = made.total = 0
    made.problem = ""
    made.save(update_fields=["mapping", "clears_empty", "done", "total", "problem"])
    check_lines.configure(lock=f"party-import:{made.id}").defer(import_id=str(made.id))
    return made


@transaction.atomic
def confirm_import(*, actor: Actor, import_id: UUID, clock: Clock = SYSTEM_CLOCK) -> PartyImport:
    """Start writing what the preview showed, by a job. Lines in error are left out."""
    from pli.parties.tasks import apply_lines

    made = _move(actor, import_id, "confirm")
    made.done = 0
    made.total = made.lines.filter(outcome__in=[LineOutcome.CREATE, LineOutcome.UPDATE]).count()
    made.save(update_fields=["done", "total"])
    _tell(events.IMPORT_CONFIRMED, made, actor.reference, clock, {"counts": count_outcomes(made)})
    apply_lines.configure(lock=f"party-import:{made.id}").defer(import_id=str(made.id))
    return made


@transaction.atomic
def cancel_import(*, actor: Actor, import_id: UUID, clock: Clock = SYSTEM_CLOCK) -> PartyImport:
    """Give up an import before anything was written. The file is kept."""
    made = _move(actor, import_id, "cancel")
    _tell(events.IMPORT_CANCELLED, made, actor.reference, clock, {})
    return made


def run_check(import_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> None:
    """Read every line and plan it; starts over when it was interrupted. Called by the job; does nothing
    when the import is not being checked."""
    made = PartyImport.objects.get(id=import_id)
    if made.state != "CHECKING":
        return
    made.lines.all().delete()
    try:
        _check_lines(made, read_lines(bytes(made.content)), clock)
    except UnableToReadTable as refusal:
        _finish(made, "fail", problem=refusal.reason)
        return
    _finish(made, "show", total=made.lines.count())


def get_import(actor: Actor, import_id: UUID) -> PartyImport:
    """One import, without its bytes. :raises NotFound:"""
    require_role(actor, Role.ADMIN, Role.MANAGER)
    made = PartyImport.objects.filter(id=import_id, organisation_id=actor.organisation_id).defer("content").first()
    if made is None:
        raise NotFound()
    return made


def list_imports(actor: Actor, limit: int = 20) -> list[PartyImport]:
    """The latest imports, newest first."""
    require_role(actor, Role.ADMIN, Role.MANAGER)
    rows = PartyImport.objects.filter(organisation_id=actor.organisation_id).defer("content")
    return list(rows.order_by("-created_at")[:limit])


def count_outcomes(made: PartyImport) -> dict[str, int]:
    """How many lines lead to what."""
    from django.db.models import Count

    rows = made.lines.order_by().values_list("outcome").annotate(n=Count("id"))
    return {**dict.fromkeys(LineOutcome.values, 0), **dict(rows)}


def _check_lines(made: PartyImport, lines: Iterator[Line], clock: Clock) -> None:
    """Plan the lines a chunk at a time, a transaction each, so that progress shows and memory stays flat."""
    next(lines)
    seen: dict[str, int] = {}
    done = 0
    while chunk := list(islice(lines, CHECK_CHUNK)):
        given = [(line.number, values_of(line.cells, made.mapping, clears_empty=made.clears_empty)) for line in chunk]
        codes = [" ".join(values["code"].split()) for _, values in given]
        known = load_known(made.organisation_id, made.kind, codes)
        rows = []
        for (number, values), code in zip(given, codes, strict=True):
            plan = plan_line(values, known.get(code), clock.now())
            problems = list(plan.problems)
            if code and code in seen:
                problems.append(Problem("code", "code_repeated", {"value": code[:40], "line": str(seen[code])}))
            seen.setdefault(code, number)
            rows.append(
                ImportLine(
                    party_import=made,
                    number=number,
                    outcome=LineOutcome.ERROR if problems else plan.outcome,
                    code=code[:200],
                    name=values["name"][:200],
                    values=values,
                    changes=[[change.field, change.old, change.new] for change in plan.changes],
                    problems=[problem.stored() for problem in problems],
                )
            )
        done += len(rows)
        with transaction.atomic():
            ImportLine.objects.bulk_create(rows)
            PartyImport.objects.filter(id=made.id).update(done=done)


def _move(actor: Actor, import_id: UUID, verb: str) -> PartyImport:
    """Move the import by the table, unless somebody was first. :raises UnableToMove: :raises NotFound:"""
    made = get_import(actor, import_id)
    target = IMPORT_STATES.next_state(made.state, verb)
    if not PartyImport.objects.filter(id=made.id, state=made.state).update(state=target):
        raise UnableToMove(state=made.state, verb=verb, machine=IMPORT_STATES.name)
    made.state = target
    return made


def _finish(made: PartyImport, verb: str, **fields: object) -> None:
    target = IMPORT_STATES.next_state("CHECKING", verb)
    PartyImport.objects.filter(id=made.id, state="CHECKING").update(state=target, **fields)


def _tell(kind: EventType, made: PartyImport, actor: str, clock: Clock, data: Mapping[str, object]) -> None:
    record(kind, organisation_id=made.organisation_id, subject=("import", made.id), actor=actor, data=data, clock=clock)
