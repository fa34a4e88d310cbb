"""What a piece becomes: a document, a question to a person, or a reason in « À traiter »; and writing that down."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from pli.documents.api import (
    Document,
    DocumentKind,
    FactsRefused,
    FilingDesk,
    NewDocument,
    StoredBytes,
    check_many,
    create_documents,
    open_desk,
    title_from_file_name,
)
from pli.journal.api import Happening, record_many
from pli.kit.clock import Clock
from pli.kit.errors import NotFound, Phrase, PliError, read_phrase, write_details, write_phrase
from pli.parties.api import Party, StaffActor
from pli.processing import events
from pli.processing.errors import FactsMissing, OrphanPages, PartyUnknown, PieceFailed, PieceUnreadable
from pli.processing.models import Layout, Run, RunPiece
from pli.processing.runs import problem_of
from pli.processing.sealing import RunSeal
from pli.processing.states import PIECE, PieceState

_NUMBERS = ("number", "numero", "reference")
"""What a piece that nothing cut by its number is called by, when its number was read."""
_KNOWN = {error.code: error for error in (PieceUnreadable, PieceFailed)}
MOST_TRIES = 5


@dataclass(frozen=True)
class File:
    """Bytes kept under a name."""

    name: str
    stored: StoredBytes


@dataclass(frozen=True)
class Ended:
    """A piece and what it came to: ``state``, with its problem where it waits for a person."""

    piece: RunPiece
    told: Mapping[str, Any]
    state: str
    problem_code: str = ""
    problem: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    party_id: UUID | None = None
    layout_id: UUID | None = None
    stored: StoredBytes | None = None
    attached: tuple[File, ...] = ()
    is_later: bool = False
    reason: str = ""

    @property
    def is_filed(self) -> bool:
        return self.state == PieceState.DONE and not self.is_later


def park(piece: RunPiece, error: PliError, told: Mapping[str, Any] | None = None) -> Ended:
    """A piece that waits with its reason."""
    return Ended(piece, told or {}, PieceState.PARKED, error.code, problem_of(error))


def to_document(run: Run, piece: RunPiece, told: Mapping[str, Any]) -> Ended:
    """What the sandbox told of a piece, before the database is asked."""
    ended = Ended(
        piece,
        told,
        PieceState.DONE,
        facts={name: str(fact["value"]) for name, fact in (told.get("facts") or {}).items()},
        party_id=_identity(told.get("party_id")),
        layout_id=_identity(told.get("layout")),
    )
    problem = told.get("problem")
    if problem is None:
        return ended
    if problem.get("is_temporary") and piece.tries < MOST_TRIES:
        return replace(ended, is_later=True, reason=str(read_phrase(problem.get("reason", ""))))
    state = PieceState.TO_INDEX if problem.get("needs_person") else PieceState.PARKED
    return replace(ended, state=state, problem_code=str(problem["code"])[:20], problem=problem_of_told(problem))


def problem_of_told(problem: Mapping[str, Any]) -> dict[str, Any]:
    known = _KNOWN.get(str(problem["code"]))
    details = {str(name): write_phrase(read_phrase(value)) for name, value in (problem.get("details") or {}).items()}
    if known is not None:
        return {"message": known.message, "kept": known.kept, "remedy": known.remedy, "details": details}
    if "reason" not in problem:
        message, details = PieceFailed.message, {"reason": details.get("reason", "")}
    else:
        message = _spread(problem["reason"], details) or PieceFailed.message
    remedy = _spread(problem.get("remedy"), details) or PieceFailed.remedy
    return {"message": message, "kept": OrphanPages.kept, "remedy": remedy, "details": details}


def _spread(told: Any, details: dict[str, Any]) -> str:
    """The sentence to be translated; what fills it goes to ``details``."""
    said = read_phrase(told) if told else ""
    if not isinstance(said, Phrase):
        return said
    details.update(write_details(said.places))
    return said.msgid


def _identity(value: Any) -> UUID | None:
    try:
        return UUID(str(value)) if value else None
    except ValueError:
        return None


class Filer:
    """Judges and files pieces of one run."""

    def __init__(self, run: Run, actor: StaffActor, clock: Clock) -> None:
        self._run, self._actor, self._clock = run, actor, clock
        self._desk: FilingDesk | None = None

    @cached_property
    def _kinds(self) -> dict[str, DocumentKind]:
        return {kind.slug: kind for kind in DocumentKind.objects.filter(organisation_id=self._run.organisation_id)}

    @cached_property
    def _is_only(self) -> bool:
        return self._run.pieces.count() == 1

    def judge(self, ended: Sequence[Ended]) -> list[Ended]:
        """Those that would be refused as documents, or that the recipe does not trust, wait for a person."""
        ended = self._known_only(ended)
        asked = [one for one in ended if one.is_filed]
        wanted = [self._new(one) for one in asked]
        self._desk = open_desk(self._actor, wanted, clock=self._clock)
        refusals = iter(check_many(self._desk, wanted))
        return [self._judge_one(one, next(refusals)) if one.is_filed else one for one in ended]

    def _known_only(self, ended: Sequence[Ended]) -> list[Ended]:
        """Parties and layouts that are not the organisation's (a step was fooled) are nobody's."""
        organisation = self._run.organisation_id
        parties = {one.party_id for one in ended if one.party_id}
        layouts = {one.layout_id for one in ended if one.layout_id}
        if parties:
            parties = set(
                Party.objects.filter(organisation_id=organisation, id__in=parties).values_list("id", flat=True)
            )
        if layouts:
            layouts = set(
                Layout.objects.filter(organisation_id=organisation, id__in=layouts).values_list("id", flat=True)
            )
        return [
            replace(
                one,
                party_id=one.party_id if one.party_id in parties else None,
                layout_id=one.layout_id if one.layout_id in layouts else None,
            )
            for one in ended
        ]

    def _judge_one(self, one: Ended, refusal: PliError | None) -> Ended:
        if refusal is None:
            refusal = self._doubt(one)
        if refusal is None:
            return one
        if isinstance(refusal, FactsRefused):
            problem = problem_of(FactsMissing(fields=self._labels(one, refusal.errors)))
            problem["errors"] = dict(refusal.errors)
            return replace(one, state=PieceState.TO_INDEX, problem_code=FactsMissing.code, problem=problem)
        waits = isinstance(refusal, PartyUnknown | FactsMissing | NotFound)
        state = PieceState.TO_INDEX if waits else PieceState.PARKED
        return replace(one, state=state, problem_code=refusal.code, problem=problem_of(refusal))

    def _doubt(self, one: Ended) -> PliError | None:
        """Why the recipe wants a person to look at what was read, though it could be filed."""
        if self._run.needs_party and one.party_id is None:
            return PartyUnknown()
        known = {str(entry["name"]) for entry in self._kinds[one.told["kind"]].fields}
        doubtful = [
            name
            for name, fact in (one.told.get("facts") or {}).items()
            if name in known and float(fact.get("confidence", 1)) * 100 < self._run.asks_below
        ]
        return FactsMissing(fields=self._labels(one, doubtful)) if doubtful else None

    def _labels(self, one: Ended, names: Sequence[str] | Mapping[str, str]) -> str:
        kind = self._kinds.get(str(one.told.get("kind")))
        labels = (
            {str(entry["name"]): str(entry.get("label_fr", entry["name"])) for entry in kind.fields} if kind else {}
        )
        return ", ".join(labels.get(name, name) for name in names)

    def _new(self, one: Ended) -> NewDocument:
        """The document a piece becomes; before it is stored, with the run's bytes in the place of its own."""
        run, piece, told = self._run, one.piece, one.told
        came = StoredBytes(run.blob_id, run.blob.size)
        kind = self._kinds.get(str(told.get("kind")))
        fields = {str(entry["name"]) for entry in kind.fields} if kind else set()
        return NewDocument(
            kind_slug=str(told.get("kind")),
            stored=one.stored or came,
            original=came if self._is_only else None,
            file_name=self._file_name(piece),
            made_by=f"run:{run.id}",
            title=self._title(one, kind),
            party_id=one.party_id,
            folder_id=_identity(run.wishes.get("folder_id")),
            facts={name: value for name, value in one.facts.items() if name in fields},
            page_count=int(told.get("page_count") or len(piece.pages)),
            texts=list(told.get("texts") or ()),
            attached=[(file.name, file.stored) for file in one.attached],
        )

    def _file_name(self, piece: RunPiece) -> str:
        if self._is_only:
            return self._run.file_name
        return f"{piece.key}.pdf" if piece.key else f"{title_from_file_name(self._run.file_name)}-{piece.position}.pdf"

    def _title(self, one: Ended, kind: DocumentKind | None) -> str:
        said = str(one.told.get("title") or one.piece.title or (self._run.wishes.get("title") if self._is_only else ""))
        if said or self._is_only or kind is None:
            return said
        name = kind.name_en if self._run.organisation.language == "en" else kind.name_fr
        number = next((one.facts[field] for field in _NUMBERS if one.facts.get(field)), "")
        return f"{name} {one.piece.key or number or one.piece.position}"

    @transaction.atomic
    def file(self, ended: Sequence[Ended], seal: RunSeal | None) -> list[Document]:
        """Write it all in one transaction. Pieces that somebody moved meanwhile (cancelled, done) are left alone."""
        ids = [one.piece.id for one in ended]
        held = RunPiece.objects.select_for_update(of=("self",)).filter(id__in=ids, state=PieceState.WAITING)
        mine = set(held.order_by("id").values_list("id", flat=True))
        ended = [one for one in ended if one.piece.id in mine]
        filed = [one for one in ended if one.is_filed]
        documents = create_documents(self._actor, [self._new(one) for one in filed], desk=self._desk, clock=self._clock)
        by_piece = {one.piece.id: document for one, document in zip(filed, documents, strict=True)}
        self._update(ended, by_piece)
        record_many(self._happenings(ended, documents, seal), clock=self._clock)
        return documents

    def _update(self, ended: Sequence[Ended], documents: Mapping[UUID, Document]) -> None:
        now = self._clock.now()
        rows = []
        for one in ended:
            piece, told = one.piece, one.told
            document = documents.get(piece.id)
            rows.append(
                {
                    "id": str(piece.id),
                    "state": PIECE.next_state(PieceState.WAITING, _VERBS[one.state]),
                    "kind": str(told.get("kind") or piece.kind)[:40],
                    "layout_id": str(one.layout_id) if one.layout_id else None,
                    "party_id": str(one.party_id) if one.party_id else None,
                    "title": (document.title if document else str(told.get("title") or piece.title))[:200],
                    "facts": told.get("facts") or {},
                    "steps": told.get("steps") or [],
                    "problem_code": one.problem_code,
                    "problem": dict(one.problem),
                    "document_id": str(document.id) if document else None,
                }
            )
        if not rows:
            return
        with connection.cursor() as cursor:
            cursor.execute(_UPDATE, [now, json.dumps(rows, ensure_ascii=False)])

    def _happenings(
        self, ended: Sequence[Ended], documents: Sequence[Document], seal: RunSeal | None
    ) -> list[Happening]:
        told = []
        if documents:
            data = {
                "document_ids": [str(document.id) for document in documents],
                "sealed": seal is not None,
                "certificate": seal.fingerprint if seal else "",
                "level": seal.level if seal else "",
            }
            told.append(self._happening(events.PIECES_FILED, data))
        for one in ended:
            data = {"piece_id": str(one.piece.id), "code": one.problem_code}
            if one.state == PieceState.TO_INDEX:
                fields = sorted(one.problem.get("errors", {}))
                told.append(self._happening(events.PIECE_TO_INDEX, {**data, "fields": fields}))
            elif one.state == PieceState.PARKED:
                told.append(self._happening(events.PIECE_PARKED, data))
        return told

    def _happening(self, kind: Any, data: Mapping[str, Any]) -> Happening:
        return Happening(
            kind,
            organisation_id=self._run.organisation_id,
            subject=("run", self._run.id),
            actor="system:processing",
            data=data,
        )


_VERBS: dict[str, str] = {PieceState.DONE: "file", PieceState.TO_INDEX: "ask", PieceState.PARKED: "park"}
# One statement for a chunk: Django's bulk_update writes a CASE of every row for every column.
_UPDATE = """
UPDATE processing_runpiece piece
   SET state = given.state, kind = given.kind, layout_id = given.layout_id, party_id = given.party_id,
       title = given.title, facts = given.facts, steps = given.steps, problem_code = given.problem_code,
       problem = given.problem, document_id = given.document_id, tries = piece.tries + 1, ended_at = %s
  FROM jsonb_to_recordset(%s::jsonb) AS given(
       id uuid, state text, kind text, layout_id uuid, party_id uuid, title text, facts jsonb, steps jsonb,
       problem_code text, problem jsonb, document_id uuid)
 WHERE piece.id = given.id
"""
