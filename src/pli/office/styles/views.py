"""Every component with true-to-life words, and the frames they stand in."""

from __future__ import annotations

import io
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from PIL import Image, ImageDraw

from pli.kit.errors import NotFound, PlugError
from pli.office.styles import samples

PAGES = 3


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label=_("Raison sociale"), help_text=_("Telle qu’elle figure sur vos factures."))
    email = forms.EmailField(label=_("E-mail des factures"), required=False)
    kind = forms.ChoiceField(
        label=_("Nature du document"),
        choices=[("quote", _("Devis")), ("contract", _("Contrat")), ("invoice", _("Facture"))],
    )
    channel = forms.ChoiceField(
        label=_("Code par"),
        choices=[("email", _("E-mail")), ("sms", _("SMS"))],
        widget=forms.RadioSelect,
        initial="email",
    )
    message = forms.CharField(label=_("Message"), widget=forms.Textarea, required=False)
    consent = forms.BooleanField(label=_("J’accepte de recevoir mes documents par voie électronique"), required=False)


@require_http_methods(["GET", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """Everything at once."""
    form = SampleForm({"email": "factures@", "kind": "quote", "channel": "sms"})
    if request.method == "POST":
        messages.success(request, _("La demande est envoyée à Julie Martin."))
    context = {
        "form": form,
        "error": PlugError(service="Horodatage", reason="connexion refusée"),
        "pages": _pages(),
        **samples.everything(),
    }
    return render(request, "pli/style/show.html", context)


@require_GET
def empty(request: HttpRequest) -> HttpResponse:
    """A place nobody used yet."""
    return render(request, "pli/style/empty.html")


@require_GET
def entrance(request: HttpRequest) -> HttpResponse:
    """The frame of log-in and account pages."""
    return render(request, "pli/style/entrance.html", {"form": SampleForm()})


@require_GET
def portal(request: HttpRequest) -> HttpResponse:
    """The frame of the portal, in a company's colour."""
    return render(request, "pli/style/portal.html", {"company": samples.COMPANY, **samples.portal()})


@require_GET
def signing(request: HttpRequest) -> HttpResponse:
    """The frame of the signing page with its three parts at work."""
    return render(request, "pli/style/signing.html", {"company": samples.COMPANY, "pages": _pages()})


@require_GET
def public(request: HttpRequest) -> HttpResponse:
    """The frame of the verify page."""
    return render(request, "pli/style/public.html", samples.verdict())


@require_GET
def refusal(request: HttpRequest) -> HttpResponse:
    """What a PliError becomes.

    :raises NotFound: always.
    """
    raise NotFound


@require_GET
def people(request: HttpRequest) -> HttpResponse:
    """The address book of the sample."""
    words = request.GET.get("q", "").casefold()
    found = [person for person in samples.PEOPLE if words in f"{person['name']} {person['email']}".casefold()]
    return render(request, "pli/people_options.html", {"people": found})


@require_GET
def progress(request: HttpRequest) -> HttpResponse:
    """Ten more documents at each question, until 120."""
    value = min(int(request.GET.get("at", "0")) + 10, 120)
    url = f"{reverse('style:progress')}?at={value}" if value < 120 else ""
    return render(request, "pli/style/progress.html", {"value": value, "url": url})


@require_POST
def upload(request: HttpRequest) -> JsonResponse:
    """Takes a file, or refuses the one called refus.pdf."""
    file = request.FILES.getlist("files")[0]
    if file.name == "refus.pdf":
        return JsonResponse({"detail": _("Ce fichier est protégé par un mot de passe.")}, status=422)
    return JsonResponse({"name": file.name, "size": file.size})


def _pages() -> list[dict[str, Any]]:
    return [
        {
            "number": number,
            "width": 595.28,
            "height": 841.89,
            "src": reverse("style:page", args=[number]),
            "text": samples.PAGE_TEXT,
        }
        for number in range(1, PAGES + 1)
    ]


@require_GET
def page(request: HttpRequest, number: int) -> HttpResponse:
    """A page of a quote, drawn."""
    image = Image.new("RGB", (595, 842), "white")
    pen = ImageDraw.Draw(image)
    pen.rectangle((56, 56, 120, 84), fill="#1f3a8a")
    pen.text((340, 60), f"Devis 2026-041 - page {number}", fill="#1d1f27")
    for line in range(24):
        width = (470, 450, 480, 300)[line % 4]
        pen.rectangle((56, 180 + line * 20, 56 + width, 188 + line * 20), fill="#d9d9de")
    pen.rectangle((320, 700, 540, 780), outline="#8c8577")
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return HttpResponse(out.getvalue(), content_type="image/png")
