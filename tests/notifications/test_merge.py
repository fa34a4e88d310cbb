"""Merge fields: substitution and nothing more, whatever the values hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pli.notifications.merge import MASK, as_text, canonical, clean_value, fill, is_secret_exposed, names_in

SECRETS = frozenset({"lien", "code"})


def test_fields_are_found_without_accents_or_capitals() -> None:
    assert names_in("#Société# et #numéro_preuve#, #date_limite#") == ("societe", "numero_preuve", "date_limite")
    assert canonical("Expéditeur") == "expediteur"


def test_a_value_is_never_looked_at_again() -> None:
    filled = fill("#document# #code#", {"document": "#code# {{ code }} {% lien %} %(code)s"}, {"code": "1"})
    assert as_text(filled, {"code": "482913"}) == "#code# {{ code }} {% lien %} %(code)s 482913"
    assert as_text(filled).endswith(MASK)


def test_a_line_whose_fields_are_empty_disappears() -> None:
    text = "Bonjour\n\n#message#\n\nAvant le : #date_limite#\n\nFin"
    assert as_text(fill(text, {})) == "Bonjour\n\nFin"


@given(st.text(max_size=300))
def test_a_cleaned_value_is_one_harmless_line(value: str) -> None:
    cleaned = clean_value(value)
    assert len(cleaned) <= 200
    assert not set(cleaned) & set("\r\n\x00\u202e\u2028")


@given(st.text(max_size=200), st.text(max_size=200))
def test_a_template_without_fields_stays_as_it_is(value: str, other: str) -> None:
    text = value.replace("#", "").replace("\r", "").strip()
    collapsed = as_text(fill(text, {"document": other}))
    assert collapsed.replace("\n", "") == text.replace("\n", "")


@pytest.mark.parametrize(
    "text",
    ["https://ailleurs.example/?#code#", "#code#.ailleurs.example", "www.x.example/#lien#", "x#code#", "#lien##code#"],
)
def test_a_secret_glued_to_something_is_noticed(text: str) -> None:
    assert is_secret_exposed(f"Bonjour\n{text}\n", SECRETS)


@pytest.mark.parametrize("text", ["#lien#", "Code : #code#.", "« #code# », dit-il", "(#lien#)", "#code# : votre code"])
def test_a_secret_alone_is_fine(text: str) -> None:
    assert not is_secret_exposed(text, SECRETS)
