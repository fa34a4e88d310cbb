"""The entrance of signing."""

from pli.signing.answering import MARK_HEIGHTS, MARK_WIDTHS, Answer, Spot, refuse, sign
from pli.signing.closing import withdraw_ceremony
from pli.signing.codes import check_code, is_code_proved, papers_digest, send_code, was_code_typed_here
from pli.signing.consent import POLICY, POLICY_DIGEST, consent_text
from pli.signing.door import SignerSession, enter, open_link, papers_shown, signer_by_link
from pli.signing.errors import (
    CodeExpired,
    CodeWrong,
    DeviceUnknown,
    PreferenceRefused,
    TooManyCodes,
    TooManyTries,
    UnableToSend,
)
from pli.signing.events import (
    CEREMONY_COMPLETED,
    CEREMONY_EXPIRED,
    CEREMONY_REFUSED,
    CEREMONY_SENT,
    CEREMONY_WITHDRAWN,
    SEAL_FAILED,
    SIGNER_SIGNED,
)
from pli.signing.invitations import reinvite_signer, remind_signer
from pli.signing.keys import seal_of, timestamps_of, trust_store
from pli.signing.models import Ceremony, CeremonyDocument, EvidenceRecord, SealedRevision, Signer
from pli.signing.preferences import (
    DEFAULT_LEVEL,
    TimestampTrial,
    preferred_level,
    save_level,
    save_timestamp_url,
    timestamp_url,
    try_timestamps,
)
from pli.signing.queries import (
    CeremonySlice,
    PublicEvidence,
    awaited_signers,
    ceremonies_for,
    count_by_state,
    evidence_for_file,
    get_ceremony,
    list_ceremonies,
    public_evidence,
    signers_of,
)
from pli.signing.reading import note_download, note_page
from pli.signing.sealing import retry_sealing, seal_ceremony, stuck_ceremonies
from pli.signing.seals import SealFacts, describe_seal, import_seal, make_own_seal, roots_pem, seal_certificate_pem
from pli.signing.sending import LEVELS, CeremonyRequest, SignerRequest, send_ceremony
from pli.signing.states import CEREMONY, SIGNER, CeremonyState, SignerState
from pli.signing.traces import Visitor

__all__ = [
    "CEREMONY",
    "CEREMONY_COMPLETED",
    "CEREMONY_EXPIRED",
    "CEREMONY_REFUSED",
    "CEREMONY_SENT",
    "CEREMONY_WITHDRAWN",
    "DEFAULT_LEVEL",
    "LEVELS",
    "MARK_HEIGHTS",
    "MARK_WIDTHS",
    "POLICY",
    "POLICY_DIGEST",
    "SEAL_FAILED",
    "SIGNER",
    "SIGNER_SIGNED",
    "Answer",
    "Ceremony",
    "CeremonyDocument",
    "CeremonyRequest",
    "CeremonySlice",
    "CeremonyState",
    "CodeExpired",
    "CodeWrong",
    "DeviceUnknown",
    "EvidenceRecord",
    "PreferenceRefused",
    "PublicEvidence",
    "SealFacts",
    "SealedRevision",
    "Signer",
    "SignerRequest",
    "SignerSession",
    "SignerState",
    "Spot",
    "TimestampTrial",
    "TooManyCodes",
    "TooManyTries",
    "UnableToSend",
    "Visitor",
    "awaited_signers",
    "ceremonies_for",
    "check_code",
    "consent_text",
    "count_by_state",
    "describe_seal",
    "enter",
    "evidence_for_file",
    "get_ceremony",
    "import_seal",
    "is_code_proved",
    "list_ceremonies",
    "make_own_seal",
    "note_download",
    "note_page",
    "open_link",
    "papers_digest",
    "papers_shown",
    "preferred_level",
    "public_evidence",
    "refuse",
    "reinvite_signer",
    "remind_signer",
    "retry_sealing",
    "roots_pem",
    "save_level",
    "save_timestamp_url",
    "seal_ceremony",
    "seal_certificate_pem",
    "seal_of",
    "send_ceremony",
    "send_code",
    "sign",
    "signer_by_link",
    "signers_of",
    "stuck_ceremonies",
    "timestamp_url",
    "timestamps_of",
    "trust_store",
    "try_timestamps",
    "was_code_typed_here",
    "withdraw_ceremony",
]
