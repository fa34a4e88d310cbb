"""Whoever else signed meanwhile made the version a workstation was given an old one: it is given the new one."""

from __future__ import annotations

from uuid import UUID

from django.db.models import F

from pli.kit.clock import Clock
from pli.kit.errors import PliError
from pli.signing.models import OwnSignature, Signer
from pli.signing.own_key_models import OPEN_OWN_STATES, OwnSignatureState
from pli.signing.own_preparing import give_to_sign
from pli.signing.states import SignerState


def renew_overtaken(ceremony_id: UUID, *, clock: Clock) -> None:
    """Prepare again what another signature came before, and ask the workstation once more. Safe to repeat."""
    open_rows = OwnSignature.objects.filter(
        signer__ceremony_id=ceremony_id,
        signer__state=SignerState.VERIFIED,
        state__in=OPEN_OWN_STATES,
        expires_at__gt=clock.now(),
    )
    late = open_rows.exclude(source_sha256=F("paper__current_sha256"))
    for signer in Signer.objects.filter(own_signatures__in=late).distinct():
        row = open_rows.select_related("agent").filter(signer=signer).first()
        if row is None:
            continue
        try:
            give_to_sign(signer, row.agent, clock=clock)
        except PliError as error:
            told = (error.message % error.details if error.details else error.message)[:500]
            rows = OwnSignature.objects.filter(signer=signer, state__in=OPEN_OWN_STATES)
            rows.update(state=OwnSignatureState.FAILED, failure=told)
