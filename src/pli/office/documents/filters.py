"""What a list of documents is narrowed by, read from its page’s address."""

from __future__ import annotations

from datetime import date

from django.http import QueryDict

from pli.documents.api import DocumentFilter
from pli.office.access import read_uuid


def read_filter(query: QueryDict) -> DocumentFilter:
    """What is not understood is as if it were not there."""

    def day(name: str) -> date | None:
        try:
            return date.fromisoformat(query.get(name, ""))
        except ValueError:
            return None

    return DocumentFilter(
        text=query.get("q", "")[:300],
        kind=query.get("kind", "")[:40],
        party_id=read_uuid(query.get("party")),
        folder_id=read_uuid(query.get("folder")),
        since=day("since"),
        until=day("until"),
    )
