"""The real address table with the style page added, and the side navigation filled with it."""

from __future__ import annotations

from django.urls import include, path

from pli.office.navigation import PLACES
from pli.project import urls

handler400, handler403, handler404, handler500 = urls.handler400, urls.handler403, urls.handler404, urls.handler500
urlpatterns = [path("office/style", include("pli.office.styles.urls")), *urls.urlpatterns]
SAMPLE_PLACES = {place.slug: "style:empty" if place.slug == "documents" else "style:show" for place in PLACES}
