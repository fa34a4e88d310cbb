"""One-time codes: six digits from the system's generator, kept as keyed hashes, bound, counted, used once.

DOMAIN: e-mail codes live 5 minutes, SMS codes 10; at most 5 wrong tries per link, which a new code never resets;
limits per day outlive new links.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from pli.journal.api import record
from pli.kit.clock import SYSTEM_CLOCK, Clock, paris_day
from pli.kit.errors import PliError
from pli.kit.keyfile import read_or_make_key
from pli.notifications.api import Channel, Recipient, send_notice
from pli.signing import events
from pli.signing.door import SignerSession, lock_session, papers_shown, require_open
from pli.signing.errors import CodeExpired, CodeWrong, TooManyCodes, TooManyTries
from pli.signing.invitations import notice_fields
from pli.signing.models import Ceremony, OneTimeCode, Signer
from pli.signing.states import SIGNER, SignerState
from pli.signing.traces import NOBODY, Visitor, trace

DIGITS = 6
LIFETIME = {"EMAIL": timedelta(minutes=5), "SMS": timedelta(minutes=10)}
MAXIMUM_WRONG_TRIES = 5
MAXIMUM_CODES_A_DAY = 5
MAXIMUM_TRIES_A_DAY = 15
SESSION_LIFETIME = timedelta(hours=1)
BOTH = "BOTH"
# With two codes, how long the one by e-mail holds until the one by SMS is typed.
FIRST_OF_TWO = timedelta(minutes=15)


@transaction.atomic
def send_code(session: SignerSession, *, visitor: Visitor = NOBODY, clock: Clock = SYSTEM_CLOCK) -> OneTimeCode:
    """Send the signer a fresh code; any former one is void from this instant.

    :raises TooManyTries: once the link is blocked; :raises TooManyCodes: past the day's limit.
    :raises CeremonyEnded, NotYourTurn, DeviceUnknown, LinkUnknown: as the door says.
    """
    signer, ceremony = lock_session(session)
    require_open(signer, ceremony, clock)
    _start_day(signer, clock)
    if signer.wrong_tries >= MAXIMUM_WRONG_TRIES:
        raise TooManyTries
    if signer.codes_today >= MAXIMUM_CODES_A_DAY * (2 if signer.code_channel == BOTH else 1):
        raise TooManyCodes
    signer.codes_today += 1
    _fix_shown(signer)
    signer.save()
    now = clock.now()
    signer.codes.filter(used_at=None, voided_at=None).update(voided_at=now)
    channel = awaited_channel(signer, clock=clock)
    plain = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    digest = papers_digest(signer)
    code = OneTimeCode.objects.create(
        signer=signer,
        channel=channel,
        code_hmac=_hash_code(plain, signer, digest, signer.device_sha256),
        papers_digest=digest,
        device_sha256=signer.device_sha256,
        sent_at=now,
        expires_at=now + LIFETIME[channel],
    )
    trace(signer, "code_sent", {"channel": code.channel, "code_id": str(code.id)}, visitor=visitor, clock=clock)
    record(
        events.CODE_SENT,
        organisation_id=ceremony.organisation_id,
        subject=("ceremony", ceremony.id),
        actor=f"signer:{signer.id}",
        data={"signer_id": str(signer.id), "channel": code.channel},
        clock=clock,
    )
    _hand_over(signer, ceremony, code, plain, clock)
    return code


def awaited_channel(signer: Signer, *, clock: Clock = SYSTEM_CLOCK) -> str:
    """How the code now to be typed is sent: EMAIL or SMS. Where both are asked, the e-mail comes first."""
    if signer.code_channel != BOTH:
        return signer.code_channel
    proved = signer.codes.filter(
        channel="EMAIL",
        device_sha256=signer.device_sha256,
        papers_digest=papers_digest(signer),
        used_at__gt=clock.now() - FIRST_OF_TWO,
    )
    return "SMS" if proved.exists() else "EMAIL"


def _hand_over(signer: Signer, ceremony: Ceremony, code: OneTimeCode, plain: str, clock: Clock) -> None:
    is_sms = code.channel == "SMS"
    send_notice(
        organisation_id=ceremony.organisation_id,
        template="signature.code_sms" if is_sms else "signature.code_email",
        channel=Channel.SMS if is_sms else Channel.EMAIL,
        to=Recipient(signer.name, signer.mobile if is_sms else signer.email, signer.language),
        fields=notice_fields(ceremony, signer) | {"validité": f"{LIFETIME[code.channel].seconds // 60} minutes"},
        secrets={"code": plain},
        subject=("signer", signer.id),
        dedupe_key=f"code:{code.id}",
        clock=clock,
    )


def check_code(session: SignerSession, typed: str, *, visitor: Visitor = NOBODY, clock: Clock = SYSTEM_CLOCK) -> Signer:
    """Accept the code, once; the count of wrong tries is kept whatever happens to the request.

    Where two codes are asked the first one alone proves nothing yet: see ``is_code_proved``.

    :raises CodeWrong: with how many tries are left; :raises CodeExpired: for a late, used or replaced code.
    :raises TooManyTries: once five wrong codes were typed, even for the right one.
    """
    with transaction.atomic():
        signer, ceremony = lock_session(session)
        require_open(signer, ceremony, clock)
        refusal = _try_code(signer, typed, visitor, clock)
        signer.save()
        if refusal is None and signer.state == SignerState.VERIFIED:
            record(
                events.SIGNER_VERIFIED,
                organisation_id=ceremony.organisation_id,
                subject=("ceremony", ceremony.id),
                actor=f"signer:{signer.id}",
                data={"signer_id": str(signer.id)},
                clock=clock,
            )
        elif refusal is not None:
            record(
                events.CODE_REFUSED,
                organisation_id=ceremony.organisation_id,
                subject=("ceremony", ceremony.id),
                actor=f"signer:{signer.id}",
                data={"signer_id": str(signer.id), "cause": refusal.code, "wrong_tries": signer.wrong_tries},
                clock=clock,
            )
    if refusal is not None:
        raise refusal
    return signer


def _try_code(signer: Signer, typed: str, visitor: Visitor, clock: Clock) -> PliError | None:
    """Judge a typed code against the locked signer; what is returned is raised after the count is committed."""
    now = clock.now()
    _start_day(signer, clock)
    if signer.wrong_tries >= MAXIMUM_WRONG_TRIES or signer.tries_today >= MAXIMUM_TRIES_A_DAY:
        trace(signer, "code_blocked", {}, visitor=visitor, clock=clock)
        return TooManyTries()
    digits = "".join(c for c in typed if c.isascii() and c.isdigit())
    known = [
        code
        for code in signer.codes.filter(device_sha256=signer.device_sha256).order_by("-sent_at")
        if hmac.compare_digest(code.code_hmac, _hash_code(digits, signer, code.papers_digest, code.device_sha256))
    ]
    live = [code for code in known if not code.used_at and not code.voided_at and code.expires_at > now]
    if live and live[0].papers_digest == papers_digest(signer):
        is_first_of_two = signer.code_channel == BOTH and awaited_channel(signer, clock=clock) == "EMAIL"
        OneTimeCode.objects.filter(id=live[0].id).update(used_at=now)
        if is_first_of_two:
            detail = {"code_id": str(live[0].id), "first_of_two": True}
            trace(signer, "code_accepted", detail, visitor=visitor, clock=clock)
            return None
        signer.state = SIGNER.next_state(signer.state, "verify")
        signer.verified_at = now
        signer.verified_until = now + SESSION_LIFETIME
        trace(signer, "code_accepted", {"code_id": str(live[0].id)}, visitor=visitor, clock=clock)
        return None
    signer.wrong_tries += 1
    signer.tries_today += 1
    if known:
        trace(signer, "code_late", {"code_id": str(known[0].id)}, visitor=visitor, clock=clock)
        return CodeExpired()
    trace(signer, "code_wrong", {"wrong_tries": signer.wrong_tries}, visitor=visitor, clock=clock)
    left = MAXIMUM_WRONG_TRIES - signer.wrong_tries
    return CodeWrong(left=left) if left else TooManyTries()


def is_code_proved(signer: Signer, *, clock: Clock = SYSTEM_CLOCK) -> bool:
    """Whether the signer's code was accepted on their present device, and not too long ago to sign."""
    return (
        signer.state == SignerState.VERIFIED
        and signer.verified_until is not None
        and clock.now() <= signer.verified_until
    )


