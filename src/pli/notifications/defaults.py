"""Pli's own wording of every message: (slug, channel, language) → (subject, text). SMS have no subject."""

from __future__ import annotations

from pli.notifications import defaults_en, defaults_fr

DEFAULTS: dict[tuple[str, str, str], tuple[str, str]] = {
    **{(slug, "EMAIL", "fr"): words for slug, words in defaults_fr.MAILS.items()},
    **{(slug, "EMAIL", "en"): words for slug, words in defaults_en.MAILS.items()},
    **{(slug, "SMS", "fr"): ("", text) for slug, text in defaults_fr.SMS.items()},
    **{(slug, "SMS", "en"): ("", text) for slug, text in defaults_en.SMS.items()},
}
