"""The five steps of an import. Nothing is written before the fourth."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pli.kit.errors import PliError
from pli.office.access import StaffRequest, staff_required
from pli.office.imports.forms import ColumnsForm, DropForm
from pli.office.parties.kinds import BOOK_OF_KIND, BOOKS
from pli.office.parties.views import XLSX
from pli.office.saying import say_refusal
from pli.parties.api import (
    MAX_IMPORT_BYTES,
    ImportLine,
    ImportState,
    LineOutcome,
    PartyImport,
    PartyKind,
    Role,
    UnableToMapColumns,
    UnableToReadTable,
    cancel_import,
    confirm_import,
    count_outcomes,
    export_report,
    field_label,
    get_import,
    list_imports,
    preview_import,
    receive_import,
    restore_problem,
)

_IMPORTERS = (Role.ADMIN, Role.MANAGER)
LINES = 50
STEPS = (_("Fichier"), _("Colonnes"), _("Aperçu"), _("Import"), _("Compte rendu"))
_STEP_OF = {
    ImportState.UPLOADED: 2,
    ImportState.CHECKING: 3,
    ImportState.CHECKED: 3,
    ImportState.FAILED: 3,
    ImportState.APPLYING: 4,
    ImportState.APPLIED: 6,
    ImportState.CANCELLED: 1,
}
REASONS = {
    "empty": _("Le fichier est vide."),
    "too_big": _("Le fichier dépasse 20 Mo : coupez la liste en plusieurs fichiers."),
    "too_many_lines": _("Le fichier dépasse 100 000 lignes : coupez la liste en plusieurs fichiers."),
    "too_many_columns": _("Le fichier dépasse 200 colonnes : ne gardez que les colonnes utiles."),
    "encoding": _("Les caractères du fichier ne sont pas reconnus : enregistrez-le en « CSV UTF-8 » ou en .xlsx."),
    "not_a_table": _("Ce n’est pas un tableau : enregistrez la liste en .xlsx ou en .csv."),
    "bomb": _("Ce classeur est anormal et n’a pas été ouvert : enregistrez de nouveau la liste en .xlsx."),
    "damaged": _("Le fichier est abîmé : ouvrez-le dans votre tableur et enregistrez-le de nouveau."),
    "old_excel": _("C’est un ancien classeur (.xls) : enregistrez-le en .xlsx."),
    "stopped": _("La lecture du fichier a été interrompue : enregistrez de nouveau la liste en .xlsx ou en .csv."),
}


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(*_IMPORTERS)
def start(request: StaffRequest) -> HttpResponse:
    """Drop a file; see the former imports."""
    book = BOOKS.get(request.GET.get("book", ""))
    form = DropForm(request.POST or None, request.FILES or None, initial={"kind": book.kind if book else "CLIENT"})
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            if file.size > MAX_IMPORT_BYTES:
                raise UnableToReadTable("too_big")
            made = receive_import(
                actor=request.actor, kind=PartyKind(form.cleaned_data["kind"]), file_name=file.name, file=file
            )
        except UnableToReadTable as refusal:
            form.add_error("file", str(REASONS[refusal.reason]))
        else:
            return redirect("imports:columns", import_id=made.id)
    context = {"form": form, "steps": STEPS, "current": 1, "imports": list_imports(request.actor)}
    return render(request, "office/imports/start.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(*_IMPORTERS)
def columns(request: StaffRequest, import_id: UUID) -> HttpResponse:
    """Say which column is which."""
    made = get_import(request.actor, import_id)
    if made.state not in (ImportState.UPLOADED, ImportState.CHECKED):
        return redirect("imports:show", import_id=made.id)
    form = ColumnsForm(request.POST or None, made=made)
    if request.method == "POST" and form.is_valid():
        try:
            preview_import(
                actor=request.actor,
                import_id=made.id,
                mapping=form.mapping(),
                clears_empty=form.cleaned_data["clears_empty"],
            )
        except UnableToMapColumns:
            form.add_error(None, str(_("Chaque colonne ne sert qu’une fois : deux champs ont la même.")))
        else:
            return redirect("imports:show", import_id=made.id)
    context = {"made": made, "form": form, "steps": STEPS, "current": 2}
    return render(request, "office/imports/columns.html", context, status=422 if form.is_bound else 200)


@require_GET
@staff_required(*_IMPORTERS)
def show(request: StaffRequest, import_id: UUID) -> HttpResponse:
    """Where the import stands: being read, previewed, being written, done."""
    made = get_import(request.actor, import_id)
    if made.state == ImportState.UPLOADED:
        return redirect("imports:columns", import_id=made.id)
    return render(request, "office/imports/show.html", _context(request, made))


@require_GET
@staff_required(*_IMPORTERS)
def progress(request: StaffRequest, import_id: UUID) -> HttpResponse:
    """The progress bar alone, asked for again and again; the whole page is reloaded at its end."""
    made = get_import(request.actor, import_id)
    response = render(request, "office/imports/progress.html", _context(request, made))
    if made.state not in (ImportState.CHECKING, ImportState.APPLYING):
        response["HX-Refresh"] = "true"
    return response


@require_POST
@staff_required(*_IMPORTERS)
def confirm(request: StaffRequest, import_id: UUID) -> HttpResponse:
    """Write what the preview shows."""
    return _act(request, import_id, lambda: confirm_import(actor=request.actor, import_id=import_id))


@require_POST
@staff_required(*_IMPORTERS)
def cancel(request: StaffRequest, import_id: UUID) -> HttpResponse:
    """Give up before anything is written."""
    return _act(request, import_id, lambda: cancel_import(actor=request.actor, import_id=import_id))


@require_GET
@staff_required(*_IMPORTERS)
def report(request: StaffRequest, import_id: UUID) -> FileResponse:
    """The report, line by line, as a workbook."""
    made = get_import(request.actor, import_id)
    with tempfile.TemporaryDirectory(prefix="pli-report-") as folder:
        target = Path(folder) / "report.xlsx"
        export_report(made, target)
        file = target.open("rb")
    return FileResponse(file, as_attachment=True, filename="rapport-import.xlsx", content_type=XLSX)


def _act(request: StaffRequest, import_id: UUID, action: Callable[[], PartyImport]) -> HttpResponse:
    try:
        action()
    except PliError as refusal:
        if refusal.status == 404:
            raise
        say_refusal(request, refusal)
    return redirect("imports:show", import_id=import_id)


def _context(request: StaffRequest, made: PartyImport) -> dict[str, object]:
    counts = count_outcomes(made)
    outcome = request.GET.get("outcome", "")
    outcome = outcome if outcome in LineOutcome.values else _first_to_see(counts)
    lines, next_line = _page(made, outcome, request.GET.get("after", ""))
    return {
        "made": made,
        "book": BOOK_OF_KIND[PartyKind(made.kind)],
        "steps": STEPS,
        "current": _STEP_OF[ImportState(made.state)],
        "counts": counts,
        "to_write": counts["CREATE"] + counts["UPDATE"],
        "tabs": [
            {"title": LineOutcome(one).label, "url": f"?outcome={one}", "current": one == outcome, "count": counts[one]}
            for one in LineOutcome.values
        ],
        "lines": lines,
        "next_url": f"?outcome={outcome}&after={next_line}" if next_line else "",
        "reason": REASONS.get(made.problem, ""),
    }


def _first_to_see(counts: dict[str, int]) -> str:
    order = (LineOutcome.ERROR, LineOutcome.UPDATE, LineOutcome.CREATE, LineOutcome.UNCHANGED)
    return next((one.value for one in order if counts[one]), LineOutcome.CREATE.value)


def _page(made: PartyImport, outcome: str, after: str) -> tuple[list[dict[str, object]], int]:
    """A page of lines, and the number to go on from (0 at the end)."""
    first = int(after) if after.isascii() and after.isdigit() and len(after) < 9 else 0
    rows: list[ImportLine] = list(made.lines.filter(outcome=outcome, number__gt=first).order_by("number")[: LINES + 1])
    shown = rows[:LINES]
    lines = [
        {
            "line": line,
            "changes": [(field_label(name), old, new) for name, old, new in line.changes],
            "problems": [(field_label(p.field), p.reason, p.cure) for p in map(restore_problem, line.problems)],
        }
        for line in shown
    ]
    return lines, shown[-1].number if len(rows) > LINES else 0
