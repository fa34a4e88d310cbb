"""Typed values: what is printed, what is meant, and that nothing hangs on what is hostile."""

from __future__ import annotations

import time
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import iban, luhn
from stdnum.iso7064 import mod_97_10

from pli.documents.facts import check_facts
from pli.processing.indexing.patterns import PatternRefused, compile_pattern, find
from pli.processing.indexing.values import TYPED, find_values, read_value
from pli.processing.plugs import PageReading
from pli.processing.steps.split import SplitOptions, SplitStep

MONTHS = ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
          "décembre")  # fmt: skip


def read(type_: str, text: str, *, is_recognised: bool = False) -> str | None:
    found = read_value(type_, text, is_recognised=is_recognised)
    return found.value if found else None


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        ("date", "Nantes, le 3 mars 2026", "2026-03-03"),
        ("date", "1er avril 2026", "2026-04-01"),
        ("date", "mardi 5 déc. 2025", "2025-12-05"),
        ("date", "03/03/26", "2026-03-03"),
        ("date", "3.3.2026", "2026-03-03"),
        ("date", "2026-03-03T10:00", "2026-03-03"),
        ("date", "12 08 2026", "2026-08-12"),
        ("date", "March 3, 2026", "2026-03-03"),
        ("date", "31/02/2026", None),
        ("date", "FA03-04-2026-7", None),
        ("date", "192.168.10.26", None),
        ("amount", "1 234,56 €", "1234.56"),
        ("amount", "1\u202f234,56\u00a0€ TTC", "1234.56"),
        ("amount", "1.234,56", "1234.56"),
        ("amount", "1,234.56 EUR", "1234.56"),
        ("amount", "1'234.50 CHF", "1234.50"),
        ("amount", "2 417 350 €", "2417350.00"),
        ("amount", "-12,00", "-12.00"),
        ("amount", "12,00-", "-12.00"),
        ("amount", "TVA 20 % 151,40 €", "151.40"),
        ("amount", "20,00 %", None),
        ("amount", "F2026-00417", None),
        ("siren", "SIREN 732 829 320 RCS Nantes", "732829320"),
        ("siren", "SIRET 732 829 320 00074", "732829320"),
        ("siren", "TVA FR44 732829320", "732829320"),
        ("siren", "tél. 02 40 00 00 00", None),
        ("siren", "732 829 321", None),
        ("siret", "SIRET : 73282932000074", "73282932000074"),
        ("vat", "N° TVA : FR 44 732 829 320", "FR44732829320"),
        ("vat", "VAT DE 136 695 976", "DE136695976"),
        ("iban", "IBAN FR76 3000 6000 0112 3456 7890 189 BIC AGRIFRPP", "FR7630006000011234567890189"),
        ("iban", "FR14 2004 1010 0505 0001 3M02 606", "FR1420041010050500013M02606"),
        ("iban", "FR14 2004 1010 0505 0001 3M02 607", None),
        ("integer", "Qté : 1 250", "1250"),
        ("text", "  : F2026-00417 ", "F2026-00417"),
    ],
)
def test_as_printed(type_: str, text: str, value: str | None) -> None:
    assert read(type_, text) == value


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        ("date", "O3/O3/2O26", "2026-03-03"),
        ("amount", "908,4O", "908.40"),
        ("siren", "73282932O", "732829320"),
        ("siret", "732 829 32O 00074", "73282932000074"),
        ("vat", "FR44 73282932O", "FR44732829320"),
        ("iban", "FR76 3OOO 6000 Oll2 3456 7890 189", "FR7630006000011234567890189"),
        ("iban", "FR14 2004 1010 O505 0001 3M02 606", "FR1420041010050500013M02606"),
    ],
)
def test_letters_recognised_for_figures_are_put_right_and_less_sure(type_: str, text: str, value: str) -> None:
    found = read_value(type_, text, is_recognised=True)
    assert found is not None and found.value == value
    assert found.certainty < 1
    if type_ not in ("vat", "iban"):
        assert read(type_, text) != value, "on a page that has its own text letters are letters"


def test_a_letter_that_breaks_the_check_is_not_guessed() -> None:
    assert read("siren", "73282932l", is_recognised=True) is None
    assert read("iban", "FR76 3OOO 6000 0112 3456 7890 188", is_recognised=True) is None


@settings(deadline=None)
@given(st.dates(date(1980, 1, 1), date(2079, 12, 31)))
def test_every_way_of_writing_a_date_comes_back(day: date) -> None:
    written = (
        f"{day:%d/%m/%Y}", f"{day.day}/{day.month}/{day.year}", f"{day:%d.%m.%y}", f"{day:%d-%m-%Y}", day.isoformat(),
        f"{day.day}{'er' if day.day == 1 else ''} {MONTHS[day.month - 1]} {day.year}",
        f"LE {day.day} {MONTHS[day.month - 1].upper()} {day.year}",
    )  # fmt: skip
    for text in written:
        assert read("date", f"Date : {text}.") == day.isoformat(), text
    assert check_facts([{"name": "d", "type": "date"}], {"d": day.isoformat()}) == {"d": day.isoformat()}


