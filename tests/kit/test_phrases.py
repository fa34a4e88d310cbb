"""A phrase is said in the reader's tongue however far it travelled: through JSON, the database, the sandbox."""

from __future__ import annotations

import json
from typing import BinaryIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pli.kit.errors import Phrase, PliError, fill_sentence, listed, read_phrase, write_details, write_phrase
from pli.kit.sandbox import run_isolated

ENGLISH = {
    "le pays manque": "no country",
    "%(a)s et %(b)s": "%(a)s and %(b)s",
    "%(first)s ; %(others)s": "%(first)s; %(others)s",
}


def translate(text: str) -> str:
    return ENGLISH.get(text, text)


def refuse(_files: dict[str, BinaryIO]) -> None:
    """A job that refuses with a phrase in a phrase."""
    raise PliError(what=Phrase("%(a)s et %(b)s", a=Phrase("le pays manque"), b="Été"), count=3)


def test_phrases_within_phrases_come_back_from_json() -> None:
    said = listed([Phrase("le pays manque"), "le pays manque", Phrase("%(a)s et %(b)s", a="x %", b=2)])
    back = read_phrase(json.loads(json.dumps(write_phrase(said))))
    assert back == said == "le pays manque ; le pays manque ; x % et 2"
    assert fill_sentence("%(why)s", {"why": back}, translate) == "no country; no country; x % and 2"


def test_kept_details_are_filled_as_they_are() -> None:
    details = json.loads(json.dumps(write_details({"why": Phrase("le pays manque"), "name": "le pays manque", "n": 3})))
    assert fill_sentence("%(why)s / %(name)s / %(n)s", details, translate) == "no country / le pays manque / 3"


def test_a_refusal_of_the_sandbox_keeps_its_phrases() -> None:
    with pytest.raises(PliError) as refusal:
        run_isolated("tests.kit.test_phrases:refuse", raises=[PliError])
    assert refusal.value.details["count"] == 3
    assert fill_sentence("%(what)s", refusal.value.details, translate) == "no country and Été"


KEYS = st.sampled_from(["msgid", "places", "a", "%(a)s", "%(b"])
LEAVES = st.none() | st.integers() | st.text(max_size=8) | KEYS


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # on a loaded machine
@given(st.recursive(LEAVES, lambda one: st.lists(one, max_size=3) | st.dictionaries(KEYS, one, max_size=3)))
def test_what_nobody_wrote_is_read_without_harm(told: object) -> None:
    assert isinstance(read_phrase(told), str)


def test_a_phrase_nested_without_end_is_cut() -> None:
    told: object = "x"
    for _ in range(500):
        told = {"msgid": "%(a)s", "places": {"a": told}}
    assert isinstance(read_phrase(told), str)
