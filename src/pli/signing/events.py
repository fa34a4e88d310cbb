"""What signing tells the journal. Links and codes appear nowhere."""

from pli.journal.api import declare

CEREMONY_SENT = declare(
    "signing.ceremony-sent",
    "A request for signature went out; the bytes to sign are fixed from here on.",
    fields=(
        "papers",
        "signers",
        "roles",
        "copies",
        "level",
        "expires_at",
        "is_in_order",
        "on_refusal",
        "may_delegate",
    ),
    personal=("title",),
)
SIGNER_INVITED = declare(
    "signing.signer-invited",
    "A signer was sent a link; any former link of theirs is void.",
    fields=("signer_id", "link_version", "reason"),
)
SIGNER_OPENED = declare(
    "signing.signer-opened",
    "A person opened the link and was given a device token.",
    fields=("signer_id",),
    personal=("ip", "user_agent"),
)
CODE_SENT = declare("signing.code-sent", "A one-time code was sent to a signer.", fields=("signer_id", "channel"))
CODE_REFUSED = declare(
    "signing.code-refused", "A wrong, late or used code was typed.", fields=("signer_id", "cause", "wrong_tries")
)
SIGNER_VERIFIED = declare("signing.signer-verified", "A signer typed the right code.", fields=("signer_id",))
SIGNER_SIGNED = declare(
    "signing.signer-signed",
    "A signer consented and put their mark.",
    fields=("signer_id", "evidence_number", "shown", "consent_version", "placements", "mark_kind", "joined", "own_key"),
    personal=("ip", "user_agent"),
)
SIGNER_APPROVED = declare(
    "signing.signer-approved",
    "An approver agreed; no signature of theirs goes into the file.",
    fields=("signer_id", "evidence_number", "shown", "consent_version", "joined"),
    personal=("ip", "user_agent"),
)
SIGNER_DELEGATED = declare(
    "signing.signer-delegated",
    "A signer named somebody else in their place; their own link is void.",
    fields=("signer_id", "evidence_number", "to_signer_id"),
    personal=("reason", "ip", "user_agent"),
)
IN_PERSON_AWAITED = declare(
    "signing.in-person-awaited",
    "It is the turn of a signer who signs on a device of the team’s; nothing was sent to them.",
    fields=("signer_id",),
)
IN_PERSON_OPENED = declare(
    "signing.in-person-opened",
    "A member of the team opened the signing on a device of theirs for the signer beside them.",
    fields=("signer_id", "until"),
)
SIGNER_REFUSED = declare(
    "signing.signer-refused",
    "A signer refused; the ceremony ends there, or goes on with the others, as it was set.",
    fields=("signer_id", "evidence_number", "goes_on"),
    personal=("reason", "ip", "user_agent"),
)
REVISION_SEALED = declare(
    "signing.revision-sealed",
    "An incremental PAdES signature was added to a paper for a signer, or without one to lock it.",
    fields=("signer_id", "document_id", "number", "before", "after", "level", "is_last"),
)
SEAL_DELAYED = declare(
    "signing.seal-delayed",
    "Sealing could not be done now and will be tried again; never at a lower level.",
    fields=("attempt", "code"),
)
SEAL_FAILED = declare("signing.seal-failed", "Sealing is impossible without a person’s help.", fields=("code",))
EVIDENCE_MADE = declare(
    "signing.evidence-made",
    "The evidence record of a signer was made and sealed.",
    fields=("signer_id", "number", "json_sha256", "pdf_sha256"),
)
EVIDENCE_RENEWED = declare(
    "signing.evidence-renewed",
    "A new timestamp covers a proof and its former timestamps before these end.",
    fields=("number", "renewal", "root", "token_sha256", "holds_until"),
)
CEREMONY_COMPLETED = declare(
    "signing.ceremony-completed",
    "Everybody answered, the files are sealed, the evidence is made.",
    fields=("papers", "evidence_numbers"),
)
CEREMONY_REFUSED = declare("signing.ceremony-refused", "The request ended by a refusal.", fields=("signer_id",))
CEREMONY_EXPIRED = declare("signing.ceremony-expired", "The deadline passed before everybody had answered.")
CEREMONY_WITHDRAWN = declare("signing.ceremony-withdrawn", "The sender withdrew the request.", personal=("reason",))
MARK_SIDE_CHOSEN = declare(
    "signing.mark-side-chosen",
    "A folder or a kind was given its own usual place of signatures, or gave it up (null).",
    fields=("before", "after"),
)
TEMPLATE_SAVED = declare(
    "signing.template-saved", "A template of requests was made or changed.", fields=("version",), personal=("name",)
)
TEMPLATE_ARCHIVED = declare(
    "signing.template-archived", "A template was put away; requests made from it go on.", fields=("version",)
)
TEMPLATE_RESTORED = declare("signing.template-restored", "A template was taken out again.", fields=("version",))
LIST_CONFIRMED = declare(
    "signing.list-confirmed",
    "A list of people was confirmed: each row becomes one request made from a template.",
    fields=("template_id", "template_version", "sha256", "rows"),
)
LIST_STOPPED = declare(
    "signing.list-stopped", "Something keeps the rows of a list from going out; they wait.", fields=("code",)
)
LIST_RESUMED = declare("signing.list-resumed", "A list that had stopped goes on.")
LIST_CANCELLED = declare(
    "signing.list-cancelled", "A list was given up; what had gone out goes on.", fields=("sent", "left")
)
LIST_DONE = declare("signing.list-done", "Every row of a list went out or failed.", fields=("sent", "failed"))
FORM_OPENED = declare(
    "signing.form-opened", "A template was given a public address: whoever knows it may sign.", fields=("form_id",)
)
FORM_CLOSED = declare("signing.form-closed", "A template’s public address was turned off.", fields=("form_id",))
FORM_PAUSED = declare(
    "signing.form-paused",
    "A visitor met a public form that could take nothing; the member who opened it is told.",
    fields=("form_id", "code"),
)
_SEAL = ("fingerprint", "algorithm", "not_after", "warnings")
SEAL_IMPORTED = declare(
    "signing.seal-imported",
    "An administrator brought the organisation’s own certificate: files are sealed with it from here on.",
    fields=_SEAL,
)
SEAL_DEVICE_CHOSEN = declare(
    "signing.seal-device-chosen",
    "An administrator chose the key of a device of the server: files are sealed with it from here on.",
    fields=_SEAL,
)
SEAL_RENEWED = declare(
    "signing.seal-renewed", "Pli’s own authority made the organisation a new seal, used from here on.", fields=_SEAL
)
KEY_PAIRED = declare(
    "signing.key-paired",
    "A member paired a workstation that reaches their own key.",
    fields=("agent_id", "fingerprint", "not_after"),
)
KEY_REVOKED = declare("signing.key-revoked", "A member’s workstation is let in no more.", fields=("agent_id",))
_OWN = ("signature_id", "agent_id")
OWN_SIGNATURE_ASKED = declare(
    "signing.own-signature-asked", "A member gave a document to their workstation to sign.", fields=(*_OWN, "digest")
)
OWN_SIGNATURE_REFUSED = declare(
    "signing.own-signature-refused", "The member refused on their workstation.", fields=_OWN
)
OWN_SIGNATURE_MADE = declare(
    "signing.own-signature-made",
    "A document bears a signature by a member’s own key.",
    fields=(*_OWN, "sha256", "level"),
)
