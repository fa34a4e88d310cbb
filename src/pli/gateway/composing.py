"""The bytes that leave for one recipient: the message as it came, or with its few lines at the top."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import translation
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pli.documents.api import existing_blob_path
from pli.gateway.letters import Opened, opened
from pli.gateway.mime.heads import encode_field, parse_head, replace_field
from pli.gateway.mime.notes import Edit, Note, apply_edits, escape, put_on_top, wrap
from pli.gateway.mime.tree import Part, walk
from pli.gateway.models import MailMessage, MailRecipient
from pli.gateway.sealing import open_links, own_mark
from pli.gateway.sharing import is_files_link
from pli.gateway.tracked.consent import not_registered
from pli.gateway.tracked.sending import is_tracked_link
from pli.kit.clock import PARIS

MARK = "X-Pli-Gateway"
_BUTTON = (
    "display:inline-block;padding:10px 18px;border-radius:8px;background:#1f3a8a;color:#ffffff;text-decoration:none"
)
_FRAME = "margin:0 0 16px 0;padding:0 0 16px 0;border-bottom:1px solid #c9c4bb;font-family:sans-serif;font-size:15px"


def compose(message: MailMessage, recipient: MailRecipient) -> bytes:
    """The same bytes however often it is asked: an ambiguous sending is repeated under the same Message-ID.

    :raises LinkLost: when its link can't be read any more; :raises BlobMissing: when its bytes are gone.
    """
    path = existing_blob_path(message.blob_id)
    if not message.tag or recipient.inbox_id:
        return path.read_bytes()
    links = open_links(recipient)
    with opened(path) as content, translation.override(message.organisation.language):
        note = _join([_note(message, content.subject, link) for link in links])
        shared = [str(part) for part in message.plan.get("shared", [])]
        boundary = f"pli-{recipient.id.hex}"
        if note and message.plan.get("tracked") and not shared:
            # What is tracked is read on its page: the notice leaves in its place.
            return _note_alone(_head(content, message), note, boundary=boundary)
        return _rewrite(content, message, note, shared, boundary=boundary)


def _rewrite(
    content: Opened, message: MailMessage, note: Note | None, shared: Sequence[str], *, boundary: str
) -> bytes:
    head = Edit(0, content.root.body, _head(content, message))
    gone = [part for part in content.root.leaves() if part.number in shared]
    if note and gone and len(gone) == len(list(content.root.leaves())):
        # Nothing of it stays: the note is the whole message.
        return _note_alone(head.new, note, boundary=boundary)
    removals = [Edit(*part.cut, b"") for part in gone]
    if note is None:
        return apply_edits(content.content, content.length, [head, *removals])
    kept = [] if _is_text_gone(content.root, shared) else put_on_top(content.content, content.root, note)
    if kept:
        return apply_edits(content.content, content.length, [head, *removals, *kept])
    changed = apply_edits(content.content, content.length, [head, *removals])
    return wrap(changed, walk(changed, len(changed)), note, boundary=boundary)


def _note_alone(head: bytes, note: Note, *, boundary: str) -> bytes:
    emptied = _without_body(head)
    return wrap(emptied, walk(emptied, len(emptied)), note, boundary=boundary)


def _is_text_gone(root: Part, shared: Sequence[str]) -> bool:
    first = next(root.leaves())
    return first.number in shared


def _head(content: Opened, message: MailMessage) -> bytes:
    head = bytes(content.content[: content.root.body])
    head = replace_field(head, "Subject", content.subject)
    if "Message-ID" not in parse_head(head):
        domain = message.sender.rpartition("@")[2] or "pli.invalid"
        head = encode_field("Message-ID", f"<{message.id}@{domain}>") + head
    return encode_field(MARK, own_mark()) + head


def _without_body(head: bytes) -> bytes:
    from pli.gateway.mime.heads import split_fields

    others, _own = split_fields(head, frozenset({"content-type", "content-transfer-encoding", "content-disposition"}))
    return others + b"\r\n"


def _join(notes: Sequence[Note]) -> Note | None:
    if not notes:
        return None
    return Note("".join(one.text for one in notes), "".join(one.html for one in notes))


def _note(message: MailMessage, subject: str, link: str) -> Note:
    if is_tracked_link(link):
        return _tracked_note(message, subject, link)
    if is_files_link(link):
        return _files_note(message, link)
    return _signature_note(message, subject, link)


def _signature_note(message: MailMessage, subject: str, link: str) -> Note:
    title = subject or str(message.plan.get("title", "")) or _("un document")
    ask = _("Un document vous est envoyé pour signature : %(title)s") % {"title": title}
    button = _("Lire et signer")
    warning = _("Ce lien vous est personnel : ne transférez pas ce message.")
    text = f"{ask}\n{button} :\n{link}\n{warning}\n\n--------------------\n\n"
    return Note(text, _frame([ask], button, link, warning))


def _files_note(message: MailMessage, link: str) -> Note:
    files = list(message.files.order_by("id").select_related("blob"))
    head = ngettext("%(count)d fichier à télécharger :", "%(count)d fichiers à télécharger :", len(files))
    ask = head % {"count": len(files)}
    lines = [f"- {one.file_name} ({readable_size(one.blob.size)})" for one in files]
    until = min(one.expires_at for one in files).astimezone(PARIS)
    warning = _("Le lien est valable jusqu’au %(date)s.") % {"date": f"{until:%d/%m/%Y}"}
    button = _("Télécharger")
    text = "\n".join([ask, *lines, f"{button} :", link, warning, "", "--------------------", "", ""])
    return Note(text, _frame([ask, *lines], button, link, warning))


def _tracked_note(message: MailMessage, subject: str, link: str) -> Note:
    name = message.organisation.name
    ask = _("%(sender)s vous adresse un envoi électronique suivi avec preuves : %(title)s") % {
        "sender": f"{message.sender} ({name})",
        "title": subject or _("(sans objet)"),
    }
    term = _("Il vous attend pendant 15 jours. Vous pouvez le recevoir ou le refuser ; l’expéditeur en est informé.")
    button = _("Ouvrir l’envoi")
    warning = _("Ce lien vous est personnel : ne transférez pas ce message.")
    law = not_registered(message.organisation.language)
    text = "\n".join([ask, term, f"{button} :", link, warning, law, "", "--------------------", "", ""])
    return Note(text, _frame([ask, term], button, link, f"{warning} {law}"))


def _frame(lines: Sequence[str], button: str, link: str, warning: str) -> str:
    said = "<br>\n".join(escape(line) for line in lines)
    return (
        f'<div style="{_FRAME}">\n<p>{said}</p>\n'
        f'<p><a href="{escape(link)}" style="{_BUTTON}">{escape(button)}</a></p>\n'
        f'<p style="font-size:13px;color:#5f5b53">{escape(warning)}<br>\n{escape(link)}</p>\n</div>\n'
    )


def readable_size(size: int) -> str:
    """A size as a person says it: 812 Mo."""
    unit, value = _("octets"), float(size)
    for name in (_("Ko"), _("Mo"), _("Go")):
        if value < 1000:
            break
        unit, value = name, value / 1000
    return f"{value:.0f} {unit}" if value >= 10 or value == int(value) else f"{number_format(value, 1)} {unit}"
