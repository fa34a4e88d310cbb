"""What the rest of the room takes from here."""

from __future__ import annotations

from pli.processing.indexing.rules import WAYS
from pli.processing.indexing.suggesting import fields_read, suggest_keywords, suggest_layout
from pli.processing.indexing.zones import read_zone, zone_text

__all__ = ["WAYS", "fields_read", "read_zone", "suggest_keywords", "suggest_layout", "zone_text"]
