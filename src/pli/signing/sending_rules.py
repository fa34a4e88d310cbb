"""What a request must fulfil before it goes out, and what makes a person reachable for a signature."""

from __future__ import annotations

import re
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from pli.kit.clock import Clock, paris_day
from pli.kit.errors import Phrase
from pli.signing.errors import UnableToSend
from pli.signing.requests import (
    LEVELS,
    LONGEST_DEADLINE_DAYS,
    MAXIMUM_SIGNERS,
    ROLES,
    CeremonyRequest,
    FieldRequest,
    SignerRequest,
)
from pli.signing.roles import TYPED, FieldKind, OnRefusal, SignerRole

CODE_CHANNELS = ("EMAIL", "SMS", "BOTH")
SIDES = (None, "", "left", "right")
MAXIMUM_FIELDS = 30
MAXIMUM_ASKS = 5


def check_request(request: CeremonyRequest, clock: Clock) -> None:
    """:raises UnableToSend: when people, deadline, level or rules are not right."""
    people = request.signers
    if not 1 <= sum(not one.is_copy for one in people) <= MAXIMUM_SIGNERS or len(people) > 2 * MAXIMUM_SIGNERS:
        raise UnableToSend(reason="Indiquez de 1 à 20 signataires.")
    if any(one.role not in ROLES or not 1 <= (one.step or 1) <= MAXIMUM_SIGNERS for one in people):
        raise UnableToSend(reason="Le rôle ou le rang d’une personne n’existe pas.")
    if not any(one.role == SignerRole.SIGNER for one in people):
        raise UnableToSend(reason="Au moins une personne doit signer : approuver ou recevoir une copie ne suffit pas.")
    for one in people:
        _check_fields(one)
    if request.level not in LEVELS:
        raise UnableToSend(reason="Ce niveau de signature n’existe pas.")
    if request.on_refusal not in OnRefusal.values:
        raise UnableToSend(reason="Dites ce qu’un refus entraîne : tout s’arrête, ou les autres continuent.")
    today = paris_day(clock.now())
    if not today <= request.deadline <= today + timedelta(days=LONGEST_DEADLINE_DAYS):
        raise UnableToSend(reason="La date limite doit être comprise entre aujourd’hui et un an.")
    for one in people:
        reason = check_signer_address(one.name, one.email, one.mobile, one.code_channel)
        if reason:
            raise UnableToSend(reason=reason)
    known = [(one.name.casefold(), one.email.casefold()) for one in people]
    if len(set(known)) != len(known):
        raise UnableToSend(reason="La même personne figure deux fois parmi les signataires.")


def _check_fields(one: SignerRequest) -> None:
    if one.side not in SIDES:
        raise UnableToSend(reason="La place de la signature est à gauche, à droite, ou au choix du signataire.")
    if one.role != SignerRole.SIGNER and (one.marks or one.has_initials):
        raise UnableToSend(reason="Seule une personne qui signe a une signature ou un paraphe à poser.")
    if one.is_in_person and (one.is_copy or one.member_id):
        raise UnableToSend(reason="Seule une personne qui répond, et qui n’est pas de l’équipe, peut signer sur place.")
    if one.needs_own_key and (one.member_id is None or one.role != SignerRole.SIGNER):
        raise UnableToSend(reason="Seule une personne de l’équipe qui signe peut devoir signer avec sa propre clé.")
    if one.is_copy and (one.fields or one.asks):
        raise UnableToSend(reason="On ne demande rien à une personne en copie.")
    if sum(wanted.kind != FieldKind.GIVEN for wanted in one.fields) > MAXIMUM_FIELDS or len(one.asks) > MAXIMUM_ASKS:
        raise UnableToSend(reason="C’est trop de champs ou de pièces pour une seule personne.")
    if one.role != SignerRole.SIGNER and any(wanted.kind == FieldKind.INITIALS for wanted in one.fields):
        raise UnableToSend(reason="Seule une personne qui signe a une signature ou un paraphe à poser.")
    for wanted in one.fields:
        if wanted.kind == FieldKind.INITIALS and wanted.place is not None:
            continue
        if wanted.kind not in (*TYPED, FieldKind.GIVEN) or not (wanted.label.strip() or wanted.expected.strip()):
            raise UnableToSend(reason="Chaque champ a un nom et une sorte : texte, date, case ou mention.")
        if wanted.kind == FieldKind.PHRASE and not wanted.expected.strip():
            raise UnableToSend(reason="Écrivez la mention que le signataire doit recopier.")
        if wanted.value and not _is_prefill(wanted):
            raise UnableToSend(reason=Phrase("« %(name)s » ne peut pas être rempli ainsi.", name=wanted.label))
        if len(wanted.label) > 100 or len(wanted.expected) > 100:
            raise UnableToSend(reason="Le nom d’un champ ou une mention ne dépasse pas 100 signes.")
    if any(not label.strip() or len(label) > 100 for label in one.asks):
        raise UnableToSend(reason="Nommez chaque pièce demandée en 100 signes au plus.")


def _is_prefill(wanted: FieldRequest) -> bool:
    """Whether what a sender wrote in beforehand may stand in such a field."""
    if wanted.kind == FieldKind.DATE:
        try:
            return date.fromisoformat(wanted.value).isoformat() == wanted.value
        except ValueError:
            return False
    return wanted.kind == FieldKind.TEXT and len(wanted.value) <= 500 and wanted.value.isprintable()


def check_signer_address(name: str, email: str, mobile: str, code_channel: str) -> str:
    """Why this person cannot be reached, in a sentence translated where it is shown; empty when they can."""
    if not name.strip():
        return Phrase("Chaque signataire doit avoir un nom.")
    try:
        validate_email(email)
    except ValidationError:
        return Phrase("L’adresse e-mail de %(name)s n’est pas valable.", name=name)
    if code_channel not in CODE_CHANNELS:
        return Phrase("Le code est envoyé par e-mail, par SMS, ou par les deux.")
    if code_channel in ("SMS", "BOTH") and not mobile:
        return Phrase("Le numéro de mobile de %(name)s manque pour lui envoyer un code par SMS.", name=name)
    if mobile and not re.fullmatch(r"\+[1-9]\d{6,14}", mobile):
        return Phrase("Le numéro de mobile de %(name)s n’est pas valable (exemple : +33612345678).", name=name)
    return ""
