"""What the API itself refuses; each code has its paragraph on /api/v1/docs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pli.kit.errors import PliError

_NOTHING = "Rien n’a été modifié."


class TokenMissing(PliError):
    """No ``Authorization: Bearer`` header (RFC 6750 §3)."""

    code = "API-001"
    status = 401
    message = "Cette adresse demande un jeton d’accès."
    remedy = (
        "Ajoutez l’en-tête « Authorization: Bearer pli_… » ; un administrateur crée les jetons dans Réglages › API."
    )


class TokenRefused(PliError):
    """The token is unknown, expired, revoked, or its member has left: which one is not said."""

    code = "API-002"
    status = 401
    message = "Ce jeton d’accès n’est pas valable."
    remedy = "Il a pu expirer ou être révoqué : créez-en un autre dans Réglages › API."


class ScopeMissing(PliError):
    """The token is good but was not made for this (RFC 6750 §3.1, insufficient_scope)."""

    code = "API-003"
    status = 403
    message = "Ce jeton ne porte pas le droit « %(scope)s »."
    kept = _NOTHING
    remedy = "Créez un jeton qui porte ce droit dans Réglages › API."


class TooManyRequests(PliError):
    """More requests than a token may make (RFC 6585 §4); ``Retry-After`` says when to come back."""

    code = "API-004"
    status = 429
    message = "Trop de demandes avec ce jeton : au plus %(limit)s par minute."
    kept = _NOTHING
    remedy = "Attendez %(seconds)s s, comme le dit l’en-tête Retry-After, puis recommencez."


class MalformedRequest(PliError):
    """The body is not the JSON, or the form, that its type announces."""

    code = "API-005"
    status = 400
    message = "Le corps de la demande n’est pas lisible."
    kept = _NOTHING
    remedy = "Envoyez un objet JSON bien formé en UTF-8, ou un formulaire bien formé."


@dataclass(frozen=True)
class FieldProblem:
    """What is wrong with one field: where it stands (``signers.0.email``), a lasting code, a sentence."""

    field: str
    code: str
    message: str


class FieldsRefused(PliError):
    """Some fields are missing, unknown or not what they should be; ``problems`` lists them all."""

    code = "API-006"
    status = 422
    message = "Certains champs de la demande ne sont pas valables."
    kept = _NOTHING
    remedy = "Corrigez les champs signalés dans « errors »."

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        super().__init__()
        self.problems = tuple(problems)


class AddressUnknown(PliError):
    """No such address under /api/."""

    code = "API-007"
    status = 404
    message = "Cette adresse n’existe pas."
    remedy = "Voyez la liste des adresses sur /api/v1/docs."


class MethodRefused(PliError):
    """The address exists, not with this method; ``Allow`` lists those it knows (RFC 9110 §15.5.6)."""

    code = "API-008"
    status = 405
    message = "Cette adresse ne connaît pas la méthode %(method)s."
    kept = _NOTHING
    remedy = "Utilisez une des méthodes de l’en-tête Allow."


class MediaTypeRefused(PliError):
    """The body's type is not one the address takes (RFC 9110 §15.5.16)."""

    code = "API-009"
    status = 415
    message = "Ce type de contenu n’est pas accepté ici."
    kept = _NOTHING
    remedy = "Envoyez %(expected)s."


class BodyTooLarge(PliError):
    """A body larger than this address takes."""

    code = "API-010"
    status = 413
    message = "Le corps de la demande est trop volumineux."
    kept = _NOTHING
    remedy = "Envoyez moins à la fois."


class FilesMiscounted(PliError):
    """One request carries one file, so that each has its own answer."""

    code = "API-011"
    status = 422
    message = "Une demande porte exactement un fichier, dans le champ « file »."
    kept = "Rien n’a été enregistré."
    remedy = "Envoyez une demande par fichier."


class KeyMalformed(PliError):
    """An Idempotency-Key is 1 to 120 visible ASCII characters."""

    code = "API-012"
    status = 422
    message = "L’en-tête Idempotency-Key doit compter de 1 à 120 caractères ASCII visibles."
    kept = _NOTHING
    remedy = "Utilisez par exemple un UUID."


class KeyOfAnotherRequest(PliError):
    """The key came before with another request."""

    code = "API-013"
    status = 422
    message = "Cette clé d’idempotence a déjà servi pour une autre demande."
    kept = "La première demande est intacte ; celle-ci n’a pas été exécutée."
    remedy = "Utilisez une nouvelle clé pour une nouvelle demande."


class KeyInProgress(PliError):
    """A request with the same key is still being carried out."""

    code = "API-014"
    status = 409
    message = "Une demande avec la même clé d’idempotence est en cours."
    kept = "La première demande suit son cours."
    remedy = "Renvoyez la même demande dans quelques secondes."


class NotCompletedYet(PliError):
    """The signed files exist once everybody has signed and the files are sealed."""

    code = "API-015"
    status = 409
    message = "Cette demande de signature n’est pas terminée : il n’y a pas encore de fichier signé."
    remedy = "Attendez l’état COMPLETED, par exemple avec une notification signing.ceremony-completed."


class WebhookAddressRefused(PliError):
    """A webhook goes to a public https address without user name; anything else only where the server allows it."""

    code = "API-016"
    status = 422
    message = "Cette adresse ne peut pas recevoir de notifications : %(reason)s."
    kept = _NOTHING
    remedy = "Donnez une adresse https:// publique."


class EventTypeUnknown(PliError):
    """A type of event that webhooks do not carry."""

    code = "API-017"
    status = 422
    message = "Ce type d’événement n’existe pas : %(name)s."
    kept = _NOTHING
    remedy = "Choisissez parmi GET /api/v1/webhook-event-types."


class TooManyWebhooks(PliError):
    """More endpoints than an organisation may have."""

    code = "API-018"
    status = 409
    message = "Une organisation a au plus %(limit)s adresses de notification."
    kept = _NOTHING
    remedy = "Supprimez celles qui ne servent plus."


class WebhookDisabled(PliError):
    """Nothing is sent to an endpoint that is set aside."""

    code = "API-019"
    status = 409
    message = "Cette adresse de notification est suspendue."
    kept = _NOTHING
    remedy = "Réactivez-la, puis recommencez."


class Unexpected(PliError):
    """Our fault. The details are in the server's log under the incident's number, never in the answer."""

    code = "API-500"
    status = 500
    message = "Une erreur inattendue s’est produite ; elle est consignée sous le numéro %(incident)s."
    kept = "Ce qui était en cours a été annulé."
    remedy = "Recommencez ; si cela dure, donnez ce numéro à la personne qui gère le serveur."


class Unavailable(PliError):
    """The database does not answer."""

    code = "API-503"
    status = 503
    message = "Le service est momentanément indisponible."
    kept = _NOTHING
    remedy = "Recommencez dans quelques secondes."
