"""Money that arrives: bank statements of both forms, and a payment provider's signed messages; each credited once."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from standardwebhooks import Webhook

from pli.billing.api import (
    AlreadySettled,
    MoneyIn,
    StatementRefused,
    balance_of,
    money_waiting,
    open_account,
    read_bank_statement,
    settle_money,
)
from pli.kit.errors import NotFound
from tests.support.people import House, make_house
from tests.support.races import at_once

pytestmark = pytest.mark.django_db
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
URL = "/api/v1/billing/payments/standard"

CAMT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><Stmt>
<Acct><Id><IBAN>FR7630006000011234567890189</IBAN></Id></Acct>
<Ntry><Amt Ccy="EUR">120.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-11-18</Dt></BookgDt>
<AcctSvcrRef>BK1</AcctSvcrRef><NtryDtls><TxDtls><RltdPties><Dbtr><Nm>ATELIER</Nm></Dbtr></RltdPties>
<RmtInf><Ustrd>FACTURE {reference}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="EUR">30.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<BookgDt><DtTm>2026-11-18T10:00:00</DtTm></BookgDt>
<NtryDtls><TxDtls><Amt Ccy="EUR">10.00</Amt>
<RmtInf><Strd><CdtrRefInf><Ref>{reference}</Ref></CdtrRefInf></Strd></RmtInf></TxDtls>
<TxDtls><Amt Ccy="EUR">20.00</Amt><RmtInf><Ustrd>sans rien</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="EUR">99.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-11-18</Dt></BookgDt></Ntry>
<Ntry><Amt Ccy="EUR">77.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>PDNG</Sts><BookgDt><Dt>2026-11-18</Dt></BookgDt></Ntry>
</Stmt></BkToCstmrStmt></Document>"""


@pytest.fixture
def house() -> House:
    return make_house()


def reference_of(house: House) -> str:
    return open_account(house.organisation.id).transfer_reference


def read(house: House, text: str, name: str = "releve.xml") -> Any:
    return read_bank_statement(house.alice, text.encode(), name)


def test_a_camt_statement_credits_what_names_an_account_once(house: House) -> None:
    text = CAMT.format(reference=reference_of(house).replace("-", " ").lower())
    outcome = read(house, text)
    assert (outcome.credited, outcome.unmatched, outcome.debits) == (2, 1, 1)
    assert balance_of(house.organisation.id) == Decimal("130")
    assert read(house, text).is_again
    # The next statement repeats them: the bank's own names, and for what has none, all that is said of it.
    again = read(house, text.replace("PDNG", "PDNG "))
    assert (again.credited, again.unmatched, again.known) == (0, 0, 3)
    assert balance_of(house.organisation.id) == Decimal("130")


def test_a_csv_statement_in_the_words_of_french_banks(house: House) -> None:
    reference = reference_of(house)
    text = (
        "Compte;FR76 3000\nSolde au 20/11/2026;1 234,56\n\nDate opération;Libellé;Débit;Crédit;Devise\n"
        f"18/11/2026;VIR {reference};;1 200,50;EUR\n18/11/2026;VIR {reference};;1 200,50;EUR\n"
        f"18/11/2026;VIR {reference};;10,00;CHF\n19/11/2026;=CMD|' /C calc'!A0;;5,00;EUR\n"
        "19/11/2026;LOYER;-800,00;;EUR\n"
    )
    outcome = read_bank_statement(house.alice, text.encode("cp1252"), "r.csv")
    assert (outcome.credited, outcome.unmatched, outcome.debits) == (2, 2, 1)
    assert balance_of(house.organisation.id) == Decimal("2401")
    # The same movement told by the bank in its other form may be the same money: a person decides.
    told_again = CAMT.format(reference=reference).replace("120.00", "1200.50").replace("10.00<", "11.00<")
    outcome = read(house, told_again)
    assert (outcome.credited, outcome.unmatched) == (1, 2)
    twin = MoneyIn.objects.get(problem="twin")
    other = make_house("lambert")
    with pytest.raises(NotFound):
        settle_money(other.alice, twin.id, organisation_id=other.organisation.id)
    foreign = MoneyIn.objects.get(currency="CHF")
    with pytest.raises(AlreadySettled):
        settle_money(house.alice, foreign.id, organisation_id=other.organisation.id)
    settle_money(house.alice, twin.id, organisation_id=other.organisation.id)
    with pytest.raises(AlreadySettled):
        settle_money(house.alice, twin.id, organisation_id=None)
    assert balance_of(other.organisation.id) == Decimal("1200.5")
    settle_money(house.alice, foreign.id, organisation_id=None)
    assert money_waiting(house.alice).count() == 2


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"%PDF-1.7 \x00\x00",
        b"date;rien\n1;2\n",
        b"Date;Montant\nhier;12\n",
        b"Date;Montant\n18/11/2026;1e9\n",
        b'<!DOCTYPE x [<!ENTITY a "b">]><Document>&a;</Document>',
        b"<Document><Stmt></Document>",
        b"<html/>",
        b"<" * 100_000,
    ],
)
def test_what_is_no_statement_is_refused_and_credits_nothing(house: House, content: bytes) -> None:
    with pytest.raises(StatementRefused):
        read_bank_statement(house.alice, content, "x")
    assert not MoneyIn.objects.exists()


