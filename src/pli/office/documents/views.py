"""Finding documents, reading one, saying what it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from pli.archive.api import filing_of
from pli.delivery.api import Parcel, deliver_by_portal, deliveries_of
from pli.documents.api import (
    Document,
    FactsRefused,
    Folder,
    Right,
    best_rendition,
    classify_document,
    documents_for,
    existing_blob_path,
    folders_for,
    get_folder_for,
    get_for,
    kinds_of,
    page_image,
    page_text,
    renditions_for,
    search_documents,
    set_facts,
)
from pli.kit.errors import NotAllowed, NotFound
from pli.office.access import StaffRequest, staff_required
from pli.office.documents.filters import read_filter
from pli.office.documents.pickers import read_party, spell_party
from pli.office.documents.places import side_context
from pli.office.documents.sheets import sheets_of
from pli.office.documents.uploads import read_ids
from pli.office.documents.values import spell_value
from pli.parties.api import get_party, list_parties
from pli.signing.api import CeremonyState, list_ceremonies


@require_GET
@staff_required()
def listing(request: StaffRequest) -> HttpResponse:
    """The tree, and the documents of the chosen folder or of the search; all of it stands in the address."""
    wanted = read_filter(request.GET)
    part = search_documents(request.actor, wanted, key=request.GET.get("after", ""))
    folder = get_folder_for(request.actor, wanted.folder_id) if wanted.folder_id else None
    query = request.GET.copy()
    query.pop("after", None)
    next_url = ""
    if part.next_key:
        more = query.copy()
        more["after"] = part.next_key
        next_url = f"{request.path}?{more.urlencode()}"
    context = {
        "documents": part.items,
        "next_url": next_url,
        "is_later": bool(request.GET.get("after")),
        "first_url": f"{request.path}?{query.urlencode()}",
        "wanted": wanted,
        "is_filtered": any(request.GET.get(name) for name in ("q", "kind", "party", "since", "until")),
        "folder": folder,
        "trail": _trail(request, folder),
        "folders": _children(request, folder),
        "party": get_party(request.actor, wanted.party_id) if wanted.party_id else None,
        "kinds": kinds_of(request.actor.organisation_id),
        "can_write": request.actor.role != "AUDITOR",
        "query": query.urlencode(),
    }
    return render(request, "office/documents/list.html", context | side_context(request, folder))


def _children(request: StaffRequest, folder: Folder | None) -> list[Folder]:
    """The folders just below, by name; at the top, those below the root."""
    seen = folders_for(request.actor)
    if folder:
        return list(seen.filter(parent=folder).order_by("name")[:500])
    return list(seen.filter(parent__parent=None, parent__isnull=False).order_by("name")[:500])


def _trail(request: StaffRequest, folder: Folder | None) -> list[Folder]:
    """From the top down to the folder, those the actor sees."""
    if folder is None:
        return []
    ids = [UUID(part) for part in folder.path.strip("/").split("/")]
    by_id = {one.id: one for one in folders_for(request.actor).filter(id__in=ids)}
    return [by_id[one] for one in ids if one in by_id and by_id[one].parent_id]


@never_cache
@require_GET
@staff_required()
def detail(request: StaffRequest, document_id: UUID) -> HttpResponse:
    """One document: its pages, what is known of it, what happened to it."""
    return render(request, "office/documents/detail.html", _detail(request, get_for(request.actor, document_id)))


def _detail(request: StaffRequest, document: Document) -> dict[str, Any]:
    renditions = renditions_for(request.actor, document.id)
    shown = best_rendition(document.id)
    ceremonies = list_ceremonies(request.actor, document_id=document.id).items
    return {
        "document": document,
        "sheets": sheets_of(document, shown.blob_id),
        "shown": shown,
        "renditions": renditions,
        "ceremonies": ceremonies,
        # The last signature closes the file: asking for another would only be refused.
        "is_closed": any(one.state == CeremonyState.COMPLETED for one in ceremonies),
        "deliveries": deliveries_of(request.actor, document.id),
        "filing": filing_of(document.id),
        "kinds": kinds_of(document.organisation_id),
        "party_word": spell_party(document.party) if document.party else "",
        "fields": _fields(document),
        "can_write": _can_write(request, document),
    }


def _can_write(request: StaffRequest, document: Document) -> bool:
    return documents_for(request.actor, Right.WRITE).filter(id=document.id).exists()


def _fields(document: Document, errors: dict[str, str] | None = None) -> list[dict[str, str]]:
    """The kind's fields with their values, in the reader's language."""
    label = "label_en" if get_language() == "en" else "label_fr"
    return [
        {
            "name": str(field["name"]),
            "label": str(field[label]),
            "type": str(field.get("type", "text")),
            "value": _spell(field, str(document.facts.get(field["name"], ""))),
            "error": (errors or {}).get(str(field["name"]), ""),
        }
        for field in document.kind.fields
    ]


def _spell(field: Mapping[str, Any], value: str) -> str:
    # A field of the browser's own for days takes them in ISO, and shows them as its reader writes them.
    kind = str(field.get("type", "text"))
    return value if kind == "date" else spell_value(kind, value)


@require_GET
@staff_required()
def page(request: StaffRequest, document_id: UUID, number: int) -> HttpResponseBase:
    """A page of the document as it stands today, as an image."""
    document = get_for(request.actor, document_id)
    try:
        asked = int(request.GET.get("w", "640"))
    except ValueError:
        asked = 640
    path = page_image(best_rendition(document.id).blob_id, number, asked)
    response = FileResponse(path.open("rb"), content_type="image/jpeg")
    patch_cache_control(response, private=True, max_age=86_400)
    return response


@never_cache
@require_GET
@staff_required()
def text(request: StaffRequest, document_id: UUID, number: int) -> HttpResponse:
    """The text of one page."""
    document = get_for(request.actor, document_id)
    words = page_text(best_rendition(document.id).blob_id, number)
    return HttpResponse(words, content_type="text/plain; charset=utf-8")


@never_cache
@require_GET
@staff_required()
def file(request: StaffRequest, document_id: UUID, rendition_id: UUID) -> HttpResponseBase:
    """One of the document's files, as a download that can never act as a page."""
    for rendition in renditions_for(request.actor, document_id):
        if rendition.id == rendition_id:
            response = FileResponse(
                existing_blob_path(rendition.blob_id).open("rb"),
                as_attachment=True,
                filename=rendition.file_name,
                content_type=rendition.blob.media_type,
            )
            response["Content-Security-Policy"] = "sandbox; default-src 'none'"
            return response
    raise NotFound


