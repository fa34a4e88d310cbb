"""One piece: its pages taken out, the recipe's steps over the one open document, written once. Sandbox only."""

from __future__ import annotations

import hashlib
import io
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, BinaryIO, cast

import pikepdf
from pikepdf import Name, ObjectStreamMode, StreamDecodeLevel

from pli.kit.errors import Phrase
from pli.pdf import api as pdf_tools
from pli.processing.chain import ChosenStep, rewrites
from pli.processing.plugs import Box, Context, Done, Fact, LookNeeded, NotArchival, PageReading, Refused, Skipped, Work
from pli.processing.wire import read_reading, write_facts
from pli.trust.api import SealLook, UnableToSeal, place_seal

MOST_NOTE = 500


@dataclass(frozen=True)
class SealRoom:
    """How a seal shows and how many bytes to keep for it: all that is needed without the key."""

    look: SealLook
    reserved: int
    page: int
    shares: Box

    @classmethod
    def read(cls, told: Mapping[str, Any], mark: bytes | None) -> SealRoom:
        """From plain values; ``mark`` is the drawing of a visible seal."""
        look = SealLook(
            field_name=told["field_name"],
            signed_at=datetime.fromisoformat(told["signed_at"]),
            signer_name=told["signer_name"],
            reason=told["reason"],
            mark_pdf=mark,
        )
        left, top, right, bottom = told["box"]
        return cls(look, int(told["reserved"]), int(told["page"]), (left, top, right, bottom))

    def look_on(self, pdf: pikepdf.Pdf) -> SealLook:
        """The look with its page and its box in points, for this document.

        :raises UnableToSeal: when it has no such page.
        """
        if self.look.mark_pdf is None:
            return self.look
        count = len(pdf.pages)
        number = self.page if self.page > 0 else count + 1 + self.page
        if not 1 <= number <= count:
            raise UnableToSeal(reason="la page choisie n’existe pas", permanent=True)
        page = pdf.pages[number - 1]
        box = [float(side) for side in page.cropbox]
        width, height = abs(box[2] - box[0]), abs(box[3] - box[1])
        if int(page.obj.get(Name.Rotate, 0)) % 180:
            width, height = height, width
        left, top, right, bottom = self.shares
        return replace(
            self.look,
            page=number,
            box=(left * width, (1 - bottom) * height, right * width, (1 - top) * height),
        )


@dataclass
class Workshop:
    """What all the pieces of a chunk share."""

    source: pikepdf.Pdf
    raw: BinaryIO
    context: Context
    steps: Sequence[ChosenStep]
    is_whole: bool
    """The piece is the whole file: it is worked on as it is, its outline and attachments included."""
    seal: SealRoom | None
    keeps_look: bool = False


def make_piece(shop: Workshop, order: Mapping[str, Any], lines: Sequence[bytes], packed: BinaryIO) -> dict[str, Any]:
    """Make one piece and write it at the end of ``packed``. Whatever goes wrong is this piece's own trouble."""
    told: dict[str, Any] = {}
    unfit: dict[str, Sequence[str]] = {}
    try:
        pages = tuple(read_reading(lines[at]) for at in order["lines"])
        while True:
            told = {"id": order["id"], "steps": []}
            try:
                _make_once(shop, order, pages, packed, told, unfit)
            except LookNeeded:
                if shop.keeps_look:
                    raise
                # The pieces of a run come from one program: the next ones will need it too.
                shop.keeps_look = True
            except NotArchival as refusal:
                if refusal.part in unfit:
                    raise
                unfit[refusal.part] = refusal.reasons
            else:
                return told
    except UnableToSeal as error:
        told["problem"] = {"code": error.code, "details": {"reason": str(error.details.get("reason", ""))}}
    except (pikepdf.PdfError, MemoryError) as error:
        told["problem"] = {"code": "PRO-011", "details": {"reason": type(error).__name__}}
    except Exception as error:  # noqa: BLE001 - one piece that fails in a way nobody foresaw parks alone
        trace = "".join(traceback.format_exception(error))[-2000:]
        told["problem"] = {"code": "PRO-012", "details": {"reason": type(error).__name__}, "trace": trace}
    return told


def _make_once(
    shop: Workshop,
    order: Mapping[str, Any],
    pages: tuple[PageReading, ...],
    packed: BinaryIO,
    told: dict[str, Any],
    unfit: Mapping[str, Sequence[str]],
) -> None:
    """:raises NotArchival: nothing was written; to be made again, knowing which part it can't be."""
    with _take_out(shop, order) as pdf:
        work = _work_of(shop, order, pages, pdf)
        work.unfit, work.keeps_look = unfit, shop.keeps_look
        _add_text_layers(work, told["steps"])
        refused = _run_steps(shop, work, told["steps"])
        _tell_work(work, told)
        if refused is not None:
            told["problem"] = tell_refusal(refused)
            return
        _write(shop, work, order, packed, told)


