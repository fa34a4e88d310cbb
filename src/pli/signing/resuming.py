"""Taking up again what stopped: by a person once the cause is mended, and by the sweep every minute."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from pli.kit.clock import Clock
from pli.kit.ticking import Outcome, Ticked, sort_out
from pli.parties.api import StaffActor
from pli.signing.models import Ceremony, Signer
from pli.signing.outcome import seal_all_later, seal_later
from pli.signing.queries import ceremonies_for, get_ceremony
from pli.signing.states import CEREMONY, SIGNER, CeremonyState


@transaction.atomic
def retry_sealing(actor: StaffActor, ceremony_id: UUID) -> None:
    """Try again a sealing that failed for good, once its cause was mended.

    :raises NotFound: for another organisation's; :raises UnableToMove: when it has not failed.
    """
    actor.require_writer()
    get_ceremony(actor, ceremony_id)
    ceremony = Ceremony.objects.select_for_update().get(id=ceremony_id)
    is_everybody = not ceremony.signers.exclude(state__in=SIGNER.final).exists()
    ceremony.state = CEREMONY.next_state(ceremony.state, "retry_seal" if is_everybody else "resume")
    ceremony.seal_attempts, ceremony.seal_after = 0, None
    ceremony.save(update_fields=["state", "seal_attempts", "seal_after"])
    seal_later(ceremony_id)


@transaction.atomic
def retry_sealings(actor: StaffActor, ticked: Sequence[Ticked]) -> Outcome:
    """As :func:`retry_sealing` of each that failed for good, in as many statements for a hundred as for one.

    :raises NotAllowed: for an auditor.
    """
    actor.require_writer()
    awaited = Signer.objects.filter(ceremony=OuterRef("pk")).exclude(state__in=SIGNER.final)
    seen = ceremonies_for(actor).filter(id__in=[one.id for one in ticked]).annotate(is_awaited=Exists(awaited))
    taken, left = sort_out(
        ticked,
        {one.id: one for one in seen.order_by("id").select_for_update(of=("self",))},
        name=lambda one: one.title,
        waits=lambda one, _: one.state == CeremonyState.SEAL_FAILED,
    )
    for verb, ids in (
        ("resume", [one.id for one in taken if one.is_awaited]),
        ("retry_seal", [one.id for one in taken if not one.is_awaited]),
    ):
        state = CEREMONY.next_state(CeremonyState.SEAL_FAILED, verb)
        Ceremony.objects.filter(id__in=ids).update(state=state, seal_attempts=0, seal_after=None)
    if taken:
        seal_all_later([one.id for one in taken])
    return Outcome(len(taken), left)


def stuck_ceremonies(clock: Clock) -> list[UUID]:
    """What the sweep runs again: signed but unsealed, sealed but unfinished, ended without its evidence."""
    late = clock.now() - timedelta(minutes=2)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT DISTINCT c.id FROM signing_ceremony c JOIN signing_signer s ON s.ceremony_id = c.id
            WHERE (c.seal_after IS NULL OR c.seal_after < %s) AND s.answered_at < %s AND (
                c.state = 'SEALING'
                OR c.state = 'IN_PROGRESS' AND (
                    s.state = 'SIGNED' AND s.role = 'SIGNER'
                        AND NOT EXISTS (SELECT 1 FROM signing_sealedrevision r WHERE r.signer_id = s.id)
                    OR NOT EXISTS (
                        SELECT 1 FROM signing_signer o WHERE o.ceremony_id = c.id
                        AND o.state IN ('INVITED', 'OPENED', 'VERIFIED')))
                OR c.state IN ('REFUSED', 'EXPIRED', 'WITHDRAWN') AND s.state IN ('SIGNED', 'REFUSED', 'DELEGATED')
                   AND NOT EXISTS (SELECT 1 FROM signing_evidencerecord e WHERE e.signer_id = s.id))
            """,
            [late, late],
        )
        return [row[0] for row in cursor.fetchall()]
