"""The real address table with the style page added, and the side navigation filled with it."""

from __future__ import annotations

from django.urls import include, path

from pli.office.navigation import PLACES
from pli.office.styles.views import empty
from pli.project import urls

handler400, handler403, handler404, handler500 = urls.handler400, urls.handler403, urls.handler404, urls.handler500
urlpatterns = [
    path("office/style", include("pli.office.styles.urls")),
    *[path(f"office/{place.slug}", empty, name=f"sample-{place.slug}") for place in PLACES],
    *urls.urlpatterns,
]
SAMPLE_PLACES = {
    **{place.slug: f"sample-{place.slug}" for place in PLACES},
    "documents": "style:empty",
    "home": "style:show",
}