def was_code_typed_here(signer: Signer) -> bool:
    """Whether a code was ever accepted on the signer's present device: what they may read again once all is over."""
    typed = set(signer.codes.exclude(used_at=None).values_list("device_sha256", flat=True))
    # A phone that took over goes on under the code typed at the desk, which may itself have been taken over.
    desks = {one.to_device_sha256: one.from_device_sha256 for one in signer.handovers.exclude(used_at=None)}
    device, seen = signer.device_sha256, set[str]()
    while device in desks and device not in seen and device not in typed:
        seen.add(device)
        device = desks[device]
    return device in typed


def papers_digest(signer: Signer) -> str:
    """One digest of everything this signer is shown: what a code, and a signature, are bound to."""
    lines = [f"{paper.id}:{sha256}" for paper, sha256 in papers_shown(signer)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _fix_shown(signer: Signer) -> None:
    """Fix the bytes this signer reads: another's signature sealed meanwhile does not change the page under them."""
    for paper in signer.ceremony.papers.all():
        signer.shown.setdefault(str(paper.id), paper.current_sha256)


def _start_day(signer: Signer, clock: Clock) -> None:
    today = paris_day(clock.now())
    if signer.tries_day != today:
        signer.tries_day, signer.tries_today, signer.codes_today = today, 0, 0


def _hash_code(plain: str, signer: Signer, digest: str, device_sha256: str) -> str:
    """HMAC-SHA-256 under the installation's key: a stolen table does not give codes away."""
    key = read_or_make_key(Path(settings.PLI_HOME) / "keys" / "codes.key")
    return hmac.new(key, f"{signer.id}:{digest}:{device_sha256}:{plain}".encode(), "sha256").hexdigest()
