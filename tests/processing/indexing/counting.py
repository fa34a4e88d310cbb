"""How well suppliers' invoices nobody has seen before are read, field by field.

``python -m tests.processing.indexing.counting [FOLDER]``: a folder of PDF files with ``truth.json``: by the name of the
file (without ``.pdf``) what a person read in it, field by field, in canonical form. ``null`` is not written there; a
value that begins with ``~`` follows from others that are (a tax of several rates) and may be read or not; « ? » does
not count. ``"own": {…}`` in a paper's entry are the numbers of the one it is for. Without a folder, the papers of
``suppliers/``, made by another program (typst).
"""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import typst

from pli.pdf.fonts import FOLDER
from pli.processing.plugs import Done, Fact, FieldSpec, KindSpec, PageReading
from pli.processing.steps.index import IndexOptions, IndexStep
from tests.processing.indexing.papers import INVOICE, OWN, as_read, context, work

SUPPLIERS = Path(__file__).parent / "suppliers"
KIND = KindSpec(
    "invoice",
    "Facture",
    (
        *INVOICE.fields,
        FieldSpec("net", "Montant HT", "amount"),
        FieldSpec("tax", "Montant TVA", "amount"),
        FieldSpec("siret", "SIRET du fournisseur", "siret"),
        FieldSpec("vat", "N° de TVA du fournisseur", "vat"),
    ),
)
RIGHT, WRONG, UNFOUND, NOT_WRITTEN, IN_ERROR = "right", "wrong", "unfound", "not written", "read though not written"
UNASKED = "wrong and sure (0.6)"


class Paper(NamedTuple):
    """One invoice, what it says, and the numbers of the one it is for."""

    name: str
    pdf: bytes
    truth: Mapping[str, str | None]
    own: Mapping[str, str]


def made() -> Iterator[Paper]:
    """The papers of ``suppliers/``."""
    truth = json.loads((SUPPLIERS / "truth.json").read_text())
    for source in sorted(SUPPLIERS.glob("*.typ")):
        pdf = typst.compile(source, font_paths=[FOLDER], ignore_system_fonts=True)
        assert isinstance(pdf, bytes)
        yield Paper(source.stem, pdf, truth[source.stem], OWN)


def found(folder: Path) -> Iterator[Paper]:
    """Those of a folder somebody filled."""
    for name, told in json.loads((folder / "truth.json").read_text()).items():
        own = told.pop("own", {})
        yield Paper(name, (folder / f"{name}.pdf").read_bytes(), told, own)


def read(pages: tuple[PageReading, ...], own: Mapping[str, str]) -> Mapping[str, Fact]:
    """What the step reads without any layout."""
    room = replace(context(), kinds={KIND.slug: KIND}, organisation_facts=own)
    outcome = IndexStep().run(work(pages, room), IndexOptions(party_kinds=("SUPPLIER",)))
    return outcome.facts if isinstance(outcome, Done) else {}


def judge(truth: str | None, fact: Fact | None) -> str:
    """What reading ``fact`` where the paper says ``truth`` is worth; empty when it does not count."""
    if truth == "?":
        return ""
    if truth is None or truth.startswith("~"):
        if fact is None:
            return NOT_WRITTEN
        return RIGHT if truth is not None and fact.value == truth[1:] else IN_ERROR
    if fact is None:
        return UNFOUND
    return RIGHT if fact.value == truth else WRONG


def count(papers: Iterator[Paper]) -> dict[str, Counter[str]]:
    """By field, how often each judgement."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for paper in papers:
        facts = read(as_read(paper.pdf), paper.own)
        for name, truth in paper.truth.items():
            verdict = judge(truth, facts.get(name))
            counts[name][verdict] += 1
            if verdict in (WRONG, IN_ERROR):
                counts[name][UNASKED] += facts[name].confidence >= 0.6
    return counts


def main() -> None:
    """Writes the table."""
    papers = found(Path(sys.argv[1])) if len(sys.argv) > 1 else made()
    columns = (RIGHT, WRONG, IN_ERROR, UNFOUND, NOT_WRITTEN, UNASKED)
    counts = count(papers)
    rows = [("", *columns), *((name, *(str(counts[name][column]) for column in columns)) for name in counts)]
    sys.stdout.write(
        "".join(
            "  ".join(f"{cell:>{len(head)}}" for cell, head in zip(row, ("number  ", *columns), strict=True)) + "\n"
            for row in rows
        )
    )


if __name__ == "__main__":
    main()
