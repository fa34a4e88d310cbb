"""The page that lists every event: what it means, what it carries, what of it is personal."""

from __future__ import annotations

from django.utils.module_loading import autodiscover_modules

from pli.journal.events import EventType, declared

_HEAD = """# Events

Every thing the journal records, by room. This page is written by `pli journal catalogue`; a test says when it is stale.

*Chained* fields are hashed and kept for ever, and hold no personal value. *Personal* fields stand beside the chain:
only their salted digest is chained, and they can be erased.
"""


def render_catalogue() -> str:
    """The page in Markdown, from the declarations of every installed app."""
    autodiscover_modules("events")
    rooms: dict[str, list[EventType]] = {}
    for kind in declared().values():
        rooms.setdefault(kind.name.partition(".")[0], []).append(kind)
    rooms.pop("test", None)
    parts = [_HEAD]
    for room, kinds in rooms.items():
        parts.append(f"\n## {room}\n\n| event | meaning | chained | personal |\n|---|---|---|---|\n")
        parts += [
            f"| `{kind.name}` | {kind.meaning} | {_cell(kind.fields)} | {_cell(kind.personal)} |\n" for kind in kinds
        ]
    return "".join(parts)


def _row(kind: EventType) -> str:
    return f"| `{kind.name}` | {kind.meaning} | {_cell(kind.fields)} | {_cell(kind.personal)} |\n"


def _cell(names: frozenset[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names)) or "—"