@settings(deadline=None)
@given(
    st.decimals(-(10**9), 10**9, places=2, allow_nan=False, allow_infinity=False),
    st.sampled_from([" ", "\u202f", "\u00a0", ".", ""]),
)
def test_every_way_of_writing_an_amount_comes_back(amount: Decimal, separator: str) -> None:
    whole, cents = f"{abs(amount):.2f}".split(".")
    grouped = f"{int(whole):,}".replace(",", separator)
    sign = "-" if amount < 0 else ""
    value = read("amount", f"Total {sign}{grouped},{cents} €")
    assert value == str(abs(amount) if amount == 0 else amount.quantize(Decimal("0.01")))
    assert check_facts([{"name": "a", "type": "amount"}], {"a": value}) == {"a": value}


@settings(deadline=None)
@given(st.integers(0, 99_999_999))
def test_every_siren_comes_back_and_its_neighbour_does_not(number: int) -> None:
    body = f"{number:08d}"
    siren = body + luhn.calc_check_digit(body)
    grouped = f"{siren[:3]} {siren[3:6]} {siren[6:]}"
    assert read("siren", f"RCS {grouped}") == siren
    wrong = siren[:-1] + str((int(siren[-1]) + 1) % 10)
    assert read("siren", f"RCS {wrong}") is None


@settings(deadline=None)
@given(st.from_regex(r"\A[0-9]{10}[0-9A-Z]{11}[0-9]{2}\Z"))
def test_every_iban_comes_back_however_it_is_grouped(account: str) -> None:
    number = "FR" + f"{98 - int(mod_97_10._to_base10(account + 'FR00')) % 97:02d}" + account
    assert iban.is_valid(number)
    spaced = " ".join(number[place : place + 4] for place in range(0, len(number), 4))
    assert read("iban", f"IBAN : {spaced} BIC") == number


@settings(deadline=None)
@given(st.text(max_size=300), st.sampled_from([*sorted(TYPED), "text"]), st.booleans())
def test_whatever_the_text_what_is_found_is_canonical(text: str, type_: str, is_recognised: bool) -> None:
    for found in find_values(type_, text, is_recognised=is_recognised):
        assert 0 < found.certainty <= 1 and 0 <= found.start < found.end
        assert check_facts([{"name": "v", "type": type_}], {"v": found.value}) == {"v": found.value}


@pytest.mark.parametrize("type_", sorted(TYPED))
@pytest.mark.parametrize("unit", ["1 ", "0O", "1.", "FR", "FR7 ", "11/", "1,", "-", "€ ", "3 mars ", "1 234 "])
def test_no_text_takes_long(type_: str, unit: str) -> None:
    started = time.process_time()
    list(find_values(type_, unit * 5000, is_recognised=True))
    assert time.process_time() - started < 0.5


class TestPatterns:
    def test_the_first_group_is_what_is_kept(self) -> None:
        assert find(r"facture n°\s*(\S+)", "FACTURE N°\u00a0F-12 du")[0] == "F-12"
        assert find(r"F-\d+", "Facture F-12")[0] == "F-12"
        assert find(r"nom (\w+)", "Nom Gaüzère")[0] == "Gaüzère"

    @pytest.mark.parametrize("pattern", [r"(a+)+$", r"(a|a)*b", r"(.*)(.*)(.*)(.*)x", r"^(([a-z])+.)+[A-Z]([a-z])+$"])
    def test_hostile_patterns_end_at_once(self, pattern: str) -> None:
        started = time.process_time()
        find(pattern, "a" * 100_000)
        assert time.process_time() - started < 1

    def test_a_file_is_cut_by_such_patterns_too(self) -> None:
        page = PageReading(1, 595, 842, "a" * 50_000)
        started = time.process_time()
        options = SplitOptions(by="text", pattern=r"(a+)+$")
        assert SplitStep().look(page, options).said
        assert time.process_time() - started < 1
        with pytest.raises(ValueError, match="RE2"):
            SplitOptions(by="text", pattern=r"(?<=a)b")

    @pytest.mark.parametrize("pattern", ["", " ", "(", r"(?=a)", r"(a)\1", "a" * 301, r"((a{200}){200}){200}"])
    def test_what_cannot_be_used_is_said(self, pattern: str) -> None:
        with pytest.raises(PatternRefused):
            compile_pattern(pattern)
