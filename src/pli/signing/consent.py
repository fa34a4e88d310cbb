"""What a signer agrees to, versioned, and the policy it stands under."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

CONSENT_VERSION = "2026-1"

_CONSENT = {
    "fr": "J’ai lu {papers}, j’en accepte le contenu et je consens à le signer électroniquement.",
    "en": "I have read {papers}, I accept its content and I consent to sign it electronically.",
}
_PAPER = {"fr": "« {title} » ({count} {pages})", "en": "“{title}” ({count} {pages})"}
_PAGES = {"fr": ("page", "pages"), "en": ("page", "pages")}
_AND = {"fr": " et ", "en": " and "}

POLICY = """Pli signature policy 2026-1

1. The signature is a simple electronic signature in the sense of Regulation (EU) 910/2014, article 3(10) and
   article 25. It claims neither the advanced nor the qualified level.
2. Identification: a secret link sent to the signer's e-mail address, and a one-time code of six digits from the
   system's secure generator, sent by e-mail (valid 5 minutes) or SMS (valid 10 minutes), bound to the signer, to the
   digest of the papers shown and to the device. Five wrong tries void the link.
3. Consent: the signer ticks a sentence naming the papers; its text, version, language and instant are recorded.
4. Integrity: every signature is an incremental PAdES revision (ETSI EN 319 142-1) made with the organisation's seal,
   timestamped under RFC 3161. Earlier revisions stay byte for byte. The last signature locks the file.
5. Evidence: one record per signer, in JSON and in a sealed PDF/A-3 that carries it; every fact in it is also an event
   of the organisation's chained journal.
"""
POLICY_DIGEST = hashlib.sha256(POLICY.encode()).hexdigest()


def consent_text(papers: Sequence[tuple[str, int]], language: str) -> str:
    """The sentence a signer ticks, for papers given as (title, page count)."""
    tongue = language if language in _CONSENT else "fr"
    named = [
        _PAPER[tongue].format(title=title, count=count, pages=_PAGES[tongue][count > 1]) for title, count in papers
    ]
    listed = _AND[tongue].join([", ".join(named[:-1]), named[-1]]) if len(named) > 1 else named[0]
    return _CONSENT[tongue].format(papers=listed)
