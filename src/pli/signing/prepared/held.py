"""What stands still: stopped lists, forms that send visitors away; and what of it goes on by itself with credit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import CharField, F, Value

from pli.documents.api import hidden_documents
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import PliError
from pli.kit.transitions import UnableToMove
from pli.parties.api import Actor, StaffActor
from pli.signing import events
from pli.signing.gates import SENDING
from pli.signing.prepared.content import load_content
from pli.signing.prepared.lists import move_list, tell_list
from pli.signing.prepared.models import PublicForm, SendingList
from pli.signing.prepared.states import ListState

BY = "system:sending-list"


@dataclass(frozen=True)
class Standing:
    """Something prepared that takes or sends nothing. ``id``: the list's, or the template's whose form it is."""

    is_form: bool
    id: UUID
    name: str
    told: Mapping[str, Any]


def standing_still(actor: Actor) -> list[Standing]:
    """Stopped lists and paused forms, by name, of the templates whose every paper the actor may read."""
    if not isinstance(actor, StaffActor):
        return []
    papers = F("template__content")
    lists = SendingList.objects.filter(organisation_id=actor.organisation_id, state=ListState.STOPPED).order_by()
    forms = PublicForm.objects.filter(
        organisation_id=actor.organisation_id, is_open=True, paused_at__isnull=False, template__is_archived=False
    ).order_by()
    rows = lists.values_list(Value("list", CharField()), "id", F("file_name"), "told", papers).union(
        forms.values_list(Value("form", CharField()), "template_id", F("template__name"), "told", papers), all=True
    )
    found = [
        (Standing(kind == "form", identity, name, told), load_content(content))
        for kind, identity, name, told, content in rows
    ]
    needed = {paper for _one, content in found for paper in (*content.document_ids, *content.annex_ids)}
    hidden = set(hidden_documents(actor).filter(id__in=needed).values_list("id", flat=True)) if needed else set()
    seen = [one for one, content in found if not hidden & {*content.document_ids, *content.annex_ids}]
    return sorted(seen, key=lambda one: (one.is_form, one.name.lower(), str(one.id)))


def held_organisations() -> list[UUID]:
    """Those for whom something waits until whoever stands above signing lets it go out."""
    lists = SendingList.objects.filter(state=ListState.STOPPED, told__is_outside=True).order_by()
    forms = PublicForm.objects.filter(is_open=True, paused_at__isnull=False, told__is_outside=True).order_by()
    found = lists.values_list("organisation_id", flat=True).union(forms.values_list("organisation_id", flat=True))
    return sorted(found, key=str)


def go_on(organisation_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> None:
    """Resume the lists and forms that only waited for leave to send, such as credit, if it is given now. Asked as often
    as one likes, by several at once, each list starts once; each of its rows is still sent once."""
    from pli.signing.tasks import send_list

    try:
        SENDING.ask(organisation_id)
    except PliError:
        return
    waiting = SendingList.objects.filter(
        organisation_id=organisation_id, state=ListState.STOPPED, told__is_outside=True
    )
    for sending in waiting.defer("table").order_by("confirmed_at", "id"):
        try:
            with transaction.atomic():
                move_list(sending, "resume", told={})
                tell_list(events.LIST_RESUMED, sending, BY, clock)
                send_list.configure(lock=f"sending-list:{sending.id}").defer(list_id=str(sending.id))
        except UnableToMove:  # somebody resumed it, or gave it up, this very moment
            continue
    forms = PublicForm.objects.filter(organisation_id=organisation_id, is_open=True, told__is_outside=True)
    forms.exclude(paused_at=None).update(paused_at=None, told={})
