"""Views of the signing pages. A GET changes nothing but the list of pages seen; every step on is a POST."""

from __future__ import annotations

import base64
import binascii

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.cache import patch_cache_control
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from pli.documents.api import existing_blob_path, page_image, page_text
from pli.journey.api import sign_with_order
from pli.kit.errors import NotFound, PliError
from pli.portal.company import company_of
from pli.portal.signing.order import order_context, order_from_form, ordered
from pli.portal.signing.own_key import key_from_form, keys_offered
from pli.portal.signing.session import bind_device, is_over, session_of, speak, verified, visitor_of
from pli.portal.signing.sheets import (
    WIDTHS,
    find_sheet,
    is_placed,
    preset_box,
    sheets_of,
    spot_from_form,
    values_from_form,
)
from pli.signing.api import (
    Answer,
    CeremonyState,
    CodeExpired,
    CodeWrong,
    Signer,
    SignerRole,
    SignerState,
    awaited_channel,
    check_code,
    consent_of,
    device_cookie,
    enter,
    fields_to_fill,
    is_code_proved,
    may_delegate,
    note_download,
    note_page,
    open_link,
    papers_digest,
    papers_shown,
    refuse,
    send_code,
    sign_with_own_key,
    signer_by_link,
)


def _context(signer: Signer, token: str) -> dict[str, object]:
    ceremony = signer.ceremony
    papers = papers_shown(signer)
    pages = sum(paper.page_count for paper, _ in papers)
    return {
        "signer": signer,
        "ceremony": ceremony,
        "token": token,
        "papers": [paper for paper, _ in papers],
        "page_total": pages,
        "minutes": max(2, round(pages * 0.7) + 1),
        "company": company_of(ceremony.organisation),
        "is_approver": signer.role == SignerRole.APPROVER,
        "is_placed": is_placed(signer),
        "asked_count": signer.asked_files.count(),
    }


@never_cache
@require_safe
def landing(request: HttpRequest, token: str) -> HttpResponse:
    """What it is, from whom, how long it takes. Changes nothing: a mail scanner may come here as often as it likes."""
    signer = signer_by_link(token)
    speak(request, signer)
    if is_over(signer):
        return redirect("signing:done", token)
    return render(request, "portal/signing/landing.html", _context(signer, token))


@never_cache
@require_POST
def start(request: HttpRequest, token: str) -> HttpResponse:
    """« Recevoir mon code »: bind this device, send the code."""
    known = request.COOKIES.get(device_cookie(token), "")
    _signer, device = open_link(token, device=known, visitor=visitor_of(request))
    response = redirect("signing:code", token)
    bind_device(request, response, token, device)
    send_code(enter(token, device), visitor=visitor_of(request))
    return response


@never_cache
@require_http_methods(["GET", "POST"])
def code(request: HttpRequest, token: str) -> HttpResponse:
    """Type the code."""
    session = session_of(request, token)
    signer = signer_by_link(token)
    speak(request, signer)
    if is_over(signer):
        return redirect("signing:done", token)
    context = _context(signer, token) | {"channel": awaited_channel(signer)}
    if request.method == "POST":
        try:
            proved = check_code(session, request.POST.get("code", ""), visitor=visitor_of(request))
        except (CodeWrong, CodeExpired) as error:
            # The same code sent twice, by the last digit and by the button: the first one opened the door.
            if isinstance(error, CodeExpired) and is_code_proved(signer_by_link(token)):
                return redirect("signing:read", token)
            return render(request, "portal/signing/code.html", context | {"refusal": error}, status=422)
        if not is_code_proved(proved):
            send_code(session, visitor=visitor_of(request))
            return redirect("signing:code", token)
        return redirect("signing:read", token)
    if is_code_proved(signer):
        return redirect("signing:read", token)
    return render(request, "portal/signing/code.html", context)


@never_cache
@require_POST
def new_code(request: HttpRequest, token: str) -> HttpResponse:
    """Send another code; the former is void."""
    send_code(session_of(request, token), visitor=visitor_of(request))
    return redirect("signing:code", token)


@never_cache
@require_GET
def read(request: HttpRequest, token: str) -> HttpResponse:
    """The papers, and the way to sign or refuse them."""
    signer = verified(request, token)
    if is_over(signer):
        return redirect("signing:done", token)
    return render(request, "portal/signing/read.html", reading_context(signer, token))


def reading_context(signer: Signer, token: str, typed: dict[str, str] | None = None) -> dict[str, object]:
    """What the page that is read and signed shows; ``typed`` fills it again after a refusal."""
    to_fill = fields_to_fill(signer)
    for field in to_fill:
        field.typed = (typed or {}).get(f"field-{field.id}", field.value)  # type: ignore[attr-defined]
    return _context(signer, token) | {
        "sheets": sheets_of(signer),
        "papers_digest": papers_digest(signer),
        "consent": consent_of(signer, translation.get_language() or "fr"),
        "preset": preset_box(signer),
        "to_fill": to_fill,
        "asked_files": list(signer.asked_files.order_by("position")),
        "may_delegate": may_delegate(signer),
        "keys": keys_offered(signer),
        **order_context(signer, typed),
    }


