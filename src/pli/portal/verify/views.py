"""Views of the verification page: a file dropped here is judged; a signed one stays in its visitor's reach a while."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from pli.gateway.api import TRACKED_PREFIX, sendings_of_proof
from pli.journey.api import SendingProven, sending_proven
from pli.kit.errors import NotFound, PliError
from pli.portal.verify.keeping import KEPT_SECONDS, keep_file
from pli.portal.verify.throttle import count_check
from pli.portal.verify.tracked_words import outcome_of, proof_words
from pli.portal.verify.versions import bind_visitor, visitor_secret
from pli.portal.verify.words import addition_words, change_words, facts_of, reason_words, sentence_of
from pli.signing.api import POLICY, evidence_for_file, public_evidence, trust_store
from pli.trust.api import PdfVerdict, verify_pdf

LARGEST = 100_000_000


class FileMissing(PliError):
    """Nothing was dropped."""

    code = "VER-001"
    status = 422
    message = "Aucun fichier n’a été déposé."
    remedy = "Choisissez le PDF à vérifier."


class FileTooLargeToVerify(PliError):
    """More than this page reads."""

    code = "VER-002"
    status = 413
    message = "Ce fichier dépasse 100 Mo : cette page ne le lit pas."
    remedy = "Vérifiez-le avec la commande « pli verify », qui n’a pas cette limite."


@never_cache
@require_http_methods(["GET", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """Drop a PDF, or type an evidence number."""
    if request.method == "GET":
        number = request.GET.get("number", "").strip()
        return redirect("verify:number", number) if number else render(request, "portal/verify/page.html")
    count_check(request)
    uploaded = request.FILES.get("file")
    if uploaded is None:
        raise FileMissing
    if (uploaded.size or 0) > LARGEST:
        raise FileTooLargeToVerify
    with tempfile.TemporaryDirectory(prefix="pli-verify-") as folder:
        path = Path(folder) / "file.pdf"
        digest = hashlib.sha256()
        with path.open("wb") as target:
            for chunk in uploaded.chunks():
                digest.update(chunk)
                target.write(chunk)
        verdict = verify_pdf(path, roots=trust_store().roots())
        visitor = visitor_secret(request)
        kept = keep_file(path, verdict, sha256=digest.hexdigest(), cookie=visitor)
    about = {"file_name": uploaded.name or "", "size": uploaded.size, "kept": kept, "minutes": KEPT_SECONDS // 60}
    response = render(request, "portal/verify/verdict.html", _context(verdict, digest.hexdigest()) | about)
    if kept:
        bind_visitor(request, response, visitor)
    return response


def _context(verdict: PdfVerdict, sha256: str) -> dict[str, Any]:
    return {
        "verdict": verdict,
        "sentence": sentence_of(verdict),
        "signatures": [
            {
                "verdict": one,
                "facts": facts_of(one),
                "changes": change_words(one),
                "later": addition_words(one),
                "reason": reason_words(one.reason) if one.reason else "",
            }
            for one in verdict.signatures
        ],
        "sha256": sha256,
        "numbers": [*evidence_for_file(sha256), *sendings_of_proof(sha256)],
    }


@never_cache
@require_GET
def number(request: HttpRequest, number: str) -> HttpResponse:
    """What the evidence number says: what was signed, when, with which digests; nobody's address."""
    count_check(request)
    try:
        if number.strip().upper().startswith(TRACKED_PREFIX):
            return render(request, "portal/verify/sending.html", _sending_context(sending_proven(number)))
        return render(request, "portal/verify/number.html", {"found": public_evidence(number)})
    except NotFound:
        return render(request, "portal/verify/unknown.html", {"number": number[:40]}, status=404)


def _sending_context(found: SendingProven) -> dict[str, Any]:
    return {
        "found": found.sending,
        "outcome": outcome_of(found.sending.state),
        "proofs": [(proof, proof_words(proof.kind), dates) for proof, dates in found.proofs],
    }


@require_GET
def policy(request: HttpRequest) -> HttpResponse:
    """The signature policy whose digest stands in every evidence record."""
    return HttpResponse(POLICY, content_type="text/plain; charset=utf-8")


@require_GET
def authority(request: HttpRequest) -> HttpResponse:
    """The certificates this installation trusts and signs under, to check with openssl or pdfsig."""

    pem = b"".join(root.public_bytes(Encoding.PEM) for root in trust_store().roots())
    response = HttpResponse(pem, content_type="application/x-pem-file")
    response["Content-Disposition"] = 'attachment; filename="pli-authority.pem"'
    return response
