"""Places drawn, signing templates, sendings from a list, public forms: who may do what there."""

from __future__ import annotations

from tests.matrix.people import Who
from tests.matrix.rules import (
    ADMIN,
    EVERYBODY,
    MANAGERS,
    TOKEN_ADMIN,
    TOKEN_WRITERS,
    WRITERS,
    Methods,
    Rule,
    staff,
    staffs,
    token,
    tokens,
)

_VISITOR = {"name": "Max", "email": "max@visiteur.example", "field-0": "Lyon"}
_ROLE = {"name": "Client", "side": "left"}
_SAVED = {"name": "Un autre", "roles": [_ROLE]}

TEMPLATES: dict[str, Methods] = {
    "signatures:places": {"GET": staff(WRITERS)},
    "settings:mark-side": {"POST": staff(ADMIN, side="left")},
    "settings:kind-side": {"POST": staffs(ADMIN, side="left")},
    "documents:folder-side": {"POST": staffs(MANAGERS, side="left")},
    "signatures:templates": {"GET": staff()},
    "signatures:template-new": {"GET": staff(WRITERS), "POST": staff(WRITERS)},
    "signatures:template": {"GET": staffs(), "POST": staffs(WRITERS)},
    "signatures:template-archive": {"POST": staffs(WRITERS)},
    "signatures:template-use": {"GET": staffs(WRITERS), "POST": staffs(WRITERS)},
    "signatures:form-open": {"POST": staffs(WRITERS)},
    "signatures:form-close": {"POST": staffs(WRITERS)},
    "public-form:show": {"GET": EVERYBODY, "POST": Rule("all", frozenset(Who), fields=_VISITOR)},
    "public-form:sent": {"GET": EVERYBODY},
    "signatures:list-new": {"GET": staffs(WRITERS), "POST": staffs(WRITERS)},
    "signatures:list-columns": {"GET": staffs(WRITERS), "POST": staffs(WRITERS)},
    "signatures:list-show": {"GET": staffs()},
    "signatures:list-progress": {"GET": staffs()},
    "signatures:list-confirm": {"POST": staffs(WRITERS)},
    "signatures:list-cancel": {"POST": staffs(WRITERS)},
    "signatures:list-resume": {"POST": staffs(WRITERS)},
    "signatures:list-result": {"GET": staffs()},
    "api/v1/mark-sides": {"GET": token()},
    "api/v1/folders/<folder_id>/mark-side": {"PUT": tokens(TOKEN_ADMIN, side="left")},
    "api/v1/document-kinds/<kind_id>/mark-side": {"PUT": tokens(TOKEN_ADMIN, side="left")},
    "api/v1/templates": {"GET": token(), "POST": token(TOKEN_WRITERS, **_SAVED)},
    "api/v1/templates/<template_id>": {"GET": tokens(), "PUT": tokens(TOKEN_WRITERS, **_SAVED)},
    "api/v1/templates/<template_id>/archive": {"POST": tokens(TOKEN_WRITERS)},
    "api/v1/templates/<template_id>/restore": {"POST": tokens(TOKEN_WRITERS)},
    "api/v1/templates/<template_id>/ceremonies": {
        "POST": tokens(TOKEN_WRITERS, people=[{"role": "Client", "name": "Zoé", "email": "zoe@client.example"}])
    },
    "api/v1/templates/<template_id>/sending-lists": {"POST": tokens(TOKEN_WRITERS)},
    "api/v1/sending-lists": {"GET": token()},
    "api/v1/sending-lists/<list_id>": {"GET": tokens()},
    "api/v1/sending-lists/<list_id>/rows": {"GET": tokens()},
    "api/v1/sending-lists/<list_id>/columns": {"PUT": tokens(TOKEN_WRITERS)},
    "api/v1/sending-lists/<list_id>/confirm": {"POST": tokens(TOKEN_WRITERS)},
    "api/v1/sending-lists/<list_id>/resume": {"POST": tokens(TOKEN_WRITERS)},
    "api/v1/sending-lists/<list_id>/cancel": {"POST": tokens(TOKEN_WRITERS)},
    "api/v1/templates/<template_id>/form": {"GET": tokens(), "POST": tokens(TOKEN_WRITERS)},
    "api/v1/templates/<template_id>/form/close": {"POST": tokens(TOKEN_WRITERS)},
    "api/v1/templates/<template_id>/form/answers": {"GET": tokens()},
}
