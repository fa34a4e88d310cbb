"""What holds for every value, every tree and every order of recording, chaining and failing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pli.journal.api import Event, chain_events, dispatch_events, entry_of, record
from pli.journal.models import OutboxEntry
from pli.journal.verify_journal import canonical, chain_hash, genesis_hash, merkle_path, merkle_root, root_from_path
from pli.kit.ids import new_id
from tests.journal.papers import SIGNED, Listener

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=8,
)


@given(_VALUES)
def test_the_canonical_form_says_the_value_and_only_one_way(value: Any) -> None:
    written = canonical(value)
    assert json.loads(written) == value
    assert canonical(json.loads(written)) == written


def test_keys_are_sorted_as_rfc_8785_says() -> None:
    # Its own example (§3.2.3): UTF-16 code units, so the emoji (a surrogate pair) comes before U+FB33.
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    found = list(json.loads(canonical(dict.fromkeys(keys, ""))))
    assert found == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


def test_the_tree_is_the_one_of_rfc_6962() -> None:
    # The roots of certificate transparency's own reference tests for their first 0, 1, 2, 3 and 8 inputs.
    inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    values = [bytes.fromhex(value) for value in inputs]
    roots = {
        0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    }
    assert {size: merkle_root(values[:size]).hex() for size in roots} == roots


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=40, unique=True), st.data())
def test_only_the_value_of_a_path_leads_to_the_root(values: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(values) - 1))
    path, root = merkle_path(values, index), merkle_root(values)
    assert root_from_path(values[index], path) == root
    for other in (value for value in values if value != values[index]):
        assert root_from_path(other, path) != root


@pytest.mark.django_db
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["record", "undo", "chain", "dispatch", "fail"]), max_size=12))
def test_whatever_the_order_the_chain_holds_and_each_event_is_heard_once(listener: Listener, steps: list[str]) -> None:
    organisation = new_id()
    listener.heard.clear()
    for step in [*steps, "dispatch", "chain"]:
        events = Event.objects.filter(organisation_id=organisation)
        if step in ("record", "undo"):
            with transaction.atomic():
                record(SIGNED, organisation_id=organisation, subject=("paper", new_id()), actor="system:test")
                transaction.set_rollback(step == "undo")
        elif step == "chain":
            chain_events(organisation)
        else:
            listener.failing = step == "fail"
            dispatch_events(events.values_list("id", flat=True))
    previous = genesis_hash(str(organisation))
    placed = list(Event.objects.filter(organisation_id=organisation).order_by("position"))
    for position, event in enumerate(placed, 1):
        previous = chain_hash(previous, entry_of(event, position))
        assert (event.position, event.chain_hash) == (position, previous.hex())
    assert len(placed) == steps.count("record")
    assert sorted(event.id for event in listener.heard) == sorted(event.id for event in placed)
    assert not OutboxEntry.objects.filter(event__organisation_id=organisation, done_at=None).exists()
