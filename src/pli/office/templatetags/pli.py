"""``{% load pli %}``: the components every screen is made of. docs/screens.md shows one example of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django import template
from django.forms import BoundField
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from pli.kit.clock import SYSTEM_CLOCK, paris_day
from pli.kit.errors import PliError, fill_sentence
from pli.office import moments
from pli.office.errors import explain
from pli.office.icons import draw_icon
from pli.office.spelling import decimals, euros, is_only_here, quoted

register = template.Library()
Text = str | Promise

TONES = frozenset({"idle", "active", "waiting", "signed", "refused"})
BUTTONS = {
    "primary": "btn btn-primary",
    "secondary": "btn",
    "quiet": "btn btn-quiet",
    "danger": "btn btn-danger",
}
HUES = 6

for spell in (decimals, euros, is_only_here, quoted):
    register.filter(spell)


@register.simple_tag
def icon(name: str, size: int = 20, label: str = "") -> SafeString:
    """An icon by its Tabler name. Words stand beside it; ``label`` only for the universally known alone."""
    return draw_icon(name, size=size, label=label)


def spell_attributes(attributes: Mapping[str, Any]) -> SafeString:
    """``data_x`` → ``data-x``, ``hx_get`` → ``hx-get``; True is a bare attribute, None and False are left out."""
    shown = [(name.replace("_", "-"), value) for name, value in attributes.items() if value not in (None, False)]
    return format_html_join(
        "",
        "{}",
        ((mark_safe(f" {name}") if value is True else format_html(' {}="{}"', name, value),) for name, value in shown),  # noqa: S308
    )


@register.simple_tag
def told(explanation: Mapping[str, Any], otherwise: str = "") -> str:
    """A refusal kept in the database, in the reader's tongue: what happened, then what to do."""
    details = explanation.get("details", {})
    said = (fill_sentence(str(explanation.get(name, "")), details, _) for name in ("message", "remedy"))
    return " ".join(part for part in said if part) or otherwise


@register.simple_tag
def button(
    label: Text, kind: str = "primary", icon: str = "", href: str = "", size: str = "", **attributes: Any
) -> SafeString:
    """A button, or a link that looks like one when ``href`` is given. ``label`` is a verb.

    ``kind``: primary (one a screen), secondary, quiet, danger. ``size``: "", small, large, block.
    """
    css = " ".join(filter(None, [BUTTONS[kind], f"btn-{size}" if size else "", str(attributes.pop("css", ""))]))
    inside = format_html("{}<span>{}</span>", draw_icon(icon) if icon else "", label)
    if href:
        return format_html('<a class="{}" href="{}"{}>{}</a>', css, href, spell_attributes(attributes), inside)
    attributes = {"type": "submit", **attributes}
    return format_html('<button class="{}"{}>{}</button>', css, spell_attributes(attributes), inside)


@register.simple_tag
def state(tone: str, word: Text, since: datetime | None = None, detail: Text = "") -> SafeString:
    """A coloured dot and a word. Tones: idle, active, waiting (somebody is awaited), signed, refused (also: failed).

    With ``since`` or ``detail``, hovering, focusing or tapping tells since when and who is awaited.
    """
    if tone not in TONES:
        raise template.TemplateSyntaxError(f"state: {tone} is not one of {', '.join(sorted(TONES))}")
    face = format_html('<span class="state state-{}"><span class="state-dot"></span>{}</span>', tone, word)
    if not since and not detail:
        return face
    return format_html(
        '<details class="state-more"><summary>{}</summary><span class="state-tip">{}{}</span></details>',
        face,
        format_html("<span>{}</span>", detail) if detail else "",
        _since(since) if since else "",
    )


def _since(since: datetime) -> SafeString:
    return format_html("<span>{} {}</span>", _("depuis le"), moments.exact(since))


