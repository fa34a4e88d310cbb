"""Making and changing sources of scans, and who may."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from pli.capture import events
from pli.capture.errors import SourceNameTaken
from pli.capture.models import InputSource
from pli.capture.sources.folders import check_folder, name_folder
from pli.capture.sources.options import FolderOptions, MailboxOptions, Options, read_options, write_options
from pli.capture.sources.secrets import seal_secret
from pli.capture.states import SourceKind
from pli.documents.api import clean_title, kinds_of
from pli.journal.api import EventType, record
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import NotFound
from pli.kit.ids import new_id
from pli.kit.passwords import new_login, new_secret
from pli.parties.api import Actor, Role, StaffActor

SOURCE_READERS = (Role.ADMIN, Role.MANAGER, Role.AUDITOR)
CHANGERS = (Role.ADMIN, Role.MANAGER)


@dataclass(frozen=True)
class SourceSettings:
    """What a person chooses of a source."""

    name: str
    options: Options
    kind: str = "other"
    asks_first: bool = False
    recipe_id: UUID | None = None
    """What arrives goes through it; None: what its kind says. The caller has found it for the actor."""


def sources_for(actor: Actor) -> QuerySet[InputSource]:
    """The organisation's sources, for those who look after them."""
    if not isinstance(actor, StaffActor) or actor.role not in SOURCE_READERS:
        return InputSource.objects.none()
    return InputSource.objects.filter(organisation_id=actor.organisation_id).select_related("member__account")


def troubled_sources() -> int:
    """How many sources of the whole installation have a problem nobody has seen to, for the doctor."""
    return InputSource.objects.filter(is_active=True).exclude(problem_code="").count()


def sources_in_trouble(actor: Actor) -> list[InputSource]:
    """The sources that could not take something, the newest problem first: for « À traiter »."""
    return list(sources_for(actor).filter(is_active=True).exclude(problem_code="").order_by("-problem_at")[:50])


@transaction.atomic
def dismiss_problem(actor: StaffActor, source_id: UUID) -> None:
    """Somebody has seen to what a source complained of.

    :raises NotFound, NotAllowed: when it is not theirs to change.
    """
    source = _lock(actor, source_id)
    source.problem_code, source.problem, source.problem_at = "", {}, None
    source.save()


def get_source(actor: Actor, source_id: UUID) -> InputSource:
    """:raises NotFound: when it does not exist for this actor."""
    found = sources_for(actor).select_related("organisation").filter(id=source_id).first()
    if found is None:
        raise NotFound
    return found


@transaction.atomic
def create_source(
    actor: StaffActor, *, chosen: SourceSettings, password: str = "", clock: Clock = SYSTEM_CLOCK
) -> tuple[InputSource, str]:
    """A source that files in its maker's name, and its password when Pli made one: it is never shown again.

    ``password``: a mailbox's own.

    :raises NotAllowed: for others than administrators and managers; :raises SourceNameTaken.
    :raises FolderRefused: for a folder that may not be watched; :raises NotFound: for a kind that is not there.
    """
    actor.require(*CHANGERS)
    identity, secret = new_id(), ""
    source = InputSource(
        id=identity,
        organisation_id=actor.organisation_id,
        member_id=actor.member_id,
        channel=chosen.options.channel,
        created_at=clock.now(),
        changed_at=clock.now(),
    )
    if source.channel in (SourceKind.FTP, SourceKind.SFTP, SourceKind.MAIL):
        source.login = new_login(chosen.name)
        secret, source.secret_digest = new_secret()
    _apply(source, chosen)
    if source.channel == SourceKind.IMAP:
        source.secret_sealed = seal_secret(identity, password)
    _save(source)
    _tell(events.SOURCE_CREATED, source, actor, clock, member_id=str(source.member_id))
    return source, secret


@transaction.atomic
def change_source(
    actor: StaffActor,
    source_id: UUID,
    *,
    chosen: SourceSettings | None = None,
    is_active: bool | None = None,
    takes_over: bool = False,
    password: str = "",
    clock: Clock = SYSTEM_CLOCK,
) -> InputSource:
    """Other settings, switched off and on, or taken over in the actor's name; what was received goes on.

    :raises NotFound, NotAllowed: when it is not theirs to change; otherwise as :func:`create_source`.
    """
    source = _lock(actor, source_id)
    if chosen is not None:
        _apply(source, chosen)
    if is_active is not None:
        source.is_active = is_active
    if takes_over:
        source.member_id = actor.member_id
    if password and source.channel == SourceKind.IMAP:
        source.secret_sealed = seal_secret(source.id, password)
    source.changed_at = clock.now()
    source.problem_code, source.problem, source.problem_at = "", {}, None
    _save(source)
    _tell(
        events.SOURCE_CHANGED, source, actor, clock, member_id=str(source.member_id), is_active=source.is_active
    )  # fmt: skip
    return source


@transaction.atomic
def renew_source_secret(actor: StaffActor, source_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> tuple[InputSource, str]:
    """A new password of a drop account; from the commit on the former one is refused.

    :raises NotFound: for another kind of source, or when it is not theirs to change; :raises NotAllowed.
    """
    source = _lock(actor, source_id)
    if not source.login:
        raise NotFound
    secret, source.secret_digest = new_secret()
    source.changed_at = clock.now()
    source.save()
    record(
        events.SOURCE_SECRET_RENEWED,
        organisation_id=source.organisation_id,
        subject=("source", source.id),
        actor=actor.reference,
        data={"channel": source.channel},
        clock=clock,
    )
    return source, secret


def _lock(actor: StaffActor, source_id: UUID) -> InputSource:
    get_source(actor, source_id)
    actor.require(*CHANGERS)
    return InputSource.objects.select_for_update(of=("self",)).select_related("organisation").get(id=source_id)


def _apply(source: InputSource, chosen: SourceSettings) -> None:
    options = chosen.options
    if chosen.kind not in {kind.slug for kind in kinds_of(source.organisation_id)} or (
        options.channel != source.channel
    ):
        raise NotFound
    source.name = clean_title(chosen.name)[:60]
    source.kind, source.asks_first, source.recipe_id = chosen.kind, chosen.asks_first, chosen.recipe_id
    if isinstance(options, FolderOptions):
        former = read_options(FolderOptions, source.options)
        options = replace(options, folder=former.folder or name_folder(source.name, source.id))
        source.options = write_options(options)
        check_folder(source)
        return
    if isinstance(options, MailboxOptions):
        before = read_options(MailboxOptions, source.options)
        if (before.host, before.user, before.mailbox) != (options.host, options.user, options.mailbox):
            source.position = {}
    source.options = write_options(options)


def _save(source: InputSource) -> None:
    try:
        with transaction.atomic():
            source.save()
    except IntegrityError:
        raise SourceNameTaken(name=source.name) from None


def _tell(kind: EventType, source: InputSource, actor: StaffActor, clock: Clock, **more: object) -> None:
    record(
        kind,
        organisation_id=source.organisation_id,
        subject=("source", source.id),
        actor=actor.reference,
        data={
            "channel": source.channel,
            "kind": source.kind,
            "asks_first": source.asks_first,
            "recipe_id": str(source.recipe_id) if source.recipe_id else None,
            "name": source.name,
            **more,
        },
        clock=clock,
    )
