"""Sources of scans: watched folders, drop accounts, mailboxes; a password is answered once, when it is made."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.utils.translation import gettext_noop
from ninja import Router, Schema, Status
from ninja.errors import ValidationError as Refused
from pydantic import Field, StringConstraints, ValidationError, field_validator

from pli.api.errors import FieldProblem, FieldsRefused
from pli.api.kept_problems import KeptProblem, tell_kept
from pli.api.problems import explain_exception
from pli.api.resources.choices import check_kind, check_recipe
from pli.api.schema import Line, Strict
from pli.api.security import ApiRequest, needs
from pli.capture.api import (
    SOURCE_READERS,
    FolderOptions,
    FtpOptions,
    GatewayOptions,
    InputSource,
    MailboxOptions,
    SftpOptions,
    SourceKind,
    SourceProblem,
    SourceSettings,
    change_source,
    clean_networks,
    create_source,
    door_of,
    folder_of,
    get_source,
    last_problems,
    mail_address,
    read_options,
    renew_source_secret,
    sftp_fingerprints,
    sources_for,
)

router = Router(tags=["sources"])
MOST_SOURCES = 500
Channel = Literal["FOLDER", "FTP", "SFTP", "IMAP", "MAIL"]
Name = Annotated[str, StringConstraints(min_length=1, max_length=60, strip_whitespace=True)]
Slug = Annotated[str, StringConstraints(max_length=40)]
Given = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Password = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Options = Annotated[
    dict[str, str | int | bool],
    Field(
        max_length=20,
        description="FOLDER: path (one the server's administrator opened; none: Pli's own), takes_subfolders,"
        " keeps_done, is_network. FTP: allows_plain. SFTP: none. IMAP: host, port, security (tls, starttls), user,"
        " mailbox, moves_to, takes_former. MAIL: networks",
    ),
]


class FolderIn(Strict):
    path: Annotated[str, StringConstraints(max_length=400)] = ""
    takes_subfolders: bool = False
    keeps_done: bool = False
    is_network: bool = False


class FtpIn(Strict):
    allows_plain: bool = False


class SftpIn(Strict):
    """Nothing to choose."""


class MailboxIn(Strict):
    host: Given
    port: int = Field(993, ge=1, le=65535)
    security: Literal["tls", "starttls"] = "tls"
    user: Given
    mailbox: Given = "INBOX"
    moves_to: Line = ""
    takes_former: bool = False


class GatewayIn(Strict):
    networks: Annotated[str, StringConstraints(max_length=400)] = ""

    @field_validator("networks")
    @classmethod
    def _is_narrow(cls, value: str) -> str:
        return clean_networks(value)


_ASKED: dict[SourceKind, tuple[type[Strict], type[Any]]] = {
    SourceKind.FOLDER: (FolderIn, FolderOptions),
    SourceKind.FTP: (FtpIn, FtpOptions),
    SourceKind.SFTP: (SftpIn, SftpOptions),
    SourceKind.IMAP: (MailboxIn, MailboxOptions),
    SourceKind.MAIL: (GatewayIn, GatewayOptions),
}


class SourceIn(Strict):
    channel: Channel
    name: Name
    kind: Slug = Field("other", description="slug of the kind of what arrives")
    recipe_id: UUID | None = Field(None, description="what arrives goes through it; null: what its kind says")
    asks_first: bool = Field(default=False, description="a person confirms each arrival before it goes on")
    options: Options = Field(default_factory=dict)
    password: Password | None = Field(None, description="of a mailbox, and of nothing else")


class SourceChange(Strict):
    name: Name | None = None
    kind: Slug | None = None
    recipe_id: UUID | None = Field(None, description="null: none any more")
    asks_first: bool | None = None
    options: Options | None = Field(None, description="those given change, the others stay")
    password: Password | None = Field(None, description="of a mailbox, and of nothing else")
    is_active: bool | None = Field(None, description="false: it takes nothing any more")


class SourceTrouble(KeptProblem):
    at: datetime | None


class PastProblem(SourceTrouble):
    at: datetime = Field(description="the last time")
    first_at: datetime
    times: int = Field(description="how often the same happened")
    file_name: str = Field(description="of what was refused or parked; empty when it was no file's")
    capture_id: UUID | None = Field(description="what was taken and parked; null when nothing was")


class ProblemList(Schema):
    items: list[PastProblem]


class SourceOut(Schema):
    id: UUID
    channel: Channel
    name: str
    kind: str
    recipe_id: UUID | None
    asks_first: bool
    is_active: bool
    member_id: UUID = Field(description="in whose name it files")
    options: dict[str, str | int | bool]
    login: str | None = Field(description="of a drop account")
    host: str | None = Field(description="where a drop account's sender connects to")
    port: int | None = Field(description="0: this door is closed on this server")
    address: str | None = Field(description="where scans are mailed to, for an address of the mail gateway")
    fingerprints: list[str] = Field(description="of the SFTP server")
    folder: str | None = Field(description="where a watched folder is on the server")
    last_received_at: datetime | None
    problem: SourceTrouble | None = Field(description="what it could not take, until something arrives again")
    created_at: datetime
    changed_at: datetime


class SourceWithSecret(SourceOut):
    secret: str | None = Field(description="the password of a drop account, shown this once; null for the others")


class SourceList(Schema):
    items: list[SourceOut]


@router.get("/sources", response=SourceList, summary="List the sources of scans", **needs("sources:read"))
def list_all(request: ApiRequest) -> Any:
    """The organisation's, by name; for administrators, managers and auditors."""
    actor = request.auth.actor
    actor.require(*SOURCE_READERS)
    return {"items": [_show(one) for one in sources_for(actor).order_by("name")[:MOST_SOURCES]]}