@register.simple_tag
def moment(instant: datetime | date | None, exact: bool = False) -> SafeString | str:  # noqa: FBT001, FBT002
    """When something happened: « il y a 2 h », exact on hover; ``exact=True`` in proofs. A dash for nothing."""
    if instant is None:
        return "—"
    if not isinstance(instant, datetime):
        today = paris_day(SYSTEM_CLOCK.now())
        return format_html('<time datetime="{}">{}</time>', instant.isoformat(), moments.relative_day(instant, today))
    full = moments.exact(instant)
    shown = full if exact else moments.relative(instant, SYSTEM_CLOCK.now())
    return format_html('<time datetime="{}" title="{}">{}</time>', instant.isoformat(), full, shown)


@register.inclusion_tag("pli/components/page_thumb.html")
def page_thumb(
    src: str = "",
    width: float = 210,
    height: float = 297,
    label: Text = "",
    href: str = "",
    pages: int = 1,
    size: str = "",
) -> dict[str, Any]:
    """A document as a page: its proportions kept while it loads, a fold at the corner, a stack when ``pages`` > 1.

    ``width`` and ``height`` in any unit; ``size``: small, "", large.
    """
    return {
        "src": src, "width": round(width), "height": round(height), "label": label, "href": href, "pages": pages,
        "size": size,
    }  # fmt: skip


@register.inclusion_tag("pli/components/run_stack.html")
def run_stack(label: Text, count: int, done: int = 0, parked: int = 0, href: str = "") -> dict[str, Any]:
    """A print run or a batch as a stack of pages: ``count`` documents, ``done`` ready, ``parked`` set aside."""
    return {"label": label, "count": count, "done": done, "parked": parked, "href": href}


@register.inclusion_tag("pli/components/empty_state.html")
def empty_state(
    title: Text, text: Text = "", icon: str = "file-plus", action: Text = "", href: str = "",
    copy: str = "", copy_label: Text = "", **attributes: Any,
) -> dict[str, Any]:  # fmt: skip
    """Nothing here yet: what to do first, with its button, and an address ready to copy."""
    return {
        "title": title, "text": text, "icon": icon, "action": action, "href": href, "copy": copy,
        "copy_label": copy_label, "attributes": spell_attributes(attributes),
    }  # fmt: skip


@register.inclusion_tag("pli/components/error_panel.html")
def error_panel(error: Any, title: Text = "") -> dict[str, Any]:
    """What happened, what was kept, what to do: ``error`` is a PliError or what ``explain`` made of it."""
    return {"error": explain(error) if isinstance(error, PliError) else error, "title": title}


@register.inclusion_tag("pli/field.html")
def field(bound: BoundField, label: Text = "", help: Text = "", placeholder: Text = "") -> dict[str, Any]:
    """One form field: label, widget, help, error, bound together for screen readers."""
    if label:
        bound.label = str(label)
    if help:
        bound.help_text = str(help)
    return {"field": bound, "placeholder": placeholder}


@register.filter
def widget(bound: BoundField, placeholder: Text = "") -> SafeString:
    """The field's widget with the classes of its kind."""
    attributes: dict[str, Any] = {"class": f"{bound.field.widget.attrs.get('class', '')} {_control(bound)}".strip()}
    if placeholder:
        attributes["placeholder"] = placeholder
    if bound.field.widget.attrs.get("rows") == "10":  # Django's own choice, much too tall
        attributes["rows"] = 4
    return bound.as_widget(attrs=attributes)


@register.filter
def widget_kind(bound: BoundField) -> str:
    """check, choices or text: how label and widget stand to each other."""
    kind = getattr(bound.field.widget, "input_type", "")
    if kind == "checkbox" and not hasattr(bound.field, "choices"):
        return "check"
    return "choices" if kind in {"radio", "checkbox"} else "text"


@register.filter
def may_be_empty(bound: BoundField) -> bool:
    """Whether to say that a field can be left out: a list of choices says so itself, by the one it starts with."""
    return not bound.field.required and not hasattr(bound.field, "choices")


def _control(bound: BoundField) -> str:
    kind = getattr(bound.field.widget, "input_type", "")
    if kind in {"checkbox", "radio"}:
        return "form-check-input"
    return "form-select" if kind == "select" else "form-control"


