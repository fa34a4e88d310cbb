"""An organisation's own wording of messages: what may be written, saving, going back to Pli's own, trying it out."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import transaction
from django.utils.translation import gettext as _

from pli.journal.api import record
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import NotFound
from pli.notifications.catalogue import FIELDS, KINDS, LANGUAGES, SECRET_FIELDS, NoticeKind, shown
from pli.notifications.compose import TITLE_LIMIT, Wording, compose, text_digest, values_for, wording_of
from pli.notifications.defaults import DEFAULTS
from pli.notifications.errors import UnableToSaveTemplate
from pli.notifications.events import TEMPLATE_CHANGED
from pli.notifications.layout import mail_html
from pli.notifications.merge import FIELD, as_text, canonical, is_secret_exposed, names_in
from pli.notifications.models import Channel, Message, TemplateOverride
from pli.notifications.outgoing import look_of
from pli.notifications.sms import MAX_SEGMENTS, count_segments, is_gsm7
from pli.parties.api import Organisation, Role, StaffActor

TEXT_LIMIT = {Channel.EMAIL: 10_000, Channel.SMS: 400}


@dataclass(frozen=True)
class TemplateKey:
    """Which wording: of which message, by which channel, in which language."""

    slug: str
    channel: str
    language: str

    @property
    def kind(self) -> NoticeKind:
        return KINDS[self.slug]


@dataclass(frozen=True)
class TemplateLine:
    """One line of the list of templates."""

    key: TemplateKey
    is_own: bool


@dataclass(frozen=True)
class Preview:
    """A wording filled with sample values; ``reasons`` says why it can't be saved, if it can't."""

    title: str
    text: str
    html: str
    segments: int
    characters: int
    is_plain_sms: bool
    reasons: list[str] = field(default_factory=list)


def template_key(slug: str, channel: str, language: str) -> TemplateKey:
    """The key of a wording Pli has.

    :raises NotFound: when it has none.
    """
    if slug not in KINDS or language not in LANGUAGES or not KINDS[slug].has_channel(channel):
        raise NotFound
    return TemplateKey(slug, channel, language)


def list_templates(actor: StaffActor) -> list[TemplateLine]:
    """Every wording, in the order of the catalogue, saying which are the organisation's own."""
    rows = TemplateOverride.objects.filter(organisation_id=actor.organisation_id)
    own = set(rows.values_list("template", "channel", "language"))
    keys = [
        TemplateKey(slug, channel, language)
        for slug, kind in KINDS.items()
        for channel in Channel.values
        if kind.has_channel(channel)
        for language in LANGUAGES
    ]
    return [TemplateLine(key, (key.slug, key.channel, key.language) in own) for key in keys]


def allowed_fields(key: TemplateKey) -> list[str]:
    """The fields a wording may use, as people write them, in the order of the screen."""
    return [shown(name) for name in FIELDS if name in key.kind.fields]


def check_template(key: TemplateKey, title: str, text: str) -> list[str]:
    """Why a wording can't be used, in plain sentences; empty when it can."""
    reasons = []
    unknown = [m[0] for m in FIELD.finditer(f"{title}\n{text}") if canonical(m[1]) not in key.kind.fields]
    if unknown:
        reasons.append(_("champ inconnu pour ce message : %(names)s.") % {"names": ", ".join(dict.fromkeys(unknown))})
    missing = [shown(name) for name in sorted(key.kind.needs) if name not in names_in(text)]
    if missing:
        reasons.append(_("il manque %(names)s, sans quoi le message ne sert à rien.") % {"names": ", ".join(missing)})
    if set(names_in(title)) & SECRET_FIELDS:
        reasons.append(_("l’objet ne peut contenir ni lien ni code : il s’affiche sur les écrans verrouillés."))
    if is_secret_exposed(text, SECRET_FIELDS):
        reasons.append(_("le lien et le code doivent être seuls, séparés du reste par un espace ou une ligne."))
    if key.channel == Channel.EMAIL and not title.strip():
        reasons.append(_("l’objet est vide."))
    if "\n" in title.strip() or len(title) > TITLE_LIMIT:
        reasons.append(_("l’objet doit tenir sur une ligne de %(count)d caractères.") % {"count": TITLE_LIMIT})
    if not text.strip():
        reasons.append(_("le texte est vide."))
    if len(text) > TEXT_LIMIT[Channel(key.channel)]:
        limit = TEXT_LIMIT[Channel(key.channel)]
        reasons.append(_("le texte dépasse %(count)d caractères.") % {"count": limit})
    if key.channel == Channel.SMS and count_segments(FIELD.sub("", text)) > MAX_SEGMENTS - 1:
        reasons.append(_("le texte est trop long pour un SMS."))
    return reasons


