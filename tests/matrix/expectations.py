"""Who may do what, address by address. An address missing here fails the suite; so does a line for no address."""

from __future__ import annotations

from tests.matrix.expected_accounts import ACCOUNT_PAGES
from tests.matrix.expected_gateway import GATEWAY
from tests.matrix.expected_house import HOUSE
from tests.matrix.expected_interface import INTERFACE
from tests.matrix.expected_outside import OUTSIDE
from tests.matrix.expected_proofs import PROOFS
from tests.matrix.expected_templates import TEMPLATES
from tests.matrix.expected_work import WORK
from tests.matrix.rules import Methods, Rule

__all__ = ["EXPECTED", "Methods", "Rule"]

EXPECTED: dict[str, Methods] = HOUSE | WORK | OUTSIDE | ACCOUNT_PAGES | INTERFACE | PROOFS | TEMPLATES | GATEWAY
