"""State machines one can read: a table of (state, verb) → state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pli.kit.errors import PliError


class UnableToMove(PliError):
    """The verb is not allowed in the state the thing is in (or somebody moved it first)."""

    code = "PLI-409"
    status = 409
    message = "Cette action n’est plus possible : l’état a changé entre-temps (« %(state)s »)."
    remedy = "Rechargez la page pour voir l’état actuel."


@dataclass(frozen=True)
class TransitionTable:
    """All the moves of one kind of thing. ``moves[(state, verb)]`` is the state it leads to."""

    name: str
    moves: Mapping[tuple[str, str], str]
    final: frozenset[str] = field(default_factory=frozenset)

    def next_state(self, state: str, verb: str) -> str:
        """Where ``verb`` leads from ``state``.

        :raises UnableToMove: when the table has no such move.
        """
        try:
            return self.moves[state, verb]
        except KeyError:
            raise UnableToMove(state=state, verb=verb, machine=self.name) from None

    def sources(self, verb: str) -> tuple[str, ...]:
        """The states from which ``verb`` is allowed: the WHERE of a conditional update."""
        return tuple(sorted(state for state, name in self.moves if name == verb))

    def states(self) -> frozenset[str]:
        """Every state the table names."""
        return frozenset(state for state, _ in self.moves) | frozenset(self.moves.values()) | self.final
