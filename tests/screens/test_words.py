"""Instants, colours, lists and refusals, without a browser."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.messages import add_message, constants
from django.contrib.messages.storage.fallback import FallbackStorage
from django.http import HttpResponse
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from pli.kit.errors import NotAllowed, NotFound, PlugError
from pli.office import moments, navigation
from pli.office.errors import PliErrorMiddleware, page_above, render_error
from pli.office.icons import UnknownIcon, draw_icon
from pli.office.lists import Listing
from pli.office.shell.brand import INK, WHITE, contrast, parse_colour, readable_on, theme_css
from pli.office.toasts import HtmxToastMiddleware
from pli.parties.api import Organisation

NOW = datetime(2026, 12, 5, 13, 30, tzinfo=UTC)  # 14:30 in Paris


@pytest.mark.parametrize(
    ("delta", "words"),
    [
        (timedelta(seconds=5), "à l’instant"),
        (timedelta(minutes=4), "il y a 4 min"),
        (timedelta(hours=2, minutes=50), "il y a 2 h"),
        (timedelta(hours=26), "hier à 12:30"),
        (timedelta(days=3), "il y a 3 jours"),
        (timedelta(days=30), "5 nov."),
        (timedelta(days=400), "31 oct. 2025"),
        (-timedelta(hours=3), "dans 3 h"),
        (-timedelta(days=1), "demain à 14:30"),
        (-timedelta(days=5), "dans 5 jours"),
    ],
)
def test_instants_are_said_as_people_say_them(delta: timedelta, words: str) -> None:
    with translation.override("fr"):
        assert moments.relative(NOW - delta, NOW) == words


@given(st.integers(-(10**9), 10**9))
def test_every_instant_has_words(seconds: int) -> None:
    with translation.override("fr"):
        assert moments.relative(NOW - timedelta(seconds=seconds), NOW)


def test_yesterday_is_a_day_of_paris_not_of_greenwich() -> None:
    with translation.override("fr"):
        just_after_midnight = datetime(2026, 12, 4, 23, 30, tzinfo=UTC)
        assert moments.relative(datetime(2026, 12, 4, 10, 0, tzinfo=UTC), just_after_midnight) == "hier à 11:00"


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_any_colour_of_a_company_is_made_readable(parts: tuple[int, int, int]) -> None:
    colour = parse_colour("#" + "".join(f"{part:02x}" for part in parts))
    assert colour is not None
    for ground in (WHITE, INK):
        assert contrast(readable_on(colour, ground), ground) >= 4.5


@pytest.mark.parametrize("value", ["", "red", "#12345", "</style>", "1f3a8a;}"])
def test_what_is_no_colour_makes_no_style(value: str) -> None:
    assert theme_css(value) == ""


def test_icons_are_drawings_by_name_only() -> None:
    assert 'aria-hidden="true"' in draw_icon("home")
    assert 'aria-label="Fermer"' in draw_icon("x", label="Fermer")
    for name in ("../secret", "no-such-icon"):
        with pytest.raises(UnknownIcon):
            draw_icon(name)


def test_hostile_words_stay_words() -> None:
    hostile = "<script>alert(1)</script>"
    page = Template(
        "{% load pli %}{% button w data_x=w %}{% state 'idle' w detail=w %}"
        "{% avatar w %}{% panel w %}{{ w }}{% endpanel %}"
    )
    assert "<script>" not in page.render(Context({"w": hostile}))


def test_a_state_has_one_of_five_tones() -> None:
    with pytest.raises(Exception, match="purple"):
        Template("{% load pli %}{% state 'purple' 'Signé' %}").render(Context())


@pytest.mark.parametrize("htmx", [False, True])
def test_a_refusal_says_what_happened_and_what_to_do(rf: RequestFactory, htmx: bool) -> None:
    request = rf.get("/x", headers={"HX-Request": "true"} if htmx else {})
    response = render_error(request, PlugError(service="Horodatage", reason="<b>refus</b>"))
    assert response.status_code == 502
    text = response.content.decode()
    assert "« Horodatage » n’a pas répondu" in text
    assert "&lt;b&gt;refus" in text
    assert ("HX-Retarget" in response.headers) is htmx
    assert ("<html" in text) is not htmx


def test_the_api_answers_for_itself(rf: RequestFactory) -> None:
    middleware = PliErrorMiddleware(lambda request: HttpResponse())
    assert middleware.process_exception(rf.get("/api/v1/documents"), NotFound()) is None
    assert middleware.process_exception(rf.get("/documents"), ValueError()) is None
    page = middleware.process_exception(rf.get("/documents"), NotAllowed())
    assert page is not None and page.status_code == 403


def test_messages_reach_a_page_changed_in_part(rf: RequestFactory) -> None:
    request = rf.post("/x", headers={"HX-Request": "true"})
    request.session = {}  # type: ignore[assignment]
    request._messages = FallbackStorage(request)  # type: ignore[attr-defined]
    add_message(request, constants.SUCCESS, "Envoyé <à> Julie")
    response = HtmxToastMiddleware(lambda r: HttpResponse("<p>fait</p>"))(request)
    text = response.content.decode()
    assert text.startswith("<p>fait</p>")
    assert 'hx-swap-oob="beforeend:#toasts"' in text
    assert "Envoyé &lt;à&gt; Julie" in text


def test_a_place_nobody_opened_does_not_show(rf: RequestFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        navigation, "_opened", {"documents": ("shell:language", lambda request: 3), "todo": ("no:such", None)}
    )
    places = list(navigation.open_places(rf.get("/language/x")))
    assert [(place.place.slug, place.is_current, place.count) for place in places] == [("documents", True, 3)]
    with pytest.raises(KeyError):
        navigation.open_place("nowhere", "x")


@pytest.mark.django_db
def test_the_headers_of_every_page(client: Client) -> None:
    headers = client.get("/no-such-page").headers
    policy = headers["Content-Security-Policy"]
    for rule in (
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "frame-ancestors 'none'",
        "object-src 'none'",
        "base-uri 'none'",
    ):
        assert rule in policy
    assert "unsafe" not in policy
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"


@pytest.mark.django_db
@pytest.mark.parametrize("target", ["https://ailleurs.example/", "//ailleurs.example", "javascript:alert(1)"])
def test_the_language_switch_never_leads_elsewhere(client: Client, target: str) -> None:
    response = client.post("/language", {"language": "en", "next": target})
    assert response.headers["Location"] == "/"
    assert response.cookies["django_language"].value == "en"


def test_the_address_of_a_button_opened_alone_leads_to_its_page(client: Client) -> None:
    bare = client.get("/language")
    assert bare.status_code == 405
    assert bare["Allow"] == "POST"
    assert "PLI-405" in bare.content.decode() and 'href="/"' in bare.content.decode()
    piece = "01a204ab-fd02-73bd-b54d-c6a3fedf9129"
    assert page_above(f"/office/runs/pieces/{piece}/retry") == "/office/runs/"
    assert page_above(f"/office/quotes/{piece}/remind") == f"/office/quotes/{piece}/"
    assert page_above("/s/" + "a" * 43 + "/sign") == "/s/" + "a" * 43


@pytest.fixture
def organisations(db: None) -> list[str]:
    names = [f"Société {number:03d}" for number in range(25)]
    for number, name in enumerate(names):
        Organisation.objects.create(slug=f"s{number}", name=name)
    return names


def listing(rf: RequestFactory, url: str, size: int = 10) -> Listing[Organisation]:
    sorts = {"name": "name", "created": "created_at"}
    return Listing(
        rf.get(url), Organisation.objects.filter(slug__startswith="s"), sorts=sorts, default="name", size=size
    )


def names(page: Listing[Organisation]) -> list[str]:
    return [row.name for row in page.rows]


def test_a_list_pages_by_key_there_and_back(rf: RequestFactory, organisations: list[str]) -> None:
    first = listing(rf, "/list?q=x&other=1")
    second = listing(rf, first.next_url)
    third = listing(rf, second.next_url)
    assert names(first) + names(second) + names(third) == organisations
    assert (first.previous_url, third.next_url) == ("", "")
    assert names(listing(rf, third.previous_url)) == names(second)
    assert names(listing(rf, second.previous_url)) == names(first)
    assert "q=x" in first.next_url and "other" not in first.next_url


def test_a_list_sorts_both_ways_and_by_time(rf: RequestFactory, organisations: list[str]) -> None:
    page = listing(rf, "/list?sort=-name")
    assert names(page) == organisations[::-1][:10]
    assert page.direction("name") == "descending"
    assert "sort=name" in page.sort_url("name")
    recent = listing(rf, "/list?sort=created")
    assert names(recent) + names(listing(rf, recent.next_url)) == organisations[:20]


@pytest.mark.parametrize(
    "broken", ["after=%00", "after=xyz", "after=WyJhIl0", "before=e30", "sort=password", "after=WyJhIiwgImIiXQ"]
)
def test_a_broken_address_shows_the_first_page(rf: RequestFactory, organisations: list[str], broken: str) -> None:
    assert names(listing(rf, f"/list?{broken}")) == organisations[:10]
