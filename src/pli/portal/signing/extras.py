"""Beside signing itself: joining a paper that was asked for, naming somebody else."""

from __future__ import annotations

import tempfile
from pathlib import Path
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from pli.kit.errors import PliError
from pli.portal.signing.session import is_over, session_of, verified, visitor_of
from pli.portal.signing.views import reading_context
from pli.signing.api import AskedFileRefused, Delegate, delegate, join_file, signer_by_link

CORRECTABLE = (409, 422)


@never_cache
@require_POST
def join(request: HttpRequest, token: str, asked_id: UUID) -> HttpResponse:
    """Keep one of the papers asked for."""
    session, signer = session_of(request, token), verified(request, token)
    if is_over(signer):
        return redirect("signing:done", token)
    given = request.FILES.get("file")
    try:
        if given is None:
            raise AskedFileRefused(reason="aucun fichier n’a été choisi")
        with tempfile.TemporaryDirectory(prefix="pli-joined-") as folder:
            path = Path(folder) / "given"
            with path.open("wb") as target:
                for chunk in given.chunks():
                    target.write(chunk)
            join_file(session, asked_id, path, given.name or "", visitor=visitor_of(request))
    except PliError as error:
        if error.status not in CORRECTABLE:
            raise
        return render(
            request, "portal/signing/read.html", reading_context(signer, token) | {"refusal": error}, status=422
        )
    return redirect("signing:read", token)


@never_cache
@require_POST
def name_other(request: HttpRequest, token: str) -> HttpResponse:
    """Name somebody else, who gets a link of their own."""
    session, signer = session_of(request, token), verified(request, token)
    if is_over(signer):
        return redirect("signing:done", token)
    fields = {name: request.POST.get(name, "").strip()[:300] for name in ("name", "email", "mobile", "reason")}
    try:
        delegate(session, Delegate(**fields), visitor=visitor_of(request))
    except PliError as error:
        if error.status not in CORRECTABLE:
            raise
        context = reading_context(signer_by_link(token), token) | {"refusal": error, "signer": signer}
        return render(request, "portal/signing/read.html", context, status=422)
    return redirect("signing:done", token)
