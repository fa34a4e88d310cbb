"""A question a room asks before it acts, answered from above: rooms never import each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, ParamSpec

P = ParamSpec("P")


class Gate(Generic[P]):
    """Whoever stands above the room says its conditions with :meth:`guard`; the room asks with :meth:`ask`."""

    def __init__(self) -> None:
        self._checks: dict[str, Callable[P, None]] = {}

    def guard(self, name: str, check: Callable[P, None]) -> None:
        """Have ``check`` asked from now on; it refuses by raising a PliError. The same name again replaces it."""
        self._checks[name] = check

    def ask(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Go on only if nobody objects.

        :raises PliError: what the first objection says.
        """
        for check in self._checks.values():
            check(*args, **kwargs)
