"""What a recipe does to a sample, at once and without filing anything: the editor's preview."""

from __future__ import annotations

import hashlib
import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from pli.documents.api import existing_blob_path
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import PliError
from pli.kit.sandbox import JobLimits, SandboxFailed, SandboxKilled
from pli.parties.api import Organisation, Party, Role, StaffActor
from pli.processing import engine
from pli.processing.chain import StepProblem, check_steps, choose, needs_barcodes
from pli.processing.contexts import resources_named, write_knowledge
from pli.processing.errors import PieceUnreadable
from pli.processing.filing import problem_of_told
from pli.processing.models import Layout
from pli.processing.plainness import plain
from pli.processing.plugs import Piece, Stage
from pli.processing.recipes import RecipeWishes
from pli.processing.samples import Sample, keep_picture
from pli.processing.sealing import sample_seal
from pli.processing.wire import unpack_lines

MOST_PAGES = 40
MOST_PAGES_RECOGNISED = 6
PICTURE_WIDTH = 800
_MEBI = 1 << 20
LIMITS = JobLimits(
    wall_seconds=60, cpu_seconds=55, memory_bytes=1536 * _MEBI, file_bytes=512 * _MEBI, result_bytes=64 * _MEBI
)


@dataclass(frozen=True)
class FactShown:
    """A value read of the first piece; ``percent``: how sure one is of it."""

    name: str
    value: str
    percent: int
    source: str
    page: int | None


@dataclass(frozen=True)
class FirstPiece:
    """What became of the first piece. ``picture``: the ticket of its first page's image, empty when there is none."""

    kind: str
    layout: str
    party: str
    facts: Sequence[FactShown]
    said: Sequence[Mapping[str, Any]]
    """``{slug, outcome, notes}`` of each step."""
    page_count: int
    problem: Mapping[str, Any] | None
    picture: str
    attachments: Sequence[str] = ()


@dataclass(frozen=True)
class Preview:
    """A recipe's work on a sample. ``left_out``: positions of steps with problems, which were not tried."""

    page_count: int
    pages_read: int
    recognised: int
    blank: Sequence[int]
    pieces: Sequence[Piece]
    dropped: Sequence[int]
    first: FirstPiece | None
    refusal: PliError | None
    left_out: Sequence[int]
    seconds: float


def preview_recipe(actor: StaffActor, wishes: RecipeWishes, sample: Sample, *, clock: Clock = SYSTEM_CLOCK) -> Preview:
    """Read the sample's first pages, cut them, and make the first piece, as a run would. Nothing is kept.

    Steps that could not be saved are left out.

    :raises NotAllowed: for a member or an auditor.
    """
    actor.require(Role.ADMIN, Role.MANAGER)
    begun = time.monotonic()
    steps, left_out = _sound(wishes.steps)
    readers = any(one.stage == Stage.READ for one in choose(steps))
    last = min(sample.page_count, MOST_PAGES_RECOGNISED if readers else MOST_PAGES)
    read: engine.PagesRead | None = None
    pages: list[dict[str, Any]] = []
    cut: engine.Cut | None = None
    first: FirstPiece | None = None
    refusal: PliError | None = None
    try:
        read = _read(sample.sha256, last, json.dumps(_before_make(steps)), needs_barcodes(steps, _layouts(actor)))
        pages = [json.loads(line) for line in unpack_lines(read.packed)]
        cut = engine.split_stage(
            existing_blob_path(sample.sha256), marks=read.marks, steps=_before_make(steps), limits=LIMITS
        )
        first = _make_first(actor, wishes, steps, sample, read, cut, clock)
    except (SandboxKilled, SandboxFailed) as death:
        refusal = PieceUnreadable(reason=str(death.details.get("reason", "")))
    except PliError as error:
        refusal = error
    return Preview(
        page_count=sample.page_count,
        pages_read=last if read else 0,
        recognised=sum(bool(page.get("o")) for page in pages),
        blank=[int(page["n"]) for page in pages if page.get("k")],
        pieces=cut.pieces if cut else [],
        dropped=cut.dropped if cut else [],
        first=first,
        refusal=refusal,
        left_out=left_out,
        seconds=round(time.monotonic() - begun, 2),
    )


