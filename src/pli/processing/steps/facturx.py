"""Electronic invoices: what a Factur-X file says becomes facts; an own invoice whose data is there becomes Factur-X."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from pli.kit.errors import Phrase
from pli.processing.indexing.parties_index import index_of
from pli.processing.indexing.sheet import Sheet
from pli.processing.invoices.embedding import embed_invoice, find_invoice_files
from pli.processing.invoices.facts import facts_of, party_of
from pli.processing.invoices.making import UnableToMake, make_invoice
from pli.processing.invoices.reading import read_invoice
from pli.processing.invoices.tree import XmlRefused
from pli.processing.invoices.writing import write_invoice
from pli.processing.plugs import Context, Done, Fact, Gives, Outcome, Skipped, Stage, Work


class ReadOptions(BaseModel):
    """What becomes of what the file says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str = Field(
        default="",
        max_length=40,
        title="Nature",
        description="Donnée à un fichier qui porte une facture électronique ; inchangée si elle est vide.",
        json_schema_extra={"control": "kind"},
    )


class FacturxStep:
    """Reads the invoice a PDF carries (Factur-X of any profile, CII, UBL); the page itself is not touched."""

    slug: ClassVar[str] = "facturx"
    version: ClassVar[int] = 1
    stage: ClassVar[Stage] = Stage.MAKE
    name_fr: ClassVar[str] = "Lire la facture électronique"
    name_en: ClassVar[str] = "Read the electronic invoice"
    needs: ClassVar[frozenset[Gives]] = frozenset()
    gives: ClassVar[frozenset[Gives]] = frozenset({Gives.FACTS, Gives.KIND, Gives.PARTY})
    Options: ClassVar[type[BaseModel]] = ReadOptions

    def run(self, work: Work, options: ReadOptions) -> Outcome:
        """Facts of the kind's fields, and the party."""
        refusals = []
        for data in find_invoice_files(work.pdf):
            try:
                invoice = read_invoice(data)
            except XmlRefused as refused:
                refusals.append(str(refused))
                continue
            kind = options.kind if options.kind in work.context.kinds else work.kind
            spec = work.context.kinds.get(kind)
            own = _own(work.context)
            party = work.party_id or party_of(invoice, index_of(work.context), own)
            return Done(
                facts=facts_of(invoice, spec.fields, own) if spec else {},
                kind=kind if kind != work.kind else None,
                party_id=party,
                notes=(Phrase("Facture électronique lue (%(profile)s).", profile=invoice.profile[:80] or "CII"),),
            )
        if refusals:
            return Skipped(refusals[0])
        return Skipped("Ce fichier ne porte pas de facture électronique.")


class MakeOptions(BaseModel):
    """Which pieces become Factur-X."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kinds: tuple[str, ...] = Field(
        default=("invoice",),
        max_length=20,
        title="Natures",
        description="Celles dont les documents deviennent des factures électroniques.",
        json_schema_extra={"control": "kind"},
    )


class MakeFacturxStep:
    """Makes the organisation's own invoice a Factur-X of profile EN 16931. Place it before ``pdfa`` (3b)."""

    slug: ClassVar[str] = "facturx-make"
    version: ClassVar[int] = 2
    stage: ClassVar[Stage] = Stage.MAKE
    name_fr: ClassVar[str] = "Faire une facture électronique"
    name_en: ClassVar[str] = "Make an electronic invoice"
    needs: ClassVar[frozenset[Gives]] = frozenset({Gives.TEXT, Gives.FACTS, Gives.PARTY})
    gives: ClassVar[frozenset[Gives]] = frozenset()
    rewrites: ClassVar[bool] = True
    needs_addresses: ClassVar[bool] = True
    Options: ClassVar[type[BaseModel]] = MakeOptions

    def run(self, work: Work, options: MakeOptions) -> Outcome:
        """The XML is attached when all its figures prove each other and the norm's schematron has nothing against it;
        else the piece stays as it is, and says why."""
        spec = work.context.kinds.get(work.kind)
        if work.kind not in options.kinds or spec is None:
            return Skipped("Cette nature n’est pas faite en facture électronique.")
        if next(find_invoice_files(work.pdf), None) is not None:
            return Skipped("Ce fichier porte déjà une facture électronique.")
        if "/Perms" in work.pdf.Root or _is_signed(work):
            return Skipped("Ce fichier porte une signature : le modifier la rendrait invalide.")
        typed = {name: Fact(value, 1.0, "typed") for name, value in work.typed.items()}
        buyer = next((party for party in work.context.parties if party.id == work.party_id), None)
        try:
            invoice = make_invoice(
                [Sheet.of(page) for page in work.pages],
                spec.fields,
                {**work.facts, **typed},
                own=_own(work.context),
                buyer=buyer,
            )
        except UnableToMake as error:
            return Skipped(Phrase("Pas de facture électronique (EN 16931) : %(reason)s.", reason=error.reason))
        xml = write_invoice(invoice)
        refusal = _judged(xml)
        if refusal is not None:
            return Skipped(refusal)
        embed_invoice(work.pdf, xml, profile="EN 16931", made_at=work.context.now)
        return Done(notes=("Facture électronique Factur-X, profil EN 16931, jointe au document.",))


def _judged(xml: bytes) -> Phrase | None:
    """Why the invoice may not be attached; ``None`` when it keeps every rule of the norm."""
    # Here and not above: half a second, for those who make invoices only (see pli.processing.judged_jobs).
    from pli.processing.invoices.schematron import JudgeMissing, check_schematron

    try:
        broken = check_schematron(xml)
    except JudgeMissing:
        return Phrase("Pas de facture électronique : les règles de la norme EN 16931 n’ont pas pu être vérifiées.")
    if broken:
        return Phrase(
            "Pas de facture électronique : la norme EN 16931 la refuse (%(rules)s).", rules=" ; ".join(broken)[:300]
        )
    return None


def _is_signed(work: Work) -> bool:
    form = work.pdf.Root.get("/AcroForm")
    flags = form.get("/SigFlags", 0) if form is not None else 0
    return isinstance(flags, int) and bool(flags & 1)


def _own(context: Context) -> dict[str, str]:
    return {"name": context.organisation_name, **context.organisation_facts}
