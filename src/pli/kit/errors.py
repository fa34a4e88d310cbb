"""Errors a person can act on: a code, what happened, what was kept, what to do."""

from __future__ import annotations

from typing import Any, ClassVar


class PliError(Exception):
    """Base of every refusal Pli explains.

    ``message``, ``kept`` and ``remedy`` are French sentences (the msgid of their translation) with
    ``%(name)s`` places filled from ``details``. Doors translate and fill them; nothing else does.
    """

    code: ClassVar[str] = "PLI-000"
    status: ClassVar[int] = 400
    message: ClassVar[str] = "L’opération n’a pas pu être faite."
    kept: ClassVar[str] = ""
    remedy: ClassVar[str] = ""

    def __init__(self, **details: Any) -> None:
        self.details = details
        super().__init__(self.code)

    def __str__(self) -> str:
        return f"{self.code}: {self.message % self.details if self.details else self.message}"


class NotFound(PliError):
    """The object does not exist for this actor; whether it exists for another is never said."""

    code = "PLI-404"
    status = 404
    message = "Cet élément n’existe pas, ou vous n’y avez pas accès."
    remedy = "Vérifiez l’adresse, ou revenez à l’accueil."


class NotAllowed(PliError):
    """The actor sees the object but its role may not do this."""

    code = "PLI-403"
    status = 403
    message = "Votre rôle ne permet pas cette action."
    remedy = "Demandez à un administrateur de votre organisation."


class PlugError(PliError):
    """A plug (carrier, gateway, timestamp service…) failed; ``permanent`` says whether a retry is useless."""

    code = "PLI-502"
    status = 502
    message = "Le service extérieur « %(service)s » n’a pas répondu comme attendu : %(reason)s"
    remedy = "Pli réessaie tout seul ; voyez « État du système » si cela dure."

    def __init__(self, *, service: str, reason: str, permanent: bool = False) -> None:
        super().__init__(service=service, reason=reason)
        self.permanent = permanent
