"""The own invoice made Factur-X: rates, what is due when, countries, refusals, the judge's word; in the sandbox."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace

import pikepdf
import pytest
from django.utils import translation
from django.utils.translation import gettext

from pli.documents.api import Document, best_rendition, rendition_path
from pli.kit.errors import fill_sentence, read_phrase
from pli.parties.api import Address, Party
from pli.processing.invoices import schematron
from pli.processing.invoices.embedding import find_invoice_files
from pli.processing.invoices.invoice import Invoice
from pli.processing.invoices.reading import read_invoice
from pli.processing.plugs import Done, Fact, FieldSpec, KindSpec, Outcome, PartySpec, Skipped
from pli.processing.steps.facturx import MakeFacturxStep, MakeOptions
from tests.processing.conftest import Send
from tests.processing.indexing import papers
from tests.processing.indexing.papers import Said, as_read, context, work
from tests.support.people import House
from tests.support.saxon import saxon_finds

CLIENT = PartySpec("p-parc", "C0007", "Résidence du Parc", "CLIENT", siren="552100554", country="FR")
KIND = KindSpec(
    "invoice",
    "Facture",
    (FieldSpec("number", "N° de facture"), FieldSpec("date", "Date de facture", "date"),
     FieldSpec("due_date", "Date d’échéance", "date"), FieldSpec("total", "Montant TTC", "amount")),
)  # fmt: skip
FACTS = {"number": "F2026-12", "date": "2026-03-03", "due_date": "2026-04-02"}
RATES = (
    ("Peinture", "3", "40,00 €", "10 %", "120,00 €"),
    ("Livre d’entretien", "2", "15,00 €", "5,5 %", "30,00 €"),
    ("Dépannage", "1,5", "80,00 €", "20 %", "120,00 €"),
)
TAXES = ("TVA 5,5 %  1,65 €", "TVA 10 %  12,00 €", "TVA 20 %  24,00 €")


def printed(
    rows: Sequence[Sequence[str]] = RATES,
    totals: Sequence[str] = ("Total HT  270,00 €", *TAXES, "Total TTC  307,65 €"),
    terms: str = "",
) -> bytes:
    """An invoice with a column for the rate, as many programs print one."""
    heads = ("Désignation", "Qté", "Prix unitaire", "TVA", "Montant HT")
    texts = [Said(50, 60, "Atelier Mercier"), Said(50, 80, terms)] if terms else [Said(50, 60, "Atelier Mercier")]
    for at, row in enumerate([heads, *rows]):
        texts += [Said(x, 200 + 20 * at, text) for x, text in zip((50, 250, 310, 400, 470), row, strict=True)]
    for at, total in enumerate(totals):
        parts = total.split("  ")
        texts += [Said(300 + 70 * place, 400 + 20 * at, part) for place, part in enumerate(parts)]
    return papers.paper(texts)


def made(
    pdf: bytes, *, buyer: PartySpec = CLIENT, facts: dict[str, str] | None = None, sure: float = 0.95
) -> tuple[Outcome, bytes | None]:
    """What the step says, and the XML it put in."""
    room = replace(context(parties=(buyer,)), kinds={"invoice": KIND})
    known = {name: Fact(value, sure, "anchor") for name, value in (FACTS if facts is None else facts).items()}
    piece = work(as_read(pdf), room, party_id=buyer.id, facts=known)
    piece.pdf = pikepdf.open(io.BytesIO(pdf))
    outcome = MakeFacturxStep().run(piece, MakeOptions())
    return outcome, next(find_invoice_files(piece.pdf), None)


def invoice(pdf: bytes, **more: object) -> Invoice:
    """The invoice the step made; Saxon has nothing against it either."""
    outcome, xml = made(pdf, **more)  # type: ignore[arg-type]
    assert isinstance(outcome, Done) and xml is not None, outcome
    assert saxon_finds(xml) == set()
    return read_invoice(xml)


def refusal(pdf: bytes, **more: object) -> str:
    """Why the step made none."""
    outcome, xml = made(pdf, **more)  # type: ignore[arg-type]
    assert isinstance(outcome, Skipped) and xml is None
    return outcome.reason


class TestRates:
    def test_several_rates_each_line_with_its_own(self) -> None:
        read = invoice(printed())
        assert [(str(part.rate), str(part.base), str(part.tax)) for part in read.vat_parts] == [
            ("5.5", "30.00", "1.65"), ("10", "120.00", "12.00"), ("20", "120.00", "24.00"),
        ]  # fmt: skip
        assert [str(line.vat_rate) for line in read.lines] == ["10", "5.5", "20"]
        assert (str(read.net), str(read.tax), str(read.gross)) == ("270.00", "37.65", "307.65")

    def test_a_table_of_rates_at_the_foot(self) -> None:
        totals = ("Taux  Base HT  TVA", "5,5 %  30,00 €  1,65 €", "10 %  120,00 €  12,00 €", "20 %  120,00 €  24,00 €",
                  "Total HT  270,00 €", "Total TTC  307,65 €")  # fmt: skip
        assert len(invoice(printed(totals=totals)).vat_parts) == 3

    def test_rates_in_figures_alone(self) -> None:
        rows = [(*row[:3], row[3].removesuffix(" %"), row[4]) for row in RATES]
        assert [str(line.vat_rate) for line in invoice(printed(rows)).lines] == ["10", "5.5", "20"]

    @pytest.mark.parametrize(
        ("rows", "totals", "said"),
        [
            ([(*row[:3], "", row[4]) for row in RATES], None, "chaque ligne"),
            (RATES, ("Total HT  270,00 €", *TAXES[:2], "Total TTC  283,65 €"), "ne sont pas ceux"),
            (RATES, ("Total HT  270,00 €", TAXES[0], "TVA 10 %  12,01 €", TAXES[2], "Total TTC  307,66 €"),
             "correspond"),
            (RATES, ("Total HT  271,00 €", *TAXES, "Total TTC  307,65 €"), "somme des lignes"),
            (RATES, ("Total HT  270,00 €", *TAXES, "Total TTC  307,66 €"), "correspond"),
            (RATES, ("Total HT  270,00 €", "Total TTC  307,65 €"), "chaque taux"),
            ([(*RATES[0][:3], "0 %", RATES[0][4])], ("Total HT  120,00 €", "TVA 0 %  0,00 €", "Total TTC  120,00 €"),
             "exonération"),
        ],
    )  # fmt: skip
    def test_figures_that_do_not_prove_each_other(
        self, rows: Sequence[Sequence[str]], totals: Sequence[str] | None, said: str
    ) -> None:
        pdf = printed(rows, totals) if totals else printed(rows)
        assert said in refusal(pdf)


class TestDue:
    def test_a_date_that_is_known_is_written(self) -> None:
        read = invoice(printed())
        assert read.due_date == "2026-04-02"

    def test_no_date_but_terms_on_the_page(self) -> None:
        facts = {name: value for name, value in FACTS.items() if name != "due_date"}
        pdf = printed(terms="Règlement à 30 jours fin de mois, sans escompte.")
        outcome, xml = made(pdf, facts=facts)
        assert isinstance(outcome, Done) and xml is not None
        assert "Règlement à 30 jours fin de mois".encode() in xml and b"DueDateDateTime" not in xml
        assert saxon_finds(xml) == set()

    def test_neither_is_not_made_up(self) -> None:
        facts = {name: value for name, value in FACTS.items() if name != "due_date"}
        assert "BR-CO-25" in refusal(printed(), facts=facts)


class TestCountries:
    def test_of_the_address_before_the_vat_number(self) -> None:
        buyer = replace(CLIENT, siren="", vat="BE0428759497", street="Rue Haute 1", postcode="1000", city="Bruxelles",
                        country="LU")  # fmt: skip
        read = invoice(printed(), buyer=buyer)
        assert (read.buyer.country, read.buyer.city, read.buyer.street) == ("LU", "Bruxelles", "Rue Haute 1")

    @pytest.mark.parametrize(
        ("known", "country"), [({"siren": "", "vat": "BE0428759497"}, "BE"), ({"siren": "552100554"}, "FR")]
    )
    def test_without_an_address(self, known: dict[str, str], country: str) -> None:
        assert invoice(printed(), buyer=replace(CLIENT, country="", **known)).buyer.country == country

    def test_nowhere_is_not_france(self) -> None:
        assert "BR-11" in refusal(printed(), buyer=replace(CLIENT, country="", siren=""))


class TestRefusals:
    def test_all_that_is_missing_is_named_at_once(self) -> None:
        said = refusal(papers.carpenter(), facts={}, buyer=replace(CLIENT, country="", siren=""))
        for missing in ("lignes", "numéro de facture", "date de facture", "pays de l’acheteur", "échéance"):
            assert missing in said

    def test_what_was_read_with_doubt_is_not_called_missing(self) -> None:
        said = refusal(printed(), sure=0.6)
        assert "« F2026-12 » n’a pas été lu avec assez de certitude" in said and "« 03/03/2026 »" in said
        assert "manque" not in said.replace("conditions de paiement manquent", "")

    def test_what_only_the_norm_sees_is_refused_in_its_words(self) -> None:
        assert "BR-CO-09" in refusal(printed(), buyer=replace(CLIENT, vat="QQ123456789"))

    def test_without_the_judge_nothing_is_made(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(schematron, "_FOLDER", "nowhere")
        schematron.load_judge.cache_clear()
        try:
            assert "n’ont pas pu être vérifiées" in refusal(printed())
        finally:
            schematron.load_judge.cache_clear()


@pytest.mark.django_db(transaction=True)
class TestInARun:
    """The judge works behind the locks of a real job."""

    STEPS = (
        {"slug": "index", "options": {"rules": [
            {"field": "number", "how": "pattern", "pattern": r"Facture (F\d+-\d+)"},
            {"field": "date", "how": "pattern", "pattern": r"le (\d\d/\d\d/\d{4})"},
            {"field": "total", "how": "anchor", "anchor": "Total TTC"},
        ]}},
        {"slug": "facturx-make", "options": {}},
        {"slug": "pdfa", "options": {"part": "3b"}},
    )  # fmt: skip

    def paper(self) -> bytes:
        texts = "Facture F2026-12 le 03/03/2026, client C001, paiement à 30 jours, TVA FR44732829320"
        return printed(terms=texts)

    def test_the_document_carries_its_invoice(self, house: House, send: Send) -> None:
        Party.objects.filter(id=house.dupont.id).update(siren="552100554")
        Address.objects.create(party=house.dupont, lines=["1 rue de la Paix"], postcode="1000", city="Bruxelles",
                               country="BE")  # fmt: skip
        run = send(self.paper(), list(self.STEPS), party_id=house.dupont.id)
        piece = run.pieces.get()
        assert piece.state == "DONE", (piece.problem, piece.facts)
        document = Document.objects.get(id=piece.document_id)
        xml = _carried(document)
        assert xml is not None, piece.steps
        read = read_invoice(xml)
        assert (read.buyer.country, read.buyer.siren, str(read.gross)) == ("BE", "552100554", "307.65")

    def test_one_that_cannot_be_made_is_kept_as_it_came(self, house: House, send: Send) -> None:
        run = send(self.paper(), [one for one in self.STEPS if one["slug"] != "pdfa"], party_id=house.dupont.id)
        piece = run.pieces.get()
        assert piece.state == "DONE" and _carried(Document.objects.get(id=piece.document_id)) is None
        said = [note for step in piece.steps for note in step["notes"] if step["slug"] == "facturx-make"]
        assert "BR-11 : le pays de l’acheteur manque" in read_phrase(said[0])
        with translation.override("en"):
            told = fill_sentence("%(note)s", {"note": said[0]}, gettext)
        assert "BR-11: the buyer’s country is missing" in told and "é" not in told


def _carried(document: Document) -> bytes | None:
    with pikepdf.open(rendition_path(best_rendition(document.id))) as pdf:
        return next(find_invoice_files(pdf), None)
