"""Invoices of suppliers nobody has seen before, read without a layout: right, or not at all, or asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pli.processing.indexing.dates import find_dates, is_month_first
from pli.processing.indexing.identifiers import find_sirens, find_vat_numbers
from pli.processing.plugs import Fact, FieldSpec, KindSpec
from pli.processing.steps.index import IndexOptions, IndexStep
from tests.processing.indexing import counting
from tests.processing.indexing.papers import OWN, Said, as_read, context, paper, work

PAPERS = list(counting.made())


def facts_of(*texts: tuple[float, float, str], fields: tuple[FieldSpec, ...] = counting.KIND.fields) -> dict[str, Fact]:
    room = replace(context(), kinds={"invoice": KindSpec("invoice", "Facture", fields)})
    pages = as_read(paper([Said(*text) for text in texts]))
    return dict(getattr(IndexStep().run(work(pages, room), IndexOptions()), "facts", {}))


def values_of(*texts: tuple[float, float, str], **said: tuple[FieldSpec, ...]) -> dict[str, str]:
    return {name: fact.value for name, fact in facts_of(*texts, **said).items()}


@pytest.mark.parametrize("told", PAPERS, ids=[told.name for told in PAPERS])
def test_all_that_a_supplier_wrote_is_read_as_written(told: counting.Paper) -> None:
    facts = counting.read(as_read(told.pdf), OWN)
    verdicts = {name: counting.judge(truth, facts.get(name)) for name, truth in told.truth.items()}
    said = {name: facts[name].value if name in facts else None for name in verdicts}
    assert set(verdicts.values()) <= {counting.RIGHT, counting.NOT_WRITTEN}, (verdicts, said)


class TestLabels:
    def test_a_label_inside_another_is_none(self) -> None:
        assert "date" not in values_of((50, 100, "Date de livraison : 5 mai 2026"), (50, 130, "Due Date: 04/05/2026"))
        assert "total" not in values_of((50, 100, "Sous total : 90,00 €"))

    def test_a_day_in_a_sentence_is_not_the_document_s(self) -> None:
        assert "date" not in values_of(
            (50, 100, "Prélèvement effectué le 5 mai 2026"), (50, 130, "Votre commande 4512 du 27/02/2026")
        )

    def test_a_day_that_opens_a_letter_or_follows_the_number_is(self) -> None:
        assert values_of((50, 100, "Brest, le 4 mars 2026"))["date"] == "2026-03-04"
        assert values_of((50, 100, "Facture n°562044387 du 2 juillet 2026")) | {"number": "562044387"} == {
            "date": "2026-07-02", "number": "562044387",
        }  # fmt: skip

    def test_another_paper_s_number_is_not_this_one_s(self) -> None:
        read = values_of((50, 100, "En annulation de la facture n° FA-12"), (50, 140, "AVOIR N° AV-7"))
        assert read["number"] == "AV-7"

    def test_what_stands_under_a_heading_of_lines_is_an_article_s(self) -> None:
        assert "number" not in values_of((50, 100, "Réf."), (120, 100, "Désignation"), (50, 116, "VN25-T"))

    def test_close_columns_are_told_apart(self) -> None:
        read = values_of((50, 100, "N° FACTURE"), (125, 100, "DATE"), (170, 100, "ÉCHÉANCE"),
                         (50, 114, "26030417"), (115, 114, "05/03/26"), (172, 114, "30/04/26"))  # fmt: skip
        assert (read["number"], read["date"], read["due_date"]) == ("26030417", "2026-03-05", "2026-04-30")

    def test_a_number_in_groups_is_whole(self) -> None:
        assert values_of((50, 100, "Facture n° 10 245 678 901"))["number"] == "10245678901"

    def test_an_amount_or_a_day_of_another_name_has_its_own_label_only(self) -> None:
        fields = (FieldSpec("deposit", "Acompte", "amount"), FieldSpec("visit", "Jour de visite", "date"))
        page = ((50, 100, "Date : 4 mars 2026"), (50, 130, "Total TTC 120,00 €"), (50, 116, "Total HT 100,00 €"),
                (50, 123, "TVA 20,00 €"))  # fmt: skip
        assert values_of(*page, fields=fields) == {}
        assert values_of(*page, (50, 160, "Acompte : 30,00 €"), fields=fields) == {"deposit": "30.00"}


class TestSums:
    def test_two_amounts_that_happen_to_add_up_prove_nothing(self) -> None:
        total = facts_of((50, 100, "45,00 €"), (50, 130, "45,00 €"), (50, 160, "Total TTC 90,00 €"))["total"]
        assert total.confidence < 0.8

    def test_what_is_taxed_the_tax_and_the_total_prove_each_other(self) -> None:
        facts = facts_of((50, 100, "Montant HT"), (150, 100, "90,00"), (50, 140, "Total HT"), (150, 140, "100,00"),
                         (50, 155, "TVA 20,00 %"), (150, 155, "20,00"),
                         (50, 170, "Total TTC"), (150, 170, "120,00"))  # fmt: skip
        assert {name: (fact.value, fact.confidence) for name, fact in facts.items()} == {
            "total": ("120.00", 0.9), "net": ("100.00", 0.9), "tax": ("20.00", 0.9),
        }  # fmt: skip

    def test_a_credit_note_s_are_negative(self) -> None:
        facts = facts_of(
            (50, 140, "Total HT -300,00 €"), (50, 155, "TVA 20 % -60,00 €"), (50, 170, "Total TTC -360,00 €")
        )
        assert [facts[name].value for name in ("net", "tax", "total")] == ["-300.00", "-60.00", "-360.00"]
        assert facts["total"].confidence >= 0.9

    def test_the_tax_of_several_rates_is_their_sum(self) -> None:
        read = values_of((50, 100, "Total HT 1 591,00"), (50, 115, "TVA 10 % sur 1 264,50 126,45"),
                         (50, 130, "TVA 20 % sur 326,50 65,30"), (50, 145, "Total TTC 1 782,75"))  # fmt: skip
        assert read["tax"] == "191.75"

    def test_a_comma_that_a_scan_lost_is_put_back_where_the_sums_prove_it(self) -> None:
        texts = ((50, 100, "Total HT 159100 €"), (50, 115, "TVA 20 % 318,20 €"), (50, 130, "Total TTC 1909,20 €"))
        page = as_read(paper([Said(*text) for text in texts]))[0]
        facts = counting.read((replace(page, is_recognised=True),), OWN)
        assert [facts[name].value for name in ("net", "tax", "total")] == ["1591.00", "318.20", "1909.20"]
        assert "net" not in (read := counting.read((page,), OWN)) or read["net"].confidence < 0.6

    def test_sums_that_cannot_belong_together_are_asked(self) -> None:
        facts = facts_of((50, 100, "Total HT 500,00 €"), (50, 130, "Total TTC 90,00 €"))
        assert all(fact.confidence < 0.6 for fact in facts.values())

    def test_what_is_left_to_pay_is_not_the_total_without_doubt(self) -> None:
        facts = facts_of((50, 100, "Acompte versé 500,00 €"), (50, 130, "Reste à payer 1 282,75 €"))
        assert facts["total"].confidence < 0.6

    def test_the_first_line_s_amount_is_not_the_total(self) -> None:
        lines = [(400.0, 120.0 + 14 * line, f"{line + 1}0,00") for line in range(4)]
        assert "net" not in values_of((400, 100, "Montant HT"), *lines)


class TestForms:
    def test_a_page_that_puts_the_month_first_is_read_so(self) -> None:
        read = values_of((50, 100, "Invoice date: 03/20/2026"), (50, 130, "Due date: 04/05/2026"))
        assert (read["date"], read["due_date"]) == ("2026-03-20", "2026-04-05")
        assert not is_month_first("le 03/04/2026, puis le 25/04/2026")
        assert is_month_first("03/20/26 and 04/05/26")

    @pytest.mark.parametrize(
        ("text", "value"),
        [("7. Mai 2026", "2026-05-07"), ("29 maart 2026", "2026-03-29"), ("August 3 , 2026", "2026-08-03"),
         ("11. Juli 2026", "2026-07-11"), ("2026/04/15", "2026-04-15"), ("4 dicembre 2026", "2026-12-04")],
    )  # fmt: skip
    def test_neighbours_months(self, text: str, value: str) -> None:
        assert [one.value for one in find_dates(text, False)] == [value]

    @pytest.mark.parametrize(
        ("text", "value"),
        [("IE VAT IE6388047V", "IE6388047V"), ("BTW/TVA BE 0428.759.497 RPM Bruxelles", "BE0428759497"),
         ("USt-IdNr. DE 136 695 976 SWIFT", "DE136695976")],
    )  # fmt: skip
    def test_a_vat_number_with_words_behind_it(self, text: str, value: str) -> None:
        assert [one.value for one in find_vat_numbers(text, False)] == [value]

    def test_a_number_broken_over_two_lines_is_found(self) -> None:
        read = values_of((50, 700, "Règlement sur le compte FR76 3000 2005 5000 0037 7665"), (50, 714, "556 (BIC ABC)"))
        assert read["iban"] == "FR7630002005500000377665556"

    @pytest.mark.parametrize("text", ["compte 4 001 887 223", "TVA : BE084652726", "TVA : BE 084652726"])
    def test_part_of_another_number_is_no_siren(self, text: str) -> None:
        assert list(find_sirens(text, "compte" in text)) == []
