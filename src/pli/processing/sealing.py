"""The seal of a run: what the sandbox needs to leave room for it, and the signing itself, here where the key is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from pli.kit.clock import Clock
from pli.parties.api import Organisation
from pli.pdf.api import draw_seal
from pli.processing.chain import choose
from pli.processing.engine import SealOrder
from pli.processing.keys import seal_of, timestamps_of
from pli.processing.models import Run, RunPiece
from pli.processing.plugs import Gives
from pli.processing.steps.seal import SealOptions
from pli.trust.api import SealPlace, SealRequest, check_request, fill_seal, reserved_for

FIELD_NAME = "Cachet"
A4_POINTS = (595.276, 841.89)
SAMPLE_BYTES = 16_384


@dataclass(frozen=True)
class RunSeal:
    """One seal request for a whole chunk, and what of it goes into the sandbox."""

    request: SealRequest
    order: SealOrder

    def fill(self, content: bytearray, place: SealPlace) -> None:
        """Sign ``content`` in place.

        :raises UnableToSeal: the place is not what was told; :raises PlugError: the timestamp service failed.
        """
        fill_seal(content, place, self.request)

    @property
    def fingerprint(self) -> str:
        return self.request.identity.fingerprint

    @property
    def level(self) -> str:
        return str(self.request.level)


def seal_of_run(run: Run, pieces: Sequence[RunPiece], *, clock: Clock) -> RunSeal | None:
    """How these pieces are sealed; None when the recipe does not.

    :raises UnableToSeal: the seal can't be used now (its certificate has ended).
    """
    chosen = next((one for one in choose(run.steps) if Gives.SEAL in one.step.gives), None)
    if chosen is None or not isinstance(chosen.options, SealOptions):
        return None
    options, organisation = chosen.options, run.organisation
    signed_at = _signed_at(run, pieces, clock)
    request = SealRequest(
        identity=seal_of(organisation),
        timestamps=timestamps_of(organisation) if options.level == "B-T" else None,
        level=options.level,
        field_name=FIELD_NAME,
        signed_at=signed_at,
        signer_name=organisation.name,
        reason=options.reason,
    )
    check_request(request)
    order = _order(organisation, options, signed_at, reserved_for(request))
    return RunSeal(request, order)


def sample_seal(
    organisation: Organisation, steps: Sequence[Mapping[str, Any]], signed_at: datetime
) -> SealOrder | None:
    """What a seal would look like, for a sample that nobody signs: no key is asked for."""
    chosen = next((one for one in choose(steps) if Gives.SEAL in one.step.gives), None)
    if chosen is None or not isinstance(chosen.options, SealOptions):
        return None
    return _order(organisation, chosen.options, signed_at, SAMPLE_BYTES)


def _order(organisation: Organisation, options: SealOptions, signed_at: datetime, reserved: int) -> SealOrder:
    left, top, right, bottom = options.box
    width, height = (right - left) * A4_POINTS[0], (bottom - top) * A4_POINTS[1]
    mark = None
    if options.is_visible:
        mark = _mark(organisation.name, options.reason, signed_at, organisation.language, width, height)
    told: dict[str, Any] = {
        "field_name": FIELD_NAME,
        "signed_at": signed_at.isoformat(),
        "signer_name": organisation.name,
        "reason": options.reason,
        "reserved": reserved,
        "page": options.page,
        "box": list(options.box),
    }
    return SealOrder(told, mark)


def _signed_at(run: Run, pieces: Sequence[RunPiece], clock: Clock) -> datetime:
    """The claimed instant: when the run was cut, or its rest taken up, so that a chunk begun again gives the same
    bytes; now for a piece that a person sent again. (The proven instant is the timestamp's.)"""
    if run.split_at is None or any(piece.tries or piece.typed for piece in pieces):
        return clock.now()
    return max(run.split_at, run.resumed_at or run.split_at)


@lru_cache(maxsize=32)
def _mark(name: str, reason: str, signed_at: datetime, language: str, width: float, height: float) -> bytes:
    return draw_seal(name=name, reason=reason, signed_at=signed_at, language=language, width=width, height=height)
