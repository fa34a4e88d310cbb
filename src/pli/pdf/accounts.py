"""Papers of an account: an invoice, a statement. Words and amounts arrive ready to print; the template places them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

from pli.pdf.typesetting import typeset


@dataclass(frozen=True)
class AccountPaper:
    """What is printed. ``columns``: (title, is_number); ``totals``: (words, amount, is_strong)."""

    language: str
    title: str
    reference: str
    seller: Sequence[str]
    buyer_label: str
    buyer: Sequence[str]
    facts: Sequence[tuple[str, str]]
    columns: Sequence[tuple[str, bool]]
    rows: Sequence[Sequence[str]]
    totals: Sequence[tuple[str, str, bool]] = ()
    notes: Sequence[str] = field(default=())
    page_word: str = "Page"


def draw_account_paper(paper: AccountPaper, *, made_at: datetime) -> bytes:
    """The paper as PDF/A-2b; the same arguments give the same bytes."""
    return typeset("account_paper", asdict(paper), standard="a-2b", made_at=made_at)