@register.inclusion_tag("pli/components/dropzone.html")
def dropzone(
    name: str = "files", label: Text = "", help: Text = "", accept: str = ".pdf,application/pdf",
    multiple: bool = True, url: str = "", max_mb: int = 1024, required: bool = True,  # noqa: FBT001, FBT002
    whole_page: bool = False, id: str = "",  # noqa: FBT001, FBT002
) -> dict[str, Any]:  # fmt: skip
    """Where files are dropped. A plain file input without script.

    With ``url`` each file is sent at once by POST (field ``name``), with its progress and a retry; without, the files
    go with the form around. ``whole_page``: dropping anywhere on the page counts.
    """
    return {
        "name": name, "label": label, "help": help, "accept": accept, "multiple": multiple, "url": url,
        "max_mb": max_mb, "required": required, "whole_page": whole_page, "id": id or f"drop-{name}",
    }  # fmt: skip


@register.inclusion_tag("pli/components/progress.html")
def progress(
    label: Text, value: int | None = None, max: int = 100, url: str = "", every: int = 2, detail: Text = "",
    id: str = "progress",
) -> dict[str, Any]:  # fmt: skip
    """Long work, live: asks ``url`` every ``every`` seconds and is replaced by the answer.

    The answer stops it by holding no ``url`` (this tag again without one, or the finished thing). ``value`` None:
    how long is not known.
    """
    return {"label": label, "value": value, "max": max, "url": url, "every": every, "detail": detail, "id": id}


@register.inclusion_tag("pli/components/confirm_dialog.html", takes_context=True)
def confirm_dialog(
    context: template.Context, id: str, title: Text, name: str, action: str, confirm: Text, text: Text = "",
    type_name: bool = False, kind: str = "danger", reason: Text = "",  # noqa: FBT001, FBT002
) -> dict[str, Any]:  # fmt: skip
    """A question that says the name of the thing, then POSTs to ``action``.

    Opened by any button with ``data-dialog="<id>"``. ``type_name``: the name must be typed (what can't be undone).
    ``reason``: asks a sentence (field ``reason``) under this label.
    """
    return {
        "id": id, "title": title, "name": name, "action": action, "confirm": confirm, "text": text,
        "type_name": type_name, "kind": kind, "reason": reason, "csrf_token": context.get("csrf_token"),
    }  # fmt: skip


@register.inclusion_tag("pli/components/tabs.html")
def tabs(items: Iterable[Mapping[str, Any]], label: Text = "") -> dict[str, Any]:
    """Parts of one thing, each with its own address: items of ``title``, ``url``, ``current``, ``count``."""
    return {"items": items, "label": label}


@register.inclusion_tag("pli/components/facts.html")
def facts(pairs: Iterable[tuple[Any, ...]]) -> dict[str, Any]:
    """What is known of a thing: (word, value) or (word, value, explanation)."""
    return {"pairs": [(*pair, "")[:3] for pair in pairs]}


@register.inclusion_tag("pli/components/copy_field.html")
def copy_field(value: str, label: Text, id: str = "", help: Text = "") -> dict[str, Any]:
    """A value made to be copied: an address, an evidence number, a digest."""
    return {"value": value, "label": label, "id": id or f"copy-{abs(hash(value)) % 10**8}", "help": help}