def _sound(steps: Sequence[Mapping[str, Any]]) -> tuple[list[Mapping[str, Any]], list[int]]:
    """The steps that can run together, and the positions of the others."""
    kept = list(enumerate(steps))[:50]
    left_out: list[int] = []
    while problems := check_steps([step for _, step in kept]):
        wrong = {_place_of(problem, len(kept)) for problem in problems}
        left_out += [kept[place][0] for place in wrong]
        kept = [one for place, one in enumerate(kept) if place not in wrong]
    return [step for _, step in kept], sorted(left_out)


def _place_of(problem: StepProblem, count: int) -> int:
    return min(problem.position, count - 1)


def _before_make(steps: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    chosen = zip(steps, choose(steps), strict=True)
    return [dict(step) for step, one in chosen if one.stage != Stage.MAKE]


def _layouts(actor: StaffActor) -> list[Mapping[str, Any]]:
    rows = Layout.objects.filter(organisation_id=actor.organisation_id, is_active=True)
    return [{"rules": rules} for rules in rows.values_list("rules", flat=True)]


@lru_cache(maxsize=8)
def _read(sha256: str, last: int, steps: str, barcodes: bool) -> engine.PagesRead:  # noqa: FBT001 - one key of the cache
    """Reading is most of the time, and is the same while the other steps change."""
    return engine.read_stage(
        existing_blob_path(sha256), first=1, last=last, steps=json.loads(steps), barcodes=barcodes, limits=LIMITS
    )


def _make_first(
    actor: StaffActor,
    wishes: RecipeWishes,
    steps: Sequence[Mapping[str, Any]],
    sample: Sample,
    read: engine.PagesRead,
    cut: engine.Cut,
    clock: Clock,
) -> FirstPiece | None:
    piece = next((piece for piece in cut.pieces if not piece.is_orphan), None)
    if piece is None:
        return None
    organisation = Organisation.objects.get(id=actor.organisation_id)
    lines, now = unpack_lines(read.packed), clock.now()
    order = engine.PieceOrder(
        id="sample",
        lines=[lines[page - 1] for page in piece.pages],
        objects=[cut.objects[page - 1] for page in piece.pages],
        kind=wishes.kind,
    )
    with engine.packing_room(_staging()) as packed:
        (made,) = engine.make_pieces(
            existing_blob_path(sample.sha256),
            [order],
            packed=packed,
            steps=steps,
            context=write_knowledge(organisation, steps, now=now),
            resources=resources_named(organisation.id, steps),
            seal=sample_seal(organisation, steps, now),
            limits=LIMITS,
        )
        told = plain(dict(made.told))
        picture = "" if made.problem or "offset" not in told else _draw(organisation.id, bytes(made.read_bytes(packed)))
    return _shown(actor, told, picture)


def _draw(organisation_id: UUID, content: bytes) -> str:
    with tempfile.NamedTemporaryFile(dir=_staging(), suffix=".pdf") as file:
        file.write(content)
        file.flush()
        return keep_picture(organisation_id, hashlib.sha256(content).hexdigest(), Path(file.name), PICTURE_WIDTH)


def _staging() -> Path:
    return Path(settings.PLI_HOME) / "staging"


def _shown(actor: StaffActor, told: Mapping[str, Any], picture: str) -> FirstPiece:
    problem = told.get("problem")
    facts = [
        FactShown(name, str(fact["value"]), round(float(fact["confidence"]) * 100), str(fact["source"]), fact["page"])
        for name, fact in (told.get("facts") or {}).items()
    ]
    return FirstPiece(
        kind=str(told.get("kind") or ""),
        layout=_name_of(Layout, actor, told.get("layout")),
        party=_name_of(Party, actor, told.get("party_id")),
        facts=facts,
        said=told.get("steps") or (),
        page_count=int(told.get("page_count") or 0),
        problem=problem_of_told(problem) if problem else None,
        picture=picture,
        attachments=[str(name) for name, _, _ in told.get("attachments") or ()],
    )


def _name_of(model: type[Layout] | type[Party], actor: StaffActor, identity: Any) -> str:
    try:
        wanted = UUID(str(identity))
    except ValueError:
        return ""
    found = model._default_manager.filter(organisation_id=actor.organisation_id, id=wanted).first()
    return found.name if found else ""
