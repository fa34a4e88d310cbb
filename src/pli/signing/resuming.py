"""Taking up again what stopped: by a person once the cause is mended, and by the sweep every minute."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction

from pli.kit.clock import Clock
from pli.parties.api import StaffActor
from pli.signing.models import Ceremony
from pli.signing.outcome import seal_later
from pli.signing.queries import get_ceremony
from pli.signing.states import CEREMONY, SIGNER


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
