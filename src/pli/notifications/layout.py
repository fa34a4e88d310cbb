"""The look of an e-mail: one column, one button, readable without images, in the dark, and on any reader."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from pli.notifications.merge import CODE, LINK, MASK, Segment

INK = "#1f3a8a"
_FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
_TEXT = f"margin:0 0 16px;{_FONT};font-size:16px;line-height:1.55;color:#22262f"
_SMALL = f"margin:0 0 16px;{_FONT};font-size:13px;line-height:1.5;color:#5a6172;overflow-wrap:anywhere"
_HEAD = """<style>
@media (prefers-color-scheme: dark) {
.p-back{background:#14161c !important}.p-card{background:#1d2129 !important;border-color:#333947 !important}
.p-text,.p-name,.p-code{color:#e9ebf0 !important}.p-small,.p-small a{color:#a9b0c0 !important}
.p-code{background:#2a303c !important}}
@media (max-width:480px){.p-pad{padding:24px 20px !important}.p-button{display:block !important;text-align:center}}
</style>"""
_WORDS = {
    "fr": ("Si le bouton ne fonctionne pas, copiez cette adresse dans votre navigateur :", "Message automatique de"),
    "en": ("If the button does not work, copy this address into your browser:", "Automatic message from"),
}


@dataclass(frozen=True)
class Look:
    """How an organisation's e-mails look. ``logo`` is the address of its image (``cid:logo`` in a mail), or empty."""

    organisation: str
    colour: str
    language: str
    button: str
    logo: str = ""


def mail_html(segments: Sequence[Segment], secrets: Mapping[str, str] | None, look: Look, *, title: str) -> str:
    """The HTML body, built from the plain text: paragraphs, a button for a link on its own line, a code writ large.

    Without ``secrets`` they are masked and the button leads nowhere. Every value is escaped.
    """
    colour = look.colour if re.fullmatch(r"#[0-9a-fA-F]{6}", look.colour) else INK
    name = html.escape(look.organisation)
    top = (
        f'<img src="{html.escape(look.logo)}" alt="{name}" height="40" style="height:40px;border:0">'
        if look.logo
        else f'<span class="p-name" style="{_FONT};font-size:18px;font-weight:600;color:#22262f">{name}</span>'
    )
    body = "\n".join(_blocks(segments, secrets, look, colour))
    foot = f"{_WORDS[look.language][1]} {name}"
    return f"""<!DOCTYPE html>
<html lang="{look.language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">
<title>{html.escape(title)}</title>{_HEAD}</head>
<body class="p-back" style="margin:0;padding:0;background:#f6f5f2">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" class="p-back" style="background:#f6f5f2"><tr>
<td align="center" style="padding:24px 12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:600px"><tr>
<td class="p-card p-pad" style="background:#ffffff;border:1px solid #e4e2dc;border-radius:8px;padding:32px 40px">
<div style="border-bottom:3px solid {colour};padding:0 0 16px;margin:0 0 24px">{top}</div>
<div role="article" lang="{look.language}">
{body}
</div></td></tr><tr><td style="padding:16px 12px 0">
<p class="p-small" style="{_SMALL};text-align:center">{foot}</p></td></tr></table></td></tr></table></body></html>"""


def _blocks(segments: Sequence[Segment], secrets: Mapping[str, str] | None, look: Look, colour: str) -> list[str]:
    blocks: list[str] = []
    paragraph = ""

    def close() -> None:
        nonlocal paragraph
        if paragraph.strip():
            blocks.append(f'<p class="p-text" style="{_TEXT}">{paragraph.strip().replace(chr(10), "<br>")}</p>')
        paragraph = ""

    for number, segment in enumerate(segments):
        if segment.kind == "text":
            first, *others = re.split(r"\n{2,}", segment.value)
            paragraph += html.escape(first)
            for other in others:
                close()
                paragraph = html.escape(other)
            continue
        value = secrets.get(segment.value, "") if segment.kind == "secret" and secrets is not None else segment.value
        is_masked = segment.kind == "secret" and secrets is None
        follows = segments[number + 1].value if number + 1 < len(segments) else "\n"
        stands_alone = (not paragraph.strip() or paragraph.endswith("\n")) and follows.startswith("\n")
        if stands_alone and (segment.kind == "link" or segment.value in (LINK, CODE)):
            close()
            is_code = segment.kind == "secret" and segment.value == CODE
            blocks += (
                [_code(MASK if is_masked else value)] if is_code else _button(value, look, colour, is_masked=is_masked)
            )
        else:
            paragraph += f"<strong>{html.escape(MASK if is_masked else value)}</strong>"
    close()
    return blocks


def _code(value: str) -> str:
    style = f"display:inline-block;margin:0 0 16px;padding:12px 20px;background:#f0efeb;border-radius:8px;{_FONT}"
    large = "font-size:28px;font-weight:600;letter-spacing:4px;color:#22262f"
    return f'<p style="margin:0"><span class="p-code" style="{style};{large}">{html.escape(value)}</span></p>'


def _button(value: str, look: Look, colour: str, *, is_masked: bool) -> list[str]:
    """The button and, below, the address to copy; an address that is not http(s) is shown as text only."""
    shown = html.escape(MASK if is_masked else value)
    small = f'<p class="p-small" style="{_SMALL}">{_WORDS[look.language][0]}<br>{shown}</p>'
    if not is_masked and urlsplit(value).scheme not in ("http", "https"):
        return [f'<p class="p-text" style="{_TEXT}">{shown}</p>']
    target = "" if is_masked else f' href="{html.escape(value)}"'
    style = (
        f"display:inline-block;padding:14px 28px;background:{colour};color:{_readable_on(colour)};border-radius:8px;"
        f"{_FONT};font-size:16px;font-weight:600;text-decoration:none"
    )
    label = html.escape(look.button or ("Open" if look.language == "en" else "Ouvrir"))
    return [f'<p style="margin:8px 0 24px"><a class="p-button"{target} style="{style}">{label}</a></p>', small]


def _readable_on(colour: str) -> str:
    """White or near-black, whichever contrasts more with ``colour`` (WCAG 2.2 relative luminance)."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#ffffff" if 1.05 / (luminance + 0.05) >= (luminance + 0.05) / 0.0602 else "#14161c"