def post(body: str, *, at: datetime | None = None, secret: str = SECRET, signed: str | None = None) -> int:
    at, identity = at or datetime.now(UTC), f"msg_{uuid4()}"
    signature = Webhook(secret).sign(identity, at, body if signed is None else signed)
    headers = {
        "webhook-id": identity,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signature,
    }
    return Client().post(URL, body, content_type="application/json", headers=headers).status_code


def payment(named: str, identity: str = "pay_1", kind: str = "payment.succeeded", **changes: Any) -> str:
    data = {
        "payment_id": identity, "amount": "60.00", "currency": "EUR", "reference": named, "paid_on": "2026-11-20",
    }  # fmt: skip
    return json.dumps({"type": kind, "data": data | changes})


def test_a_providers_message_credits_once_and_a_forged_one_never(house: House, settings: Any) -> None:
    mine = house.organisation.id
    body = payment(reference_of(house))
    settings.PLI_PAYMENT_SECRET = ""
    assert post(body) == 404
    settings.PLI_PAYMENT_SECRET = SECRET
    assert post(body, secret="whsec_" + "A" * 32) == 401
    assert post(body, signed=payment("CP-0000-0000")) == 401
    for skew in (timedelta(minutes=-6), timedelta(minutes=6)):
        assert post(body, at=datetime.now(UTC) + skew) == 401
    assert Client().post(URL, body, content_type="application/json").status_code == 401
    assert Client().post(URL, b"x" * 70_000, content_type="application/json").status_code == 422
    assert balance_of(mine) == 0
    # The same payment under new messages: providers tell at least once.
    assert [post(body), post(body)] == [204, 204]
    assert balance_of(mine) == 60
    for changes in ({"amount": "-5.00"}, {"amount": "1.001"}, {"amount": "NaN"}, {"paid_on": "hier"},
                    {"payment_id": ""},
                    {"currency": "EURO"}, {"reference": "\x00"}, {"amount": 5}):  # fmt: skip
        assert post(payment(reference_of(house), "pay_bad", **changes)) == 422, changes
    assert post(json.dumps({"type": "customer.created", "data": {}})) == 204
    assert post("[1]") == 204
    assert post(payment("nobody", "pay_2")) == 204
    assert money_waiting(house.alice).get().source == "standard"
    assert post(payment(reference_of(house), "pay_1", "payment.refunded", amount="20.00")) == 204
    assert balance_of(mine) == 40


@pytest.mark.django_db(transaction=True)
def test_the_same_payment_from_several_connections_at_once(settings: Any) -> None:
    house = make_house()
    settings.PLI_PAYMENT_SECRET = SECRET
    body = payment(reference_of(house))
    assert at_once(*[lambda: post(body)] * 6) == [204] * 6
    assert balance_of(house.organisation.id) == 60
