"""Plugs: one file and one entry-point line each, built-in or third-party alike."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Generic, TypeVar

T = TypeVar("T")


class Registry(Generic[T]):
    """The plugs of one kind, found through the entry-point group ``pli.<kind>`` and loaded on first use."""

    def __init__(self, group: str) -> None:
        self.group = group
        self._loaded: dict[str, T] | None = None

    def _plugs(self) -> dict[str, T]:
        if self._loaded is None:
            self._loaded = {point.name: point.load() for point in entry_points(group=self.group)}
        return self._loaded

    def get(self, slug: str) -> T:
        """The plug called ``slug``.

        :raises KeyError: when none is installed under that name.
        """
        return self._plugs()[slug]

    def all(self) -> dict[str, T]:
        """Every plug by its name, sorted."""
        return dict(sorted(self._plugs().items()))
