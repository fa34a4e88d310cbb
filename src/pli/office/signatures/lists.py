"""Sending in number: the file, its columns, the preview, the sending and its result."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pli.kit.errors import PliError
from pli.office.access import StaffRequest, staff_required
from pli.office.imports.views import REASONS
from pli.office.saying import say_refusal, say_told
from pli.office.signatures.views import WRITERS
from pli.office.workbooks import workbook_response
from pli.parties.api import Role, UnableToReadTable
from pli.signing.api import (
    TITLE_COLUMN,
    CeremonyState,
    ListRefused,
    ListState,
    RowState,
    SendingList,
    SendingRow,
    Target,
    cancel_list,
    check_list,
    confirm_list,
    content_of,
    count_rows,
    get_list,
    get_template,
    lists_of,
    load_content,
    receive_list,
    resume_list,
    targets_of,
)

STEPS = (gettext_lazy("Fichier"), gettext_lazy("Colonnes"), gettext_lazy("Aperçu"), gettext_lazy("Envoi"))
_STEP = {ListState.UPLOADED: 2, ListState.CHECKED: 3, ListState.DONE: 5}
LINES = 50
POSITIONS = frozenset(str(at) for at in range(200))


@never_cache
@require_http_methods(["GET", "POST"])
@staff_required(*WRITERS)
def new(request: StaffRequest, template_id: UUID) -> HttpResponse:
    """Drop a list for a template; see the former ones."""
    template = get_template(request.actor, template_id)
    refusal: PliError | None = None
    reason = ""
    if request.method == "POST":
        file: Any = request.FILES.get("file")
        try:
            if file is None:
                raise UnableToReadTable("empty")
            made = receive_list(request.actor, template_id, file_name=file.name or "", file=file)
        except UnableToReadTable as unread:
            refusal, reason = unread, str(REASONS[unread.reason])
        except ListRefused as refused:
            refusal = refused
        else:
            return redirect("signatures:list-columns", made.id)
    context = {
        "template": template,
        "refusal": refusal,
        "reason": reason,
        "columns": [_said(target) for target in targets_of(content_of(template))],
        "former": lists_of(request.actor, template_id=template.id),
        "steps": STEPS,
    }
    return render(request, "office/signatures/list_new.html", context, status=422 if refusal else 200)


def _said(target: Target) -> str:
    """What a column may say, in words."""
    if target.key == TITLE_COLUMN:
        return _("Nom de la demande")
    words = {"name": _("Nom"), "email": _("E-mail"), "mobile": _("Mobile")}
    return f"{target.role} – {target.part if target.is_field else words[target.part]}"


@never_cache
@require_http_methods(["GET", "POST"])
@staff_required(*WRITERS)
def columns(request: StaffRequest, list_id: UUID) -> HttpResponse:
    """Say which column is which."""
    sending = get_list(request.actor, list_id)
    if sending.state not in (ListState.UPLOADED, ListState.CHECKED):
        return redirect("signatures:list-show", sending.id)
    targets = targets_of(load_content(sending.content))
    mapping, reason = dict(sending.mapping), ""
    refusal: PliError | None = None
    if request.method == "POST":
        chosen = {target.key: request.POST.get(f"column-{at}", "") for at, target in enumerate(targets)}
        mapping = {
            key: int(text) for key, text in chosen.items() if text.isascii() and text.isdigit() and len(text) < 4
        }
        try:
            check_list(request.actor, sending.id, mapping)
            return redirect("signatures:list-show", sending.id)
        except UnableToReadTable as unread:
            refusal, reason = unread, str(REASONS[unread.reason])
        except ListRefused as refused:
            refusal = refused
    context = {
        "sending": sending,
        "refusal": refusal,
        "reason": reason,
        "choices": [(at, header or f"{at + 1}") for at, header in enumerate(sending.headers)],
        "targets": [
            {"name": f"column-{at}", "word": _said(one), "is_needed": one.is_needed, "chosen": mapping.get(one.key)}
            for at, one in enumerate(targets)
        ],
        "steps": STEPS,
    }
    return render(request, "office/signatures/list_columns.html", context, status=422 if refusal else 200)


@never_cache
@require_GET
@staff_required()
def show(request: StaffRequest, list_id: UUID) -> HttpResponse:
    """What would go out, what is going out, what became of it."""
    sending = get_list(request.actor, list_id)
    if sending.state == ListState.UPLOADED:
        return redirect("signatures:list-columns", sending.id)
    return render(request, "office/signatures/list_show.html", _context(request, sending))


@never_cache
@require_GET
@staff_required()
def progress(request: StaffRequest, list_id: UUID) -> HttpResponse:
    """The bar alone; the whole page is drawn anew at the end."""
    sending = get_list(request.actor, list_id)
    response = render(request, "office/signatures/list_progress.html", _context(request, sending))
    if sending.state != ListState.SENDING:
        response["HX-Refresh"] = "true"
    return response


def _context(request: StaffRequest, sending: SendingList) -> dict[str, Any]:
    counts = count_rows(sending)
    state = request.GET.get("state", "")
    state = state if state in RowState.values else next((one for one in RowState.values if counts[one]), "WRONG")
    first = request.GET.get("after", "")
    after = int(first) if first.isascii() and first.isdigit() and len(first) < 8 else 0
    rows = list(
        sending.rows.filter(state=state, number__gt=after).select_related("ceremony").order_by("number")[: LINES + 1]
    )
    return {
        "sending": sending,
        "counts": counts,
        "done": counts["SENT"] + counts["FAILED"],
        "total": counts["SENT"] + counts["FAILED"] + counts["READY"] + counts["LEFT"],
        "rows": [_row(row, sending) for row in rows[:LINES]],
        "next_url": f"?state={state}&after={rows[LINES - 1].number}" if len(rows) > LINES else "",
        "tabs": [
            {"title": RowState(one).label, "url": f"?state={one}", "current": one == state, "count": counts[one]}
            for one in RowState.values
            if counts[one] or one == state
        ],
        "why": say_told(sending.told, "message"),
        "remedy": say_told(sending.told, "remedy"),
        "steps": STEPS,
        "step": _STEP.get(ListState(sending.state), 4),
        "can_write": request.actor.role != Role.AUDITOR,
    }


def _row(row: SendingRow, sending: SendingList) -> dict[str, Any]:
    # What keeps the whole list from going out keeps each row that waits.
    is_held = row.state == RowState.READY and sending.state == ListState.STOPPED
    return {
        "number": row.number,
        "people": ", ".join(f"{one['name']} <{one['email']}>" if one["email"] else one["name"] for one in row.people),
        "title": row.title,
        "ceremony": row.ceremony,
        "is_held": is_held,
        "why": " ".join(say_told(one, "message") for one in ([sending.told] if is_held else row.told)),
    }


@require_POST
@staff_required(*WRITERS)
def confirm(request: StaffRequest, list_id: UUID) -> HttpResponse:
    """Send what is ready."""
    return _act(request, list_id, confirm_list)


@require_POST
@staff_required(*WRITERS)
def cancel(request: StaffRequest, list_id: UUID) -> HttpResponse:
    """Give up what has not gone."""
    return _act(request, list_id, cancel_list)


@require_POST
@staff_required(*WRITERS)
def resume(request: StaffRequest, list_id: UUID) -> HttpResponse:
    """Go on after a stop."""
    return _act(request, list_id, resume_list)


def _act(request: StaffRequest, list_id: UUID, action: Callable[..., SendingList]) -> HttpResponse:
    get_list(request.actor, list_id)
    try:
        action(request.actor, list_id)
    except PliError as refusal:
        if refusal.status not in (409, 422):
            raise
        say_refusal(request, refusal)
    return redirect("signatures:list-show", list_id)


@never_cache
@require_GET
@staff_required()
def result(request: StaffRequest, list_id: UUID) -> HttpResponseBase:
    """Line by line, what became of it, as a workbook."""
    sending = get_list(request.actor, list_id)
    header = [
        _("Ligne"),
        _("État"),
        _("Personnes"),
        _("Nom de la demande"),
        _("Demande"),
        _("Où elle en est"),
        _("Motif"),
    ]
    return workbook_response("envoi-en-nombre", _("Envoi en nombre"), header, _lines(sending))


def _lines(sending: SendingList) -> Iterator[list[str]]:
    for row in sending.rows.select_related("ceremony").order_by("number").iterator(chunk_size=500):
        said, ceremony = _row(row, sending), row.ceremony
        stands = str(CeremonyState(ceremony.state).label) if ceremony else ""
        yield [
            str(row.number), str(RowState(row.state).label), said["people"], row.title,
            str(ceremony.id) if ceremony else "", stands, said["why"],
        ]  # fmt: skip
