"""Papers that get signed: event types and a handler of the tests' own."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.db import transaction

from pli.journal.api import Event, Happening, declare, record_many
from pli.kit.ids import new_id

SIGNED = declare(
    "test.paper-signed", "A paper of the tests was signed", fields=("pages", "note"), personal=("name", "email")
)
SILENT = declare("test.paper-looked-at", "Nobody listens to this one", fields=("pages",))


class Listener:
    """A handler that keeps what it heard, and fails while told to."""

    def __init__(self) -> None:
        self.heard: list[Event] = []
        self.failing = False
        self.before: Callable[[], object] | None = None

    def __call__(self, event: Event) -> None:
        if self.before:
            self.before()
        if self.failing:
            raise RuntimeError("alice@example.org is not to be seen")
        self.heard.append(event)


def record_papers(organisation: UUID, count: int) -> list[Event]:
    """Record ``count`` papers looked at; nobody listens."""
    with transaction.atomic():
        return record_many([Happening(SILENT, organisation, ("paper", new_id()), "system:test", {"pages": n})
                            for n in range(count)])  # fmt: skip
