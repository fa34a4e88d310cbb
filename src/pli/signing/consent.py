"""What a signer agrees to, versioned, and the policy it stands under."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

# 2026-3: no-break spaces inside « ».
CONSENT_VERSION = "2026-3"

_CONSENT = {
    "fr": "J’ai lu {papers}, j’en accepte le contenu et je consens à le signer électroniquement.",
    "en": "I have read {papers}, I accept its content and I consent to sign it electronically.",
}
_APPROVAL = {
    "fr": "J’ai lu {papers} et j’en approuve le contenu. Mon accord est enregistré ; je ne signe pas le fichier.",
    "en": "I have read {papers} and I approve its content. My agreement is recorded; I do not sign the file.",
}
_ANNEXES = {"fr": " J’ai pris connaissance de {papers}.", "en": " I have taken note of {papers}."}
_PAPER = {"fr": "« {title} » ({count} {pages})", "en": "“{title}” ({count} {pages})"}
_PAGES = {"fr": ("page", "pages"), "en": ("page", "pages")}
_AND = {"fr": " et ", "en": " and "}

POLICY_VERSION = "2026-3"
POLICY = """Pli signature policy 2026-3

1. The signature is a simple electronic signature in the sense of Regulation (EU) 910/2014, article 3(10) and
   article 25. It claims neither the advanced nor the qualified level. Where a signer used a key of their own, whether
   the signature is more than simple is for its certificate and device to say; the evidence record names both.
2. Identification: a secret link sent to the signer's e-mail address, and a one-time code of six digits from the
   system's secure generator, sent by e-mail (valid 5 minutes) or SMS (valid 10 minutes) or one by each, bound to the
   signer, to the digest of the papers shown and to the device. Five wrong tries void the link. A signer in the presence
   of the sender, on the sender's device, gets the code at their own address. A signer may name somebody else where the
   sender allows it: the other gets a link and codes of their own.
3. Consent: the signer ticks a sentence naming the papers; its text, version, language and instant are recorded.
   An approver gives a consent of their own and no signature.
4. Integrity: every signature is an incremental PAdES revision (ETSI EN 319 142-1), timestamped under RFC 3161. It is
   made with the organisation's seal, or by a member of the team who chose so with their own key, at their workstation.
   Earlier revisions stay byte for byte. The last signature locks the file; where no signer's can, the organisation's
   own does.
5. Evidence: one record per signer, in JSON and in a sealed PDF/A-3 that carries it; every fact in it is also an event
   of the organisation's chained journal.
"""
POLICY_DIGEST = hashlib.sha256(POLICY.encode()).hexdigest()
# Requests sent under a former text keep its digest.
_FORMER = {"20b05514f11f677fd473b70f2d458e95f511fb185acddbd3fb192ebd75e09d73": "2026-2"}


def policy_version(digest: str) -> str:
    """Which version of the policy a request was sent under."""
    return POLICY_VERSION if digest == POLICY_DIGEST else _FORMER.get(digest, "2026-1")


def consent_text(
    papers: Sequence[tuple[str, int]],
    language: str,
    *,
    annexes: Sequence[tuple[str, int]] = (),
    is_approval: bool = False,
) -> str:
    """The sentence a signer or an approver ticks, for papers given as (title, page count)."""
    tongue = language if language in _CONSENT else "fr"
    text = (_APPROVAL if is_approval else _CONSENT)[tongue].format(papers=_listed(papers, tongue))
    return text + (_ANNEXES[tongue].format(papers=_listed(annexes, tongue)) if annexes else "")


def _listed(papers: Sequence[tuple[str, int]], tongue: str) -> str:
    named = [
        _PAPER[tongue].format(title=title, count=count, pages=_PAGES[tongue][count > 1]) for title, count in papers
    ]
    return _AND[tongue].join([", ".join(named[:-1]), named[-1]]) if len(named) > 1 else named[0]
