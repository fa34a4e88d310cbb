"""Papers that get signed: event types and a handler of the tests' own."""

from __future__ import annotations

from collections.abc import Callable

from pli.journal.api import Event, declare

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
