"""The people of the office's tests."""

from tests.parties.conftest import alice, atelier, bob, clock, rival, staff

__all__ = ["alice", "atelier", "bob", "clock", "rival", "staff"]
