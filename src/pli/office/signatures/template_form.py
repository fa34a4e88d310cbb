"""A template as the form of a request shows it, and back."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.http import QueryDict

from pli.office.access import StaffRequest
from pli.office.signatures.people import MEMBER, read_signers
from pli.office.signatures.places import DRAWN
from pli.signing.api import FieldRequest, Place, SignerRequest, TemplateContent


def read_content(
    request: StaffRequest, fields: QueryDict, papers: tuple[UUID, ...], annexes: tuple[UUID, ...]
) -> TemplateContent:
    """What the form says. :raises UnableToSend: for places that cannot be read."""
    days = fields.get("days", "")
    return TemplateContent(
        roles=read_signers(request, fields, papers),
        document_ids=papers,
        annex_ids=annexes,
        title=fields.get("title", "").strip()[:200],
        message=fields.get("message", "").replace("\x00", "")[:4000],
        days=int(days) if days.isascii() and days.isdigit() and len(days) < 4 else 0,
        is_in_order=fields.get("order") != "together",
        on_refusal=fields.get("on_refusal", "STOP"),
        may_delegate=fields.get("may_delegate") == "yes",
    )


def fields_of(name: str, content: TemplateContent) -> QueryDict:
    """The form that says ``content``."""
    fields = QueryDict(mutable=True)
    told = {
        "template_name": name, "title": content.title, "message": content.message, "days": str(content.days),
        "order": "sequence" if content.is_in_order else "together", "on_refusal": content.on_refusal,
    }  # fmt: skip
    for key, value in told.items():
        fields[key] = value
    if content.may_delegate:
        fields["may_delegate"] = "yes"
    fields.setlist("document", [str(one) for one in (*content.document_ids, *content.annex_ids)])
    uses = ["sign"] * len(content.document_ids) + ["read"] * len(content.annex_ids)
    fields.setlist("paper-use", uses)
    step = 0
    for role in content.roles:
        for part, value in _row(role, content, step).items():
            fields.appendlist(f"people-{part}", value)
        step = role.step or step
    return fields


def _row(role: SignerRequest, content: TemplateContent, former_step: int) -> dict[str, str]:
    anchor = next((mark.anchor for mark in role.marks if mark.anchor), "")
    place = "anchor" if anchor else DRAWN if role.marks else role.side or ""
    phrase = next((one.expected for one in role.fields if one.kind == "PHRASE"), "")
    typed = [one.label for one in role.fields if one.kind == "TEXT" and one.place is None]
    contact = role.origin.removeprefix("contact:") if role.origin.startswith("contact:") else ""
    return {
        "contact": f"{MEMBER}{role.member_id}" if role.member_id else contact,
        "name": role.name,
        "email": role.email,
        "mobile": role.mobile,
        "role": role.role,
        "with": "same" if former_step and role.step == former_step else "after",
        "code": role.code_channel,
        "here": "yes" if role.is_in_person else "no",
        "place": place,
        "anchor": anchor,
        "initials": "yes" if role.has_initials else "no",
        "key": "own" if role.needs_own_key else "any",
        "phrase": phrase,
        "fields": ", ".join(typed),
        "asks": ", ".join(role.asks),
        "places": _places(role, content),
    }


def _places(role: SignerRequest, content: TemplateContent) -> str:
    marks = [_box(FieldRequest("MARK"), mark, content) for mark in role.marks if not mark.anchor]
    fields = [_box(one, one.place, content) for one in role.fields if one.place is not None]
    boxes = [one for one in (*marks, *fields) if one]
    return json.dumps(boxes) if boxes else ""


def _box(one: FieldRequest, place: Place, content: TemplateContent) -> dict[str, Any] | None:
    if not 1 <= place.paper <= len(content.document_ids):
        return None
    return {
        "kind": one.kind, "label": one.label, "required": one.is_required,
        "document": str(content.document_ids[place.paper - 1]), "page": place.page, "x": place.x, "y": place.y,
        "width": place.width, "height": place.height,
    }  # fmt: skip


def is_shown_whole(request: StaffRequest, content: TemplateContent) -> bool:
    """Whether the form can say all of ``content``: what a program made may hold more."""
    fields = fields_of("-", content)
    try:
        return _bare(read_content(request, fields, content.document_ids, content.annex_ids)) == _bare(content)
    except ValueError:
        return False


def _bare(content: TemplateContent) -> TemplateContent:
    """Without what a form works out anew: origins, languages, and ranks it spells otherwise."""
    from dataclasses import replace

    ranks = sorted({role.step or 0 for role in content.roles if not role.is_copy})
    roles = tuple(
        replace(
            role, origin="", language="", side=role.side or "",
            step=None if role.is_copy or not content.is_in_order else ranks.index(role.step or 0),
        )
        for role in content.roles
    )  # fmt: skip
    return replace(content, roles=roles)
