"""Lists and searches over a full archive: what a page takes at 20,000 documents and 2,000 requests for signature.

Each page is asked of the whole application (middleware, queries, template) without the network, by an administrator
and by a member whose rights come from the folders. The floor is the same page on an archive of 50 documents.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from benches.harness import arguments, percentile, report
from benches.support.installation import installation

ROUNDS = 15
FEW = 50
CLIENTS = 200
PAGES = {
    "documents": "/office/documents/",
    "documents_search": "/office/documents/?q=contrat+chaudi%C3%A8re",
    "documents_of_kind": "/office/documents/?kind=invoice",
    "signatures": "/office/signatures/",
    "signatures_search": "/office/signatures/?q=toiture",
    "home": "/office/",
}


def fill(house: Any, count: int) -> None:
    """Rows, their search vectors by one statement, and statistics as autovacuum would have made them."""
    from django.db import connection

    from tests.support.many import make_ceremonies, make_documents, make_parties

    documents = make_documents(house, count, parties=make_parties(house, CLIENTS))
    make_ceremonies(house, documents[: count // 10])
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE documents_document d SET search = to_tsvector('pli_french', d.title || ' ' || t.text)"
            " FROM documents_pagetext t WHERE t.document_id = d.id AND d.search IS NULL"
        )
        cursor.execute("VACUUM ANALYZE")


def waits(client: Any, url: str) -> list[float]:
    """Wall milliseconds of the same page, again and again, the first not counted."""
    found = []
    for _ in range(ROUNDS + 1):
        start = time.perf_counter()
        answer = client.get(url)
        found.append((time.perf_counter() - start) * 1000)
        if answer.status_code != 200:
            raise RuntimeError(f"{url} answered {answer.status_code}")
    return found[1:]


def measure(clients: dict[str, Any]) -> dict[str, float]:
    """p95 of each page for each person, in milliseconds."""
    return {
        f"{page}_{who}_p95_ms": percentile(waits(client, url), 0.95)
        for page, url in PAGES.items()
        for who, client in clients.items()
    }


def browsers(house: Any) -> dict[str, Any]:
    """An administrator and a member, logged in."""
    from django.test import Client

    from pli.parties.api import Account

    found = {}
    for who, actor in (("admin", house.alice), ("member", house.chloe)):
        found[who] = Client(HTTP_HOST="localhost")
        found[who].force_login(Account.objects.get(id=actor.account_id))
    return found


def main() -> None:
    options = arguments(__doc__ or "", documents=20_000)
    with installation():
        from django.db import connections

        from tests.support.people import make_house

        make: Callable[[str], Any] = make_house
        small, large = make("petit"), make("grand")
        fill(small, FEW)
        fill(large, options.documents)
        floor, figures = measure(browsers(small)), measure(browsers(large))
        worst = max(figures, key=lambda name: figures[name])
        ratio = max(figures[name] / floor[name] for name in figures)
        report(
            "lists",
            figures={"documents": options.documents, "worst_ms": figures[worst], **figures},
            floor=floor,
            ratio=ratio,
        )
        connections.close_all()


if __name__ == "__main__":
    main()