def _take_out(shop: Workshop, order: Mapping[str, Any]) -> pikepdf.Pdf:
    """A document of its own with the piece's pages, fonts and pictures copied along."""
    if shop.is_whole:
        shop.raw.seek(0)
        return _without_lock(pikepdf.open(shop.raw))
    taken = pikepdf.new()
    for number, generation in order["objects"]:
        page = shop.source.get_object((number, generation))
        _inherit(page)
        taken.pages.append(pikepdf.Page(page))
    _bring_along(shop.source, taken)
    return taken


def _without_lock(pdf: pikepdf.Pdf) -> pikepdf.Pdf:
    """What opens without a password is written without its lock: no archive and no seal may depend on it."""
    if not pdf.is_encrypted:
        return pdf
    opened = io.BytesIO()
    pdf.save(opened, encryption=False)
    pdf.close()
    return pikepdf.open(opened)


def _bring_along(source: pikepdf.Pdf, taken: pikepdf.Pdf) -> None:
    """What the file says of its pages elsewhere than on them: which layers show, how fields are drawn."""
    layers = source.Root.get(Name.OCProperties)
    if isinstance(layers, pikepdf.Dictionary):
        taken.Root.OCProperties = taken.copy_foreign(_indirect(source, layers))
    form = source.Root.get(Name.AcroForm)
    fields = _fields_of(taken) if isinstance(form, pikepdf.Dictionary) else []
    if not fields:
        return
    told = cast("pikepdf.Dictionary", form)
    wanted = {name: told[name] for name in ("/DR", "/DA", "/Q", "/NeedAppearances") if name in told}
    taken.Root.AcroForm = taken.copy_foreign(source.make_indirect(pikepdf.Dictionary(wanted)))
    taken.Root.AcroForm.Fields = pikepdf.Array(fields)


def _indirect(pdf: pikepdf.Pdf, value: pikepdf.Object) -> pikepdf.Object:
    return value if value.is_indirect else pdf.make_indirect(value)


def _fields_of(pdf: pikepdf.Pdf) -> list[pikepdf.Object]:
    """The fields at the top of the tree whose widgets stand on these pages, each once."""
    found: dict[tuple[int, int], pikepdf.Object] = {}
    for page in pdf.pages:
        notes = page.obj.get(Name.Annots)
        for item in notes.as_list() if isinstance(notes, pikepdf.Array) else ():
            if not isinstance(item, pikepdf.Dictionary) or item.get(Name.Subtype) != Name.Widget:
                continue
            top = item
            for _ in range(50):
                above = top.get(Name.Parent)
                if not isinstance(above, pikepdf.Dictionary):
                    break
                top = above
            if top.is_indirect:
                found[top.objgen] = top
    return list(found.values())


def _inherit(page: pikepdf.Object) -> None:
    """Give a page what it inherits from the nodes above it (ISO 32000-1 §7.7.3.4), which stay behind."""
    wanted = [name for name in (Name.Resources, Name.MediaBox, Name.CropBox, Name.Rotate) if name not in page]
    node = page.get(Name.Parent)
    for _ in range(50):
        if not wanted or not isinstance(node, pikepdf.Dictionary):
            return
        for name in [name for name in wanted if name in node]:
            page[name] = node[name]
            wanted.remove(name)
        node = node.get(Name.Parent)


def _work_of(shop: Workshop, order: Mapping[str, Any], pages: tuple[PageReading, ...], pdf: pikepdf.Pdf) -> Work:
    typed = dict(order.get("typed") or {})
    return Work(
        pages=pages,
        pdf=pdf,
        context=shop.context,
        kind=order["kind"],
        layout=order.get("layout") or "",
        party_id=order.get("party_id"),
        title=order.get("title") or "",
        facts={
            **{name: Fact(str(value), 1.0, "sender") for name, value in (order.get("facts") or {}).items()},
            **{name: Fact(str(value), 1.0, "typed") for name, value in typed.items()},
        },
        typed=typed,
    )


def _add_text_layers(work: Work, said: list[dict[str, Any]]) -> None:
    """Pages that were recognised get their text, invisible: the document can be searched and copied from."""
    add = getattr(pdf_tools, "add_text_layer", None)
    recognised = [index for index, page in enumerate(work.pages) if page.is_recognised and page.words]
    if add is None or not recognised:
        return
    for index in recognised:
        add(work.pdf, index, work.pages[index].words)
    said.append({"slug": "ocr", "outcome": "done", "notes": []})


