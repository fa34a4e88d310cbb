"""One piece: its pages taken out, the recipe's steps over the one open document, written once. Sandbox only."""

from __future__ import annotations

import hashlib
import io
import traceback
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

import pikepdf
from pikepdf import ObjectStreamMode, StreamDecodeLevel

from pli.kit.errors import Phrase, write_phrase
from pli.pdf import api as pdf_tools
from pli.processing.chain import rewrites
from pli.processing.plugs import Done, Fact, LookNeeded, NotArchival, PageReading, Refused, Skipped, Work
from pli.processing.wire import read_reading, write_facts
from pli.processing.workshop import Workshop, take_out
from pli.trust.api import UnableToSeal, place_seal

MOST_NOTE = 500


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
                if shop.together is not None:
                    shop.together = None
                elif refusal.part in unfit:
                    raise
                else:
                    unfit[refusal.part] = refusal.reasons
            else:
                return told
    except UnableToSeal as error:
        told["problem"] = {"code": error.code, "details": {"reason": tell(error.details.get("reason", ""))}}
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
    together = shop.together if not any(page.is_recognised for page in pages) else None
    with together.take_out(order["id"]) if together else take_out(shop, order) as pdf:
        work = _work_of(shop, order, pages, pdf)
        work.converted_part = together.part if together else ""
        work.unfit, work.keeps_look = unfit, shop.keeps_look
        _add_text_layers(work, told["steps"])
        refused = _run_steps(shop, work, told["steps"])
        _tell_work(work, told)
        if refused is not None:
            told["problem"] = tell_refusal(refused)
            return
        _write(shop, work, order, packed, told)


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
            said.append({"slug": one.slug, "outcome": "refused", "notes": [tell(outcome.reason)]})
            return outcome
        if isinstance(outcome, Skipped):
            said.append({"slug": one.slug, "outcome": "skipped", "notes": [tell(outcome.reason)]})
            continue
        _take_in(work, outcome)
        notes = [tell(note) for note in outcome.notes[:10]]
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
        _judge_once(shop, content, work)
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
        version = pdf_tools.archival_version(work.pdf) if work.archive_part else ""
        content, place = place_seal(work.pdf, look, reserved, marker=marker, packs_objects=packs, version=version)
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


def _judge_once(shop: Workshop, content: bytes | bytearray, work: Work) -> None:
    """Each output is judged: whole, or by its pages with those of its chunk and by the first piece of its shape.

    :raises NotArchival: as :func:`judge`.
    """
    if not work.converted_part or shop.together is None:
        judge(content, work)
    elif shop.together.is_new(work.pdf):
        judge(content, work)
        shop.together.judged(work.pdf)


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


def tell(said: str) -> Any:
    """What a step says as it leaves the sandbox: a phrase with its places, for whoever reads it in another tongue."""
    return write_phrase(said) if isinstance(said, Phrase) and len(said) <= MOST_NOTE else str(said)[:MOST_NOTE]


def tell_refusal(refused: Refused) -> dict[str, Any]:
    """A refusal as plain values."""
    return {
        "code": refused.code[:20],
        "reason": tell(refused.reason),
        "remedy": tell(refused.remedy),
        "is_temporary": refused.is_temporary,
        "needs_person": refused.needs_person,
        "details": {str(name): tell(value) for name, value in refused.details.items()},
    }
