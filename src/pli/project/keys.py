"""The installation's keys at first start, and what the doctor says of keys, timestamps, sandbox and messages."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings

from pli.kit.checks import Check, CheckState
from pli.kit.clock import SYSTEM_CLOCK
from pli.kit.errors import PlugError, fill_sentence
from pli.kit.keyfile import read_or_make_key
from pli.kit.sandbox import sandbox_state
from pli.notifications.api import check_mail, check_message_key, check_message_queue, check_sms
from pli.project.speech import _
from pli.signing.api import trust_store
from pli.trust.api import CertificateState, timestamp_service, verify_timestamp

SOON = timedelta(days=60)
_WARNING_LABELS = {
    "weak_key": "clé RSA de moins de 3072 bits : hors du catalogue européen pour de nouvelles signatures depuis 2026",
    "expired": "certificat périmé",
    "expires_soon": "fin dans moins de 60 jours",
    "not_yet_valid": "certificat pas encore valable",
    "open_to_others": "fichier lisible par d’autres comptes de la machine",
}
_PURPOSE_LABELS = {"authority": "autorité de Pli", "timestamps": "horodatage de Pli", "seal": "cachet"}
_STATES = {"ok": CheckState.OK, "warning": CheckState.WARN, "error": CheckState.FAIL}


def make_keys(home: Path) -> None:
    """Make what is missing of the authority, the timestamp key and the codes' key."""
    trust_store().ensure()
    read_or_make_key(home / "keys" / "codes.key")


def check_keys() -> list[Check]:
    """Each certificate: whose, until when, how strong."""
    return [_check_key(state) for state in trust_store().certificates()]


def check_keys_of(organisation_id: UUID) -> list[Check]:
    """The installation's own certificates and one organisation's seal: another's name is not shown to it."""
    states = trust_store().certificates()
    return [_check_key(state) for state in states if state.organisation_id in (None, organisation_id)]


def _check_key(state: CertificateState) -> Check:
    name = _("Certificat : %s") % _(_PURPOSE_LABELS.get(state.purpose, state.purpose))
    if "unreadable" in state.warnings:
        return Check(
            name,
            CheckState.FAIL,
            _("Ce fichier de clé ne s’ouvre pas."),
            _("Vérifiez PLI_KEYS_PASSPHRASE, ou restaurez-le."),
        )
    now = SYSTEM_CLOCK.now()
    until = f"{state.subject}, {state.algorithm}, {state.not_after:%d/%m/%Y}"
    said = [_(_WARNING_LABELS.get(code, code)) for code in state.warnings]
    if state.not_after < now:
        return Check(name, CheckState.FAIL, until, _("Importez un nouveau certificat, ou renouvelez le cachet."))
    if state.not_after - now < SOON or said:
        cure = _("Préparez son remplacement avant cette date.")
        return Check(name, CheckState.WARN, ", ".join([until, *said]), cure)
    return Check(name, CheckState.OK, until)


def check_timestamps() -> Check:
    """Ask the timestamp service for a token and check it."""
    name = _("Horodatage")
    url = str(settings.PLI_TSA_URL)
    digest = hashlib.sha256(SYSTEM_CLOCK.now().isoformat().encode()).digest()
    try:
        token = timestamp_service(trust_store(), url).timestamp(digest)
    except PlugError as error:
        cure = _("Les signatures attendent sans rien perdre. Vérifiez PLI_TSA_URL et la connexion du serveur.")
        return Check(name, CheckState.FAIL, fill_sentence(error.message, error.details, _), cure)
    verdict = verify_timestamp(token, digest, trust_store().roots())
    if url:
        return Check(name, CheckState.OK, _("Le service %s répond.") % url)
    state = CheckState.OK if verdict.is_intact and verdict.is_trusted else CheckState.FAIL
    cure = _("Pour une preuve indépendante, donnez l’adresse d’un service qualifié : PLI_TSA_URL.")
    return Check(name, state, _("L’autorité d’horodatage propre à Pli répond."), cure)


def check_sandbox() -> Check:
    """What isolates the reading of files from the rest of the machine."""
    state = sandbox_state()
    name = _("Isolement des fichiers lus")
    if state["is_confined"]:
        return Check(name, CheckState.OK, _("Les fichiers sont lus à part, sans réseau ni accès au disque."))
    words = {"network": _("réseau"), "files": _("fichiers du système"), "processes": _("autres programmes"),
             "user": _("compte à part")}  # fmt: skip
    missing = ", ".join(words.get(one, one) for one in state["missing"])
    cure = _("Un noyau Linux 5.13 ou plus récent, et les espaces de noms autorisés, complètent l’isolement.")
    return Check(name, CheckState.WARN, _("Protections absentes : %s.") % missing, cure)


def check_messages() -> list[Check]:
    """E-mail and SMS."""
    return [
        Check(one.name, _STATES[one.state], one.sentence, one.cure)
        for one in (check_mail(), check_sms(), check_message_queue(), check_message_key())
    ]