@require_POST
@staff_required()
def classify(request: StaffRequest, document_id: UUID) -> HttpResponse:
    """Say what the document is and whose."""
    party = read_party(request.actor, request.POST.get("party", ""))
    classify_document(
        request.actor,
        document_id,
        kind_slug=request.POST.get("kind", ""),
        party_id=party.id if party else None,
        title=request.POST.get("title", ""),
    )
    messages.success(request, _("Le document est classé."))
    return redirect("documents:detail", document_id)


@require_POST
@staff_required()
def classify_many(request: StaffRequest) -> HttpResponse:
    """Say the same of several documents at once."""
    request.actor.require_writer()
    ids = read_ids(request.POST.getlist("document")[:200])
    party = read_party(request.actor, request.POST.get("party", ""))
    for document_id in ids:
        classify_document(
            request.actor,
            document_id,
            kind_slug=request.POST.get("kind", ""),
            party_id=party.id if party else None,
        )
    if request.POST.get("then") == "sign":
        query = "&".join(f"document={one}" for one in ids)
        return redirect(f"{reverse('signatures:new')}?{query}")
    messages.success(request, _("Les documents sont classés."))
    return redirect(f"{reverse('documents:list')}?party={party.id}" if party else reverse("documents:list"))


@require_POST
@staff_required()
def facts(request: StaffRequest, document_id: UUID) -> HttpResponse:
    """Keep the document's facts; the wrong ones are said beside their field and nothing is lost."""
    document = get_for(request.actor, document_id, Right.WRITE)
    given = {str(field["name"]): request.POST.get(str(field["name"]), "") for field in document.kind.fields}
    try:
        set_facts(request.actor, document_id, given)
    except FactsRefused as error:
        document.facts = given
        context = _detail(request, document) | {"fields": _fields(document, error.errors), "refusal": error}
        return render(request, "office/documents/detail.html", context, status=422)
    messages.success(request, _("Les métadonnées sont enregistrées."))
    return redirect("documents:detail", document_id)


@require_POST
@staff_required()
def publish(request: StaffRequest, document_id: UUID) -> HttpResponse:
    """Show the document in its client's portal."""
    document = get_for(request.actor, document_id, Right.WRITE)
    if document.party is None:
        raise NotAllowed
    deliver_by_portal(request.actor, Parcel(document, (), f"publish:{document.id}"))
    messages.success(request, _("Le document est visible dans l’espace de %(name)s.") % {"name": document.party.name})
    return redirect("documents:detail", document_id)


@never_cache
@require_GET
@staff_required()
def party_options(request: StaffRequest) -> HttpResponse:
    """What the party field proposes while one types."""
    found = list_parties(request.actor, q=request.GET.get("party", "")[:80], limit=12).items
    return render(request, "office/documents/party_options.html", {"words": [spell_party(one) for one in found]})