def _run_steps(shop: Workshop, work: Work, said: list[dict[str, Any]]) -> Refused | None:
    for one in shop.steps:
        outcome = one.step.run(work, one.options)
        if isinstance(outcome, Refused):
            said.append({"slug": one.slug, "outcome": "refused", "notes": [outcome.reason[:MOST_NOTE]]})
            return outcome
        if isinstance(outcome, Skipped):
            said.append({"slug": one.slug, "outcome": "skipped", "notes": [outcome.reason[:MOST_NOTE]]})
            continue
        _take_in(work, outcome)
        notes = [note[:MOST_NOTE] for note in outcome.notes[:10]]
        said.append({"slug": one.slug, "outcome": "done", "notes": notes})
    return None


def _take_in(work: Work, done: Done) -> None:
    """What a step learnt; what a person typed stays."""
    for name, fact in done.facts.items():
        if name not in work.typed:
            work.facts[name] = fact
    work.kind = done.kind or work.kind
    work.layout = work.layout if done.layout is None else done.layout
    work.party_id = done.party_id or work.party_id
    work.title = done.title or work.title


def _tell_work(work: Work, told: dict[str, Any]) -> None:
    told.update(
        kind=work.kind,
        layout=work.layout,
        party_id=work.party_id,
        title=work.title,
        facts=write_facts(work.facts),
        texts=[page.text for page in work.pages],
        page_count=len(work.pdf.pages),
    )


def _write(shop: Workshop, work: Work, order: Mapping[str, Any], packed: BinaryIO, told: dict[str, Any]) -> None:
    has_layers = any(page.is_recognised for page in work.pages)
    if shop.is_whole and not has_layers and not any(rewrites(one.step) for one in shop.steps):
        told["unchanged"] = True
    else:
        compare_look(work)
        content, hole = _bytes_of(shop, work, order)
        judge(content, work)
        told["hole"] = hole
        told["offset"], told["size"] = packed.seek(0, io.SEEK_END), len(content)
        packed.write(content)
    told["attachments"] = []
    for name, data in work.attachments:
        told["attachments"].append([name[:150], packed.seek(0, io.SEEK_END), len(data)])
        packed.write(data)


def _bytes_of(shop: Workshop, work: Work, order: Mapping[str, Any]) -> tuple[bytes | bytearray, list[int] | None]:
    if shop.seal is not None:
        # The same piece made again after a crash is the same file: nothing is stored twice.
        marker = hashlib.sha256(f"{order['id']}:{shop.seal.look.signed_at}".encode()).digest()[:20]
        look, reserved = shop.seal.look_on(work.pdf), shop.seal.reserved
        packs = work.archive_part != "1b"
        content, place = place_seal(work.pdf, look, reserved, marker=marker, packs_objects=packs)
        return content, [place.start, place.end]
    if work.archive_part:
        return pdf_tools.save_archival(work.pdf, work.archive_part), None
    out = io.BytesIO()
    work.pdf.save(
        out,
        compress_streams=False,
        stream_decode_level=StreamDecodeLevel.none,
        object_stream_mode=ObjectStreamMode.preserve,
        fix_metadata_version=False,
        deterministic_id=not work.pdf.is_encrypted,
    )
    return out.getvalue(), None


def judge(content: bytes | bytearray, work: Work) -> None:
    """Nothing is called PDF/A but what the judge calls so: the bytes that will be kept, the place of the seal in them.

    :raises NotArchival: with the first thing it found.
    """
    if not work.archive_part:
        return
    problems = pdf_tools.judge_archival(bytes(content), work.archive_part)
    if problems:
        found = Phrase("le vérificateur a trouvé un défaut (%(problem)s)", problem=problems[0][:200])
        raise NotArchival(work.archive_part, [found])


def compare_look(work: Work) -> None:
    """Nothing is believed that no longer looks as it came; a visible seal comes afterwards.

    :raises NotArchival: with the first page that changed.
    """
    if not (work.look and work.archive_part):
        return
    changed = pdf_tools.changed_pages(work.look, pdf_tools.save_archival(work.pdf, work.archive_part))
    if changed:
        found = Phrase("la page %(page)s ne se verrait plus de la même façon", page=changed[0])
        raise NotArchival(work.archive_part, [found])


def tell_refusal(refused: Refused) -> dict[str, Any]:
    """A refusal as plain values."""
    return {
        "code": refused.code[:20],
        "reason": refused.reason[:MOST_NOTE],
        "remedy": refused.remedy[:MOST_NOTE],
        "is_temporary": refused.is_temporary,
        "needs_person": refused.needs_person,
        "details": {str(name): str(value)[:200] for name, value in refused.details.items()},
    }
