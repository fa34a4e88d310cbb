"""Identify and index, on papers as other programs print them and as scanners deliver them."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from pydantic import ValidationError

from pli.processing.plugs import Box, Done, FieldRule, LayoutSpec, PartySpec, Skipped
from pli.processing.steps.identify import IdentifyOptions, IdentifyRule, IdentifyStep
from pli.processing.steps.index import IndexOptions, IndexStep
from pli.processing.steps.ocr import OcrOptions, OcrStep
from tests.pdf import scans
from tests.processing.indexing import papers
from tests.processing.indexing.papers import as_read, context, work

IDENTIFY, INDEX = IdentifyStep(), IndexStep()
ELECTRICIAN = LayoutSpec(
    id="l-elec", name="Électricité du Ponant", kind="invoice", party_id="p-elec", keywords=("552 100 554",),
    rules=(
        FieldRule(field="number", how="anchor", anchor="Facture n°"),
        FieldRule(field="date", how="anchor", anchor="Date de facture"),
        FieldRule(field="total", how="zone", box=(0.7, 0.5, 1, 0.54)),
        FieldRule(field="iban", how="pattern", pattern=r"IBAN ([A-Z0-9 ]+)"),
    ),
)  # fmt: skip
CARPENTER = LayoutSpec(
    id="l-bois", name="Bois Lefèvre", kind="invoice", keywords=("BOIS & CHARPENTES LEFÈVRE", "n° de facture"),
    rules=(
        FieldRule(field="number", how="anchor", anchor="N° de facture", side="below"),
        FieldRule(field="date", how="anchor", anchor="Date", side="below"),
        FieldRule(field="due_date", how="anchor", anchor="échéance", side="below"),
        FieldRule(field="total", how="anchor", anchor="net à payer"),
    ),
)  # fmt: skip


def index(pdf: bytes, room: object = None, options: IndexOptions | None = None, **known: object) -> Done:
    outcome = INDEX.run(work(as_read(pdf), room or context(), **known), options or IndexOptions())
    assert isinstance(outcome, Done), outcome
    return outcome


def identify(pdf: bytes, options: IdentifyOptions, *, codes: bool = False, **said: object) -> Done | Skipped:
    return IDENTIFY.run(work(as_read(pdf, codes=codes), context(**said), kind="other"), options)


def values(done: Done) -> dict[str, str]:
    return {name: fact.value for name, fact in done.facts.items()}


class TestLayouts:
    def test_read_what_their_rules_say_and_how_sure(self) -> None:
        done = index(papers.electrician(), context(layouts=[CARPENTER, ELECTRICIAN]))
        assert done.layout == "l-elec" and done.party_id == "p-elec"
        found = values(done)
        assert found["number"] == "EG-2026-118"
        assert found["date"] == "2026-03-03"
        assert found["total"] == "1234.56"
        assert found["iban"] == "FR1420041010050500013M02606"
        assert done.facts["total"].source == "zone" and done.facts["date"].source == "anchor"
        for name in ("number", "date", "total", "iban"):
            assert done.facts[name].confidence >= 0.9
            box = done.facts[name].box
            assert box is not None and 0 <= box[0] < box[2] <= 1 and 0 <= box[1] < box[3] <= 1

    def test_read_columns_below_their_headings(self) -> None:
        done = index(papers.carpenter(), context(layouts=[ELECTRICIAN, CARPENTER]))
        assert done.layout == "l-bois"
        assert values(done) | {"number": "2026/0417", "date": "2026-03-03", "due_date": "2026-04-02",
                               "total": "2480.00"} == values(done)  # fmt: skip

    def test_are_told_from_each_other_by_what_they_ask_for(self) -> None:
        vague = LayoutSpec(id="l-vague", name="Toute facture", kind="invoice", keywords=("facture",))
        note = LayoutSpec(id="l-note", name="Bons", kind="delivery-note", keywords=("552 100 554", "facture"))
        done = index(papers.electrician(), context(layouts=[vague, note, ELECTRICIAN]))
        assert done.layout == "l-elec"
        assert index(papers.carpenter(), context(layouts=[vague, note, ELECTRICIAN])).layout == "l-vague"

    def test_of_a_fact_already_proved_are_not_asked(self) -> None:
        from pli.processing.plugs import Fact

        piece = work(as_read(papers.electrician()), context(layouts=[ELECTRICIAN]), typed={"total": "1.00"})
        piece.facts["number"] = Fact("XML-1", 0.99, "facturx")
        outcome = INDEX.run(piece, IndexOptions())
        assert isinstance(outcome, Done)
        assert "number" not in outcome.facts and "total" not in outcome.facts

    @pytest.mark.parametrize(
        ("rule", "value"),
        [
            (FieldRule(field="number", how="zone", box=(0, 0.22, 0.6, 0.25), pattern=r"n° (\S+)"), "EG-2026-118"),
            (FieldRule(field="number", how="anchor", anchor="date de facture", side="above"), "Facture n° EG-2026-118"),
            (FieldRule(field="total", how="anchor", anchor="Total TTC", page=-1), "1234.56"),
            (FieldRule(field="total", how="anchor", anchor="Total TTC", page=2), None),
            (FieldRule(field="date", how="zone", box=(0, 0, 0.5, 0.1)), None),
            (FieldRule(field="date", how="pattern", pattern=r"Échéance : (.*)", page=0), "2026-04-02"),
            (FieldRule(field="date", how="pattern", pattern=r"Livraison : (.*)", page=0), None),
        ],
    )
    def test_rules_one_by_one(self, rule: FieldRule, value: str | None) -> None:
        options = IndexOptions(rules=(rule,), reads_usual_labels=False, recognises_party=False)
        outcome = INDEX.run(work(as_read(papers.electrician()), context()), options)
        assert (values(outcome).get(rule.field) if isinstance(outcome, Done) else None) == value

    def test_an_address_is_read_as_a_block(self) -> None:
        box: Box = (0.55, 0.13, 0.95, 0.2)
        options = IndexOptions(rules=(FieldRule(field="number", how="block", box=box),), recognises_party=False)
        done = index(papers.electrician(), options=options)
        assert done.facts["number"].value == "Atelier Mercier\n17 boulevard de Chantenay\n44100 Nantes"

    def test_a_code_gives_a_value(self) -> None:
        rule = FieldRule(field="number", how="barcode", page=0, pattern=r"^(BL-.*)")
        piece = work(as_read(scans.coded(), codes=True), context(), kind="delivery-note")
        outcome = INDEX.run(piece, IndexOptions(rules=(rule,)))
        assert isinstance(outcome, Done) and outcome.facts["number"].value == "BL-2026-0099"

    @pytest.mark.parametrize(
        "rule",
        [
            {"field": "n", "how": "zone"},
            {"field": "n", "how": "zone", "box": (0.5, 0, 0.4, 1)},
            {"field": "n", "how": "anchor"},
            {"field": "n", "how": "pattern", "pattern": "(a"},
            {"field": "n", "how": "guess"},
        ],
    )
    def test_rules_that_cannot_be_applied_are_refused_when_saved(self, rule: dict) -> None:
        with pytest.raises(ValidationError):
            IndexOptions.model_validate({"rules": [rule]})


class TestWhatHasNotTheFormOfItsType:
    """It is asked, not left out: without any confidence, a person looks."""

    @pytest.mark.parametrize("day", ["31/02/2026", "31-02-2026", "45/13/2026", "29.02.2026", "le 31/11/26"])
    def test_a_day_that_is_none_beside_its_usual_label(self, day: str) -> None:
        fact = index(papers.electrician(day=day)).facts["date"]
        assert fact.value in day and fact.confidence == 0

    @pytest.mark.parametrize("day", ["00/00/0000", "", "à réception", "devis 12.50.30 du mois"])
    def test_nothing_or_words_are_no_day(self, day: str) -> None:
        assert "date" not in index(papers.electrician(day=day)).facts

    def test_a_day_that_is_none_elsewhere_is_nobodys(self) -> None:
        done = index(papers.electrician(number="EG-1 (annule 31/02/2026)"))
        assert done.facts["date"].value == "2026-03-03"

    @pytest.mark.parametrize(
        ("field", "said"),
        [
            ("date", "31/02/2026"), ("iban", "FR76 3000 6000 0112 3456 7890 188"), ("siren", "123 456 789"),
        ],
    )  # fmt: skip
    def test_in_a_zone_somebody_drew(self, field: str, said: str) -> None:
        pdf = papers.paper([papers.Said(50, 60, "Électricité"), papers.Said(60, 300, said)])
        rule = FieldRule(field=field, how="zone", box=(0.05, 0.33, 0.6, 0.38))
        options = IndexOptions(rules=(rule,), reads_usual_labels=False, recognises_party=False)
        fact = index(pdf, options=options).facts[field]
        assert (fact.value, fact.confidence) == (said, 0)

    def test_another_thing_in_a_zone_is_left_alone(self) -> None:
        pdf = papers.paper([papers.Said(50, 60, "Électricité"), papers.Said(60, 300, "Sans objet")])
        rule = FieldRule(field="date", how="zone", box=(0.05, 0.33, 0.6, 0.38))
        options = IndexOptions(rules=(rule,), reads_usual_labels=False, recognises_party=False)
        assert isinstance(INDEX.run(work(as_read(pdf), context()), options), Skipped)


class TestWithoutLayout:
    def test_usual_labels_give_the_values_less_surely(self) -> None:
        done = index(papers.electrician())
        assert values(done) == {
            "number": "EG-2026-118", "date": "2026-03-03", "due_date": "2026-04-02", "total": "1234.56",
            "siren": "552100554", "iban": "FR1420041010050500013M02606",
        }  # fmt: skip
        assert all(fact.confidence <= 0.9 for fact in done.facts.values())
        # 1 028,80 + 205,76 make the total: that proves it.
        assert done.facts["total"].confidence == 0.9

    def test_in_columns_too(self) -> None:
        found = values(index(papers.carpenter()))
        assert found | {"number": "2026/0417", "date": "2026-03-03", "due_date": "2026-04-02",
                        "total": "2480.00"} == found  # fmt: skip

    def test_other_kinds(self) -> None:
        assert values(index(papers.delivery_note(), kind="delivery-note")) == {
            "number": "BL-00871",
            "date": "2026-03-12",
        }
        assert values(index(papers.payslip(), kind="payslip")) == {"period": "mars 2026"}

    def test_nothing_on_the_page_is_nothing_found(self) -> None:
        outcome = INDEX.run(work(as_read(scans.drawn(["Bonjour."])), context()), IndexOptions())
        assert isinstance(outcome, Skipped)

    def test_the_date_beside_another_label_is_not_taken(self) -> None:
        pdf = papers.paper([papers.Said(50, 200, "Date de livraison prévue le 5 mai 2026"),
                            papers.Said(50, 230, "Date d’échéance : 2 avril 2026")])  # fmt: skip
        assert values(index(pdf)).get("date") != "2026-04-02"

    def test_costs_little(self) -> None:
        pages, room = as_read(papers.electrician()), context()
        INDEX.run(work(pages, room), IndexOptions())
        piece = work(pages, room)
        started = time.process_time()
        for _ in range(50):
            INDEX.run(piece, IndexOptions())
        assert (time.process_time() - started) / 50 < 0.02


class TestScans:
    def test_a_scan_is_recognised_then_indexed(self) -> None:
        page = replace(as_read(scans.scan(papers.electrician()))[0])
        assert page.text.strip() == ""
        picture = scans.png(scans.spoil(scans.picture_of(papers.electrician())))
        read = OcrStep().read(page, lambda dpi: picture, OcrOptions())
        assert read.is_recognised
        outcome = INDEX.run(work((read,), context(layouts=[ELECTRICIAN])), IndexOptions())
        assert isinstance(outcome, Done) and outcome.layout == "l-elec"
        found = values(outcome)
        assert (found["number"], found["date"], found["total"]) == ("EG-2026-118", "2026-03-03", "1234.56")
        assert found["iban"] == "FR1420041010050500013M02606"
        assert outcome.party_id == "p-elec"

    def test_an_amount_whose_comma_was_lost_is_put_right_by_its_parts_or_doubted(self) -> None:
        said = papers.Said
        lost = [said(300, 700, "Total TTC"), said(460, 700, "1 23456 €")]
        parts = [said(460, 600, "1 028,80 €"), said(460, 620, "205,76 €")]
        page = replace(as_read(papers.paper([*parts, *lost]))[0], is_recognised=True)
        outcome = INDEX.run(work((page,), context()), IndexOptions())
        assert isinstance(outcome, Done)
        assert (outcome.facts["total"].value, outcome.facts["total"].confidence) == ("1234.56", 0.9)
        page = replace(as_read(papers.paper(lost))[0], is_recognised=True)
        outcome = INDEX.run(work((page,), context()), IndexOptions())
        assert not isinstance(outcome, Done) or outcome.facts["total"].confidence < 0.5

    def test_pages_with_text_blank_pages_and_broken_pictures_stay_as_they_are(self) -> None:
        page = as_read(papers.electrician())[0]
        assert OcrStep().read(page, lambda dpi: pytest.fail("drawn"), OcrOptions()) is page
        blank = replace(page, text="", words=(), is_blank=True)
        assert OcrStep().read(blank, lambda dpi: pytest.fail("drawn"), OcrOptions()) is blank
        scanned = replace(page, text="", words=())
        assert OcrStep().read(scanned, lambda dpi: b"garbage", OcrOptions()) is scanned


class TestParties:
    def who(self, *lines: str, parties: tuple[PartySpec, ...] = papers.SUPPLIERS, **options: object) -> str | None:
        pdf = papers.paper([papers.Said(50, 60 + 20 * number, line) for number, line in enumerate(lines)])
        piece = work(as_read(pdf), context(parties=parties))
        outcome = INDEX.run(piece, IndexOptions(**options))
        return outcome.party_id if isinstance(outcome, Done) else None

    def test_by_what_is_theirs_alone(self) -> None:
        assert self.who("SIRET 552 100 554 00013") == "p-elec"
        assert self.who("TVA intracommunautaire : FR83 552 100 554") == "p-elec"
        assert self.who("Virement : FR14 2004 1010 0505 0001 3M02 606") == "p-papier"
        assert self.who("Écrire à compta@bois-lefevre.example.") == "p-bois"
        assert self.who("Code client : C0042") == "p-client"
        assert self.who("Matricule S-017") == "p-salarie"

    def test_by_name(self) -> None:
        assert self.who("ELECTRICITE GENERALE DU PONANT SAS") == "p-elec"
        assert self.who("GAÜZÈRE Noël") == "p-salarie"
        assert self.who("Papeterie Martin, Quimper") == "p-papier"
        assert self.who("Electricite Generaie du P0nant") == "p-elec", "letters that were read wrong"

    def test_never_the_organisation_itself(self) -> None:
        itself = PartySpec("p-self", "SELF", "Atelier Mercier", "CLIENT", siren="732829320", vat="FR44732829320")
        lines = ("Atelier Mercier", "SIREN 732 829 320", "FR44732829320")
        assert self.who(*lines, parties=(*papers.SUPPLIERS, itself)) is None

    def test_nobody_when_two_fit_as_well(self) -> None:
        assert self.who("Électricité Générale du Ponant", "Bois et Charpentes Lefèvre") is None
        assert self.who("SIREN 552 100 554", "SIREN 542 051 180") is None

    def test_only_among_the_kinds_asked_for(self) -> None:
        lines = ("Syndic Les Glycines", "SIREN 552 100 554")
        assert self.who(*lines, party_kinds=("CLIENT",)) == "p-client"
        assert self.who(*lines, party_kinds=("SUPPLIER",)) == "p-elec"
        assert self.who("Papeterie de la gare") is None

    def test_among_ten_thousand(self) -> None:
        many = tuple(
            PartySpec(f"p{number}", f"CL{number:05d}", f"Copropriété du {number} rue des Acacias", "CLIENT")
            for number in range(10_000)
        )
        assert self.who("Copropriété du 4217 rue des Acacias", parties=many) == "p4217"
        assert self.who("Votre code CL09999", parties=many) == "p9999"


class TestIdentify:
    def test_rules_in_their_order_and_why(self) -> None:
        rules = (
            IdentifyRule(kind="payslip", keywords=("bulletin de paie",)),
            IdentifyRule(kind="invoice", queue="Compta", file_name="*_FAC.pdf"),
            IdentifyRule(kind="delivery-note", barcode=r"^BL-\d{4}"),
        )
        options = IdentifyOptions(rules=rules)
        done = identify(papers.payslip(), options)
        assert isinstance(done, Done) and done.kind == "payslip" and "bulletin de paie" in done.notes[0]
        done = identify(papers.carpenter(), options, queue="compta", file_name="2026_fac.PDF")
        assert isinstance(done, Done) and done.kind == "invoice"
        done = identify(scans.coded(), options, codes=True)
        assert isinstance(done, Done) and done.kind == "delivery-note"
        assert isinstance(identify(papers.carpenter(), options, queue="autre"), Skipped)

    def test_a_rule_for_a_kind_that_does_not_exist_is_passed_over(self) -> None:
        options = IdentifyOptions(rules=(IdentifyRule(kind="nothing"), IdentifyRule(kind="invoice")))
        done = identify(papers.carpenter(), options)
        assert isinstance(done, Done) and done.kind == "invoice"

    def test_layouts_give_kind_and_supplier(self) -> None:
        done = identify(papers.electrician(), IdentifyOptions(), layouts=[CARPENTER, ELECTRICIAN])
        assert isinstance(done, Done)
        assert (done.kind, done.layout, done.party_id) == ("invoice", "l-elec", "p-elec")

    def test_headings_when_asked_to_guess(self) -> None:
        options = IdentifyOptions(guesses=True)
        for pdf, kind in (
            (papers.delivery_note(), "delivery-note"),
            (papers.payslip(), "payslip"),
            (papers.electrician(), "invoice"),
        ):
            done = identify(pdf, options)
            assert isinstance(done, Done) and done.kind == kind
        assert isinstance(identify(papers.electrician(), IdentifyOptions()), Skipped)

    def test_hostile_patterns_are_refused_when_saved(self) -> None:
        with pytest.raises(ValidationError):
            IdentifyOptions(rules=(IdentifyRule.model_validate({"kind": "invoice", "barcode": "(?=a)"}),))