@require_GET
def page(request: HttpRequest, token: str, number: int) -> HttpResponseBase:
    """One page as an image, of exactly the bytes that will be signed."""
    signer = verified(request, token)
    _, sha256, paper_page = find_sheet(signer, number)
    try:
        asked = int(request.GET.get("w", WIDTHS[0]))
    except ValueError:
        asked = WIDTHS[0]
    response = FileResponse(page_image(sha256, paper_page, asked).open("rb"), content_type="image/jpeg")
    patch_cache_control(response, private=True, max_age=86_400, immutable=True)
    return response


@never_cache
@require_GET
def text(request: HttpRequest, token: str, number: int) -> HttpResponse:
    """The text of one page, for screen readers and for whoever prefers it."""
    signer = verified(request, token)
    _, sha256, paper_page = find_sheet(signer, number)
    return HttpResponse(page_text(sha256, paper_page), content_type="text/plain; charset=utf-8")


@require_POST
def seen(request: HttpRequest, token: str) -> HttpResponse:
    """A page was in sight for a while."""
    session = session_of(request, token)
    signer = verified(request, token)
    try:
        paper, _, paper_page = find_sheet(signer, int(request.POST.get("page", "")))
    except ValueError:
        raise NotFound from None
    note_page(session, paper.id, paper_page, visitor=visitor_of(request))
    return HttpResponse(status=204)


@never_cache
@require_GET
def paper_file(request: HttpRequest, token: str, position: int) -> HttpResponseBase:
    """A paper as a PDF: what is to be signed, or the signed file once it is there."""
    signer = verified(request, token)
    for paper, sha256 in papers_shown(signer):
        if paper.position == position:
            is_final = signer.ceremony.state == CeremonyState.COMPLETED
            wanted = paper.current_sha256 if is_final else sha256
            note_download(signer, f"paper:{position}:{'final' if is_final else 'shown'}", visitor=visitor_of(request))
            return _attachment(wanted, paper.file_name, "application/pdf")
    raise NotFound


@never_cache
@require_GET
def proof_file(request: HttpRequest, token: str, form: str) -> HttpResponseBase:
    """The signer's own proof, as PDF or JSON, where they answered: a refusal needs no code, and has its proof too."""
    session_of(request, token)
    signer = signer_by_link(token)
    evidence = getattr(signer, "evidence", None)
    if evidence is None:
        raise NotFound
    note_download(signer, f"proof:{form}", visitor=visitor_of(request))
    if form == "pdf":
        return _attachment(evidence.pdf_sha256, f"preuve {evidence.number}.pdf", "application/pdf")
    return _attachment(evidence.json_sha256, f"preuve {evidence.number}.json", "application/json")


def _attachment(sha256: str, name: str, media_type: str) -> FileResponse:
    """A download that can never act as a page."""
    response = FileResponse(
        existing_blob_path(sha256).open("rb"), as_attachment=True, filename=name, content_type=media_type
    )
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


@never_cache
@require_POST
def do_sign(request: HttpRequest, token: str) -> HttpResponse:
    """Sign: consent, mark and place from the form; the bytes from the server's own store."""
    session = session_of(request, token)
    signer = verified(request, token)
    if is_over(signer):
        return redirect("signing:done", token)
    fields = {name: str(value) for name, value in request.POST.items()}
    answer = Answer(
        has_consented=fields.get("consent") == "yes",
        papers_digest=fields.get("papers_digest", ""),
        mark_kind=fields.get("signature_kind", ""),
        mark_text=fields.get("signature_text", ""),
        mark_image=_decode_image(fields.get("signature_png", "")),
        spots={} if is_placed(signer) else spot_from_form(signer, fields),
        values=values_from_form(fields),
    )
    try:
        if key := key_from_form(fields):
            sign_with_own_key(session, answer, key, visitor=visitor_of(request))
            return redirect("signing:key", token)
        sign_with_order(session, answer, order_from_form(signer, fields), visitor=visitor_of(request))
    except PliError as error:
        if error.status != 422:
            raise
        context = reading_context(signer, token, fields) | {"refusal": error}
        return render(request, "portal/signing/read.html", context, status=422)
    return redirect("signing:done", token)


def _decode_image(url: str) -> bytes:
    """The bytes of a ``data:image/png;base64,`` URL; none for anything else."""
    head, _, body = url.partition(",")
    if head != "data:image/png;base64":
        return b""
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error:
        return b""


@never_cache
@require_POST
def do_refuse(request: HttpRequest, token: str) -> HttpResponse:
    """Refuse, with a reason."""
    session = session_of(request, token)
    if is_over(signer_by_link(token)):
        return redirect("signing:done", token)
    refuse(session, request.POST.get("reason", ""), visitor=visitor_of(request))
    return redirect("signing:done", token)


@never_cache
@require_GET
def done(request: HttpRequest, token: str) -> HttpResponse:
    """What was answered and what happens next; follows the sealing live."""
    signer = signer_by_link(token)
    speak(request, signer)
    if not is_over(signer):
        return redirect("signing:landing", token)
    try:
        session_of(request, token)
        is_same_device = True
    except PliError:
        is_same_device = False
    context = _context(signer, token) | {
        "is_same_device": is_same_device,
        "order": ordered(signer) if is_same_device else None,
        "evidence": getattr(signer, "evidence", None),
        "is_complete": signer.ceremony.state == CeremonyState.COMPLETED,
        "is_sealing": signer.state == SignerState.SIGNED and signer.ceremony.state == CeremonyState.SEALING,
    }
    part = request.headers.get("HX-Request") == "true"
    return render(request, "portal/signing/outcome.html" if part else "portal/signing/done.html", context)
