"""A chunk of pieces, from pages to documents: made in the sandbox, judged, sealed, stored, filed in one transaction.

Nothing is visible before that transaction; killed before it, the chunk is made again and gives the same bytes.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.db import DataError, IntegrityError
from pydantic import ValidationError

from pli.documents.api import existing_blob_path, store_many
from pli.kit.clock import Clock
from pli.kit.errors import PlugError
from pli.kit.sandbox import SandboxFailed, SandboxKilled
from pli.processing import engine
from pli.processing.contexts import context_of, resource_paths
from pli.processing.errors import PieceFailed, PieceUnreadable, UnableToRun
from pli.processing.filing import Ended, File, Filer, park, to_document
from pli.processing.models import Run, RunPiece, RunReading
from pli.processing.plainness import plain
from pli.processing.runs import read_actor
from pli.processing.sealing import RunSeal, seal_of_run
from pli.processing.wire import unpack_lines
from pli.trust.api import SealPlace, UnableToSeal

logger = logging.getLogger(__name__)
MOST_TRIES = 5


class TryLater(PlugError):
    """A step asked for another try: the queue gives it one."""

    code = "PRO-030"
    message = "Une étape demande un nouvel essai (%(reason)s)."
    kept = "Le document attend ; les autres ont continué."

    def __init__(self, *, reason: str) -> None:
        super().__init__(service="processing", reason=reason)


class ChunkMaker:
    """Makes pieces of one run."""

    def __init__(self, run: Run, clock: Clock) -> None:
        self._run, self._clock = run, clock
        self._actor = read_actor(run)
        self._is_only = run.pieces.count() == 1 and not run.dropped_pages
        self._filer = Filer(run, self._actor, clock)

    def make(self, pieces: Sequence[RunPiece]) -> None:
        """Make, seal, store and file ``pieces``.

        :raises PlugError, UnableToStore: nothing of the chunk is filed; :raises TryLater: what could be is.
        """
        try:
            seal = seal_of_run(self._run, pieces, clock=self._clock)
            orders = self._orders(pieces)
            ended = self._make(pieces, orders, seal)
        except (LookupError, ValidationError):
            ended = [park(piece, UnableToRun()) for piece in pieces]
            seal = None
        later = [one for one in ended if one.is_later]
        self._file([one for one in ended if not one.is_later], seal)
        if later:
            RunPiece.objects.filter(id__in=[one.piece.id for one in later]).update(tries=later[0].piece.tries + 1)
            raise TryLater(reason=later[0].reason)

    def _file(self, ended: list[Ended], seal: RunSeal | None) -> None:
        """In one transaction; when the database refuses one of them, each in its own."""
        try:
            self._filer.file(ended, seal)
        except (DataError, IntegrityError, ValueError):
            if len(ended) == 1:
                logger.exception("piece %s could not be filed", ended[0].piece.id)
                self._filer.file([park(ended[0].piece, PieceFailed(reason="base de données"))], None)
                return
            for one in ended:
                self._file([one], seal)

    def _orders(self, pieces: Sequence[RunPiece]) -> list[engine.PieceOrder]:
        lines = self._lines_of({page for piece in pieces for page in piece.pages})
        wishes = self._run.wishes
        return [
            engine.PieceOrder(
                id=str(piece.id),
                lines=[lines[page] for page in piece.pages],
                objects=piece.objects_of,
                kind=piece.kind or self._run.kind,
                title=piece.title,
                party_id=str(piece.party_id) if piece.party_id else wishes.get("party_id"),
                layout=str(piece.layout_id) if piece.layout_id else "",
                facts=dict(wishes.get("facts") or {}) if self._is_only else {},
                typed={name: str(value) for name, value in piece.typed.items()},
            )
            for piece in pieces
        ]

    def _lines_of(self, pages: set[int]) -> dict[int, bytes]:
        """The readings of these pages, from the ranges that hold them."""
        found: dict[int, bytes] = {}
        parts = RunReading.objects.filter(run=self._run, first__lte=max(pages), last__gte=min(pages))
        for part in parts.iterator(chunk_size=1):
            lines = unpack_lines(bytes(part.packed))
            for number in range(part.first, part.last + 1):
                if number in pages:
                    found[number] = lines[number - part.first]
        return found

    def _make(
        self, pieces: Sequence[RunPiece], orders: Sequence[engine.PieceOrder], seal: RunSeal | None
    ) -> list[Ended]:
        """In one job; when one piece takes the job down, each in its own, and that one is parked alone."""
        staging = Path(settings.PLI_HOME) / "staging"
        try:
            with engine.packing_room(staging) as packed:
                made = engine.make_pieces(
                    existing_blob_path(self._run.blob_id),
                    orders,
                    packed=packed,
                    steps=self._run.steps,
                    context=context_of(self._run.id, int(self._clock.now().timestamp() // 60)),
                    resources=resource_paths(self._run),
                    seal=seal.order if seal else None,
                    is_whole=self._is_only,
                )
                told = [plain(one.told) for one in made]
                ended = self._judge(pieces, told)
                return self._store(ended, packed, seal)
        except (SandboxKilled, SandboxFailed) as death:
            if len(pieces) == 1:
                return [park(pieces[0], PieceUnreadable(reason=str(death.details.get("reason", ""))))]
        return [one for piece, order in zip(pieces, orders, strict=True) for one in self._make([piece], [order], seal)]

    def _judge(self, pieces: Sequence[RunPiece], told: Sequence[Mapping[str, Any]]) -> list[Ended]:
        """Which pieces become documents, which wait for a person: asked of the database in few questions."""
        return self._filer.judge([to_document(self._run, piece, one) for piece, one in zip(pieces, told, strict=True)])

    def _store(self, ended: list[Ended], packed: BinaryIO, seal: RunSeal | None) -> list[Ended]:
        """Seal and make durable the bytes of those that become documents."""
        contents: list[bytearray] = []
        places: list[tuple[int, str]] = []
        for position, one in enumerate(ended):
            if not one.is_filed or one.told.get("unchanged"):
                continue
            content = engine.read_slice(packed, int(one.told["offset"]), int(one.told["size"]))
            if seal is not None:
                try:
                    seal.fill(content, SealPlace(*one.told["hole"]))
                except UnableToSeal as error:
                    if not error.permanent:
                        raise
                    ended[position] = park(one.piece, error)
                    continue
            contents.append(content)
            places.append((position, ""))
            for name, offset, size in one.told.get("attachments", ()):
                contents.append(engine.read_slice(packed, int(offset), int(size)))
                places.append((position, str(name)))
        for (position, name), stored in zip(places, store_many(contents), strict=True):
            one = ended[position]
            if name:
                ended[position] = replace(one, attached=(*one.attached, File(name, stored)))
            else:
                ended[position] = replace(one, stored=stored)
        return ended