@register.inclusion_tag("pli/components/timeline.html")
def timeline(events: Iterable[Any], exact: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002
    """What happened, in order: things with ``at``, ``title`` and perhaps ``detail``, ``who``, ``tone``."""
    return {"events": events, "exact": exact}


@register.inclusion_tag("pli/components/stepper.html")
def stepper(steps: Iterable[Text], current: int) -> dict[str, Any]:
    """Where one stands: ``current`` counts from 1; one more than there are steps when all is done."""
    return {"steps": list(steps), "current": current}


@register.simple_tag
def avatar(name: str, size: str = "") -> SafeString:
    """A person's initials; always beside their name, so hidden from screen readers. ``size``: small, "", large."""
    words = [word for word in name.replace("-", " ").split() if word[:1].isalpha()]
    initials = "".join(word[0] for word in ([words[0], words[-1]] if len(words) > 1 else words)).upper() or "?"
    hue = sum(map(ord, name)) % HUES
    return format_html('<span class="avatar-p avatar-{} {}" aria-hidden="true">{}</span>', hue, size, initials)


@register.inclusion_tag("pli/components/code_input.html")
def code_input(
    name: str = "code", label: Text = "", length: int = 6, error: Text = "", help: Text = "", submit: bool = False,  # noqa: FBT001, FBT002
) -> dict[str, Any]:  # fmt: skip
    """A one-time code: one real field (paste and the phone's suggestion work). ``submit``: sent at the last digit."""
    return {"name": name, "label": label, "length": length, "error": error, "help": help, "submit": submit}


@register.inclusion_tag("pli/components/people_picker.html")
def people_picker(
    url: str, name: str = "people", label: Text = "", help: Text = "", people: Iterable[Any] = (),
    ordered: bool = True, max: int = 20, options: str = "", usual: Any = None,  # noqa: FBT001, FBT002
) -> dict[str, Any]:  # fmt: skip
    """Choose people: type a name, the address book at ``url?q=`` answers with ``pli/people_options.html``.

    Sends one ``name``-contact, -name, -email, -mobile each a person, in the order shown. ``options``: a template of
    more fields, each with ``data-part``, that every person gets (``usual`` is at its hand); ``person.options`` gives
    them back.
    """
    return {
        "url": url, "name": name, "label": label, "help": help, "people": people, "ordered": ordered, "max": max,
        "options": options, "usual": usual,
    }  # fmt: skip


@register.inclusion_tag("pli/components/sort_header.html")
def sort_header(listing: Any, key: str, label: Text, css: str = "") -> dict[str, Any]:
    """A column's head that sorts by ``key``; ``listing`` is a ``pli.office.lists.Listing``."""
    return {"key": key, "label": label, "css": css, "url": listing.sort_url(key), "direction": listing.direction(key)}


@register.inclusion_tag("pli/components/pager.html")
def pager(listing: Any) -> dict[str, Any]:
    """Previous and next of a list paged by key."""
    return {"listing": listing}


@register.simple_tag
def select_all(label: Text = "", shown: bool = False) -> SafeString:  # noqa: FBT001, FBT002
    """The box in a list's head that ticks every row; with ``shown`` its words stand beside it."""
    return format_html(
        '<label class="tick{}"><input type="checkbox" class="form-check-input" data-select-all>'
        "<span{}>{}</span></label>",
        " tick-shown" if shown else "",
        "" if shown else mark_safe(' class="visually-hidden"'),
        label or _("Tout sélectionner"),
    )


@register.simple_tag
def select_row(value: Any, label: Text, form: str = "selection", kind: str = "") -> SafeString:
    """A row's box: belongs to the form ``selection`` of the selection bar; ``label`` names the row. ``kind``: what a
    dialog or a button of the bar may be for alone (``data-only-for``, ``data-ask-for``)."""
    return format_html(
        '<label class="tick"><input type="checkbox" class="form-check-input" name="selected" value="{}" form="{}"'
        ' data-select-row{}><span class="visually-hidden">{}</span></label>',
        value,
        form,
        format_html(' data-kind="{}"', kind) if kind else "",
        label,
    )


@register.simple_block_tag(takes_context=True)
def selection_bar(context: template.Context, content: str, action: str = "", form: str = "selection") -> str:
    """What can be done with the ticked rows: buttons between the tags, sent with ``selected`` to ``action``."""
    return render_to_string(
        "pli/components/selection_bar.html",
        {"content": content, "action": action, "form": form, "csrf_token": context.get("csrf_token")},
    )


@register.simple_block_tag
def panel(content: str, title: Text = "", icon: str = "", id: str = "", css: str = "") -> SafeString:
    """A sheet of paper on the desk: a titled part of a screen."""
    naming = format_html(' aria-labelledby="{}-title"', id) if id and title else ""
    head = (
        format_html(
            '<header class="panel-head">{}<h2{}>{}</h2></header>',
            draw_icon(icon) if icon else "",
            format_html(' id="{}-title"', id) if id else "",
            title,
        )
        if title
        else ""
    )
    return format_html(
        '<section class="panel {}"{}{}>{}<div class="panel-body">{}</div></section>',
        css,
        format_html(' id="{}"', id) if id else "",
        naming,
        head,
        conditional_escape(content),
    )