@router.post("/sources", response={201: SourceWithSecret}, summary="Add a source", **needs("sources:write"))
def create(request: ApiRequest, body: SourceIn) -> Any:
    """It files in the name of the token's member. The answer holds a drop account's password, shown this once (and
    again under the same Idempotency-Key)."""
    actor, channel = request.auth.actor, SourceKind(body.channel)
    actor.require_writer()
    if channel == SourceKind.IMAP and body.password is None:
        raise FieldsRefused([FieldProblem("password", "missing", gettext_noop("Ce champ est obligatoire."))])
    _check_password(channel, body.password)
    chosen = SourceSettings(
        body.name,
        _read_options(channel, body.options),
        kind=check_kind(actor, body.kind),
        asks_first=body.asks_first,
        recipe_id=check_recipe(actor, body.recipe_id),
    )
    source, secret = create_source(actor, chosen=chosen, password=body.password or "")
    return Status(201, {**_show(source), "secret": secret or None})


@router.get("/sources/{source_id}", response=SourceOut, summary="Read a source", **needs("sources:read"))
def read(request: ApiRequest, source_id: UUID) -> Any:
    """Its settings, where its sender connects to, its last trouble; never a password."""
    request.auth.actor.require(*SOURCE_READERS)
    return _show(get_source(request.auth.actor, source_id))


@router.get(
    "/sources/{source_id}/problems",
    response=ProblemList,
    summary="List a source's last problems",
    **needs("sources:read"),
)
def list_problems(request: ApiRequest, source_id: UUID) -> Any:
    """The last twenty, newest first: what could not be taken, and what was taken and parked. The same again is one,
    counted."""
    request.auth.actor.require(*SOURCE_READERS)
    found = last_problems(get_source(request.auth.actor, source_id))
    return {"items": [_tell(one) for one in found]}


@router.patch("/sources/{source_id}", response=SourceOut, summary="Change a source", **needs("sources:write"))
def update(request: ApiRequest, source_id: UUID, body: SourceChange) -> Any:
    """Only the fields given change; `is_active` switches it off and on. What was received already goes on."""
    actor = request.auth.actor
    actor.require(*SOURCE_READERS)
    source = get_source(actor, source_id)
    channel, given = SourceKind(source.channel), body.model_fields_set
    _check_password(channel, body.password)
    saved = read_options(_ASKED[channel][1], source.options)
    chosen = SourceSettings(
        body.name or source.name,
        _read_options(channel, {**_options_of(source), **body.options}) if body.options is not None else saved,
        kind=check_kind(actor, body.kind) if body.kind is not None else source.kind,
        asks_first=source.asks_first if body.asks_first is None else body.asks_first,
        recipe_id=check_recipe(actor, body.recipe_id, kept=source.recipe_id)
        if "recipe_id" in given
        else source.recipe_id,
    )
    changed = change_source(
        actor,
        source_id,
        chosen=chosen if given - {"is_active", "password"} else None,
        is_active=body.is_active,
        password=body.password or "",
    )
    return _show(changed)


@router.post(
    "/sources/{source_id}/renew-secret",
    response=SourceWithSecret,
    summary="Renew a drop account's password",
    **needs("sources:write"),
)
def renew(request: ApiRequest, source_id: UUID) -> Any:
    """A new password, shown this once; the former one is refused at once. 404 for a folder or a mailbox."""
    request.auth.actor.require(*SOURCE_READERS)
    source, secret = renew_source_secret(request.auth.actor, source_id)
    return {**_show(source), "secret": secret}


def _check_password(channel: SourceKind, password: str | None) -> None:
    if password is not None and channel != SourceKind.IMAP:
        sentence = gettext_noop("Seule une boîte aux lettres a un mot de passe choisi : Pli fait celui d’un compte.")
        raise FieldsRefused([FieldProblem("password", "extra_forbidden", sentence)])


def _read_options(channel: SourceKind, given: dict[str, Any]) -> Any:
    asked, options = _ASKED[channel]
    try:
        read = asked.model_validate(given).model_dump()
    except ValidationError as error:
        findings = [{**item, "loc": ("body", "body", "options", *item["loc"])} for item in error.errors()]
        raise explain_exception(Refused(findings)) from None
    if channel == SourceKind.FOLDER:
        read["is_network"] = bool(read["path"] and read["is_network"])
    return options(**read)


def _options_of(source: InputSource) -> dict[str, Any]:
    asked = _ASKED[SourceKind(source.channel)][0]
    return {name: value for name, value in source.options.items() if name in asked.model_fields}


def _show(source: InputSource) -> dict[str, Any]:
    channel = SourceKind(source.channel)
    door = door_of(channel)
    return {
        **{name: getattr(source, name) for name in ("id", "name", "kind", "recipe_id", "asks_first", "is_active")},
        **{name: getattr(source, name) for name in ("member_id", "login", "last_received_at", "created_at")},
        "channel": source.channel,
        "changed_at": source.changed_at,
        "options": _options_of(source),
        "host": door.host if door else None,
        "port": door.port if door else None,
        "address": mail_address(source.login) if channel == SourceKind.MAIL else None,
        "fingerprints": sftp_fingerprints() if channel == SourceKind.SFTP else [],
        "folder": str(folder_of(source)) if channel == SourceKind.FOLDER else None,
        "problem": {**tell_kept(source.problem_code, source.problem), "at": source.problem_at}
        if source.problem_code
        else None,
    }


def _trouble(source: InputSource) -> dict[str, Any]:
    return {**tell_kept(source.problem_code, source.problem), "at": source.problem_at}


def _tell(one: SourceProblem) -> dict[str, Any]:
    told = {name: getattr(one, name) for name in ("first_at", "times", "file_name", "capture_id")}
    return {**tell_kept(one.problem_code, one.problem), **told, "at": one.last_at}