def save_template(actor: StaffActor, key: TemplateKey, *, title: str, text: str, clock: Clock = SYSTEM_CLOCK) -> None:
    """Make this wording the organisation's own for messages asked for from now on.

    :raises NotAllowed: unless the actor is an administrator.
    :raises UnableToSaveTemplate: with the reasons and the fields that may be used.
    """
    actor.require(Role.ADMIN)
    text = text.replace("\r\n", "\n").replace("\x00", "").strip()
    title = title.replace("\x00", "").strip() if key.channel == Channel.EMAIL else ""
    if reasons := check_template(key, title, text):
        raise UnableToSaveTemplate(reasons=" ".join(reasons), allowed=" ".join(allowed_fields(key)))
    with transaction.atomic():
        TemplateOverride.objects.update_or_create(
            organisation_id=actor.organisation_id, template=key.slug, channel=key.channel, language=key.language,
            defaults={"title": title, "text": text, "changed_by": actor.reference, "changed_at": clock.now()},
        )  # fmt: skip
        _tell(actor, key, text_digest(title, text), clock)


def restore_template(actor: StaffActor, key: TemplateKey, *, clock: Clock = SYSTEM_CLOCK) -> None:
    """Go back to Pli's own wording; nothing happens when it is already in force.

    :raises NotAllowed: unless the actor is an administrator.
    """
    actor.require(Role.ADMIN)
    with transaction.atomic():
        gone, _rows = TemplateOverride.objects.filter(
            organisation_id=actor.organisation_id, template=key.slug, channel=key.channel, language=key.language
        ).delete()
        if gone:
            _tell(actor, key, "", clock)


def _tell(actor: StaffActor, key: TemplateKey, digest: str, clock: Clock) -> None:
    data = {"template": key.slug, "channel": key.channel, "language": key.language, "text_sha256": digest}
    subject = ("organisation", actor.organisation_id)
    record(
        TEMPLATE_CHANGED, organisation_id=actor.organisation_id, subject=subject, actor=actor.reference,
        data=data, clock=clock,
    )  # fmt: skip


def preview_template(actor: StaffActor, key: TemplateKey, *, title: str, text: str) -> Preview:
    """A wording with sample values: what a recipient would get. Unknown fields simply stay empty."""
    organisation = Organisation.objects.get(id=actor.organisation_id)
    samples = sample_values(organisation)
    secrets = {name: samples.pop(name) for name in SECRET_FIELDS & set(key.kind.fields)}
    wording = Wording(title[: TITLE_LIMIT * 2], text[: TEXT_LIMIT[Channel(key.channel)]], is_own=True)
    values = values_for(
        samples, organisation=organisation, to_name=samples["destinataire"], language=key.language, clock=SYSTEM_CLOCK
    )
    reasons = check_template(key, title, text)
    try:
        made = compose(key.kind, wording, channel=key.channel, values=values, secrets=secrets)
    except ValueError:
        return Preview(title, text, "", 0, len(text), is_plain_sms=False, reasons=reasons)
    shown_text = as_text(made.body, secrets)
    look = look_of(organisation, template=key.slug, language=key.language)
    html = mail_html(made.body, secrets, look, title=made.title) if key.channel == Channel.EMAIL else ""
    return Preview(
        made.title, shown_text, html, made.segments, len(shown_text), is_plain_sms=is_gsm7(shown_text), reasons=reasons
    )


def sample_values(organisation: Organisation) -> dict[str, str]:
    """The sample value of every field, the organisation's own name among them."""
    return {**{name: value for name, (_label, value) in FIELDS.items()}, "societe": organisation.name}


def fields_help(key: TemplateKey) -> list[tuple[str, str]]:
    """Each field a wording may use with its sample value, for the screen."""
    return [(shown(name), FIELDS[name][1]) for name in FIELDS if name in key.kind.fields]


def wording_in_force(actor: StaffActor, key: TemplateKey) -> Wording:
    """The wording the actor's organisation uses today."""
    return wording_of(actor.organisation_id, key.slug, key.channel, key.language)


def default_wording(key: TemplateKey) -> Wording:
    """Pli's own wording."""
    title, text = DEFAULTS[key.slug, key.channel, key.language]
    return Wording(title, text, is_own=False)


def template_name(message: Message) -> str:
    """What people call this message, also for a slug that has left the catalogue."""
    kind = KINDS.get(message.template)
    return str(kind.name) if kind else message.template
