"""The entrance of signing."""

from pli.signing.answering import MARK_HEIGHTS, MARK_WIDTHS, Answer, Spot, refuse, sign
from pli.signing.closing import withdraw_ceremony
from pli.signing.codes import check_code, is_code_proved, papers_digest, send_code, was_code_typed_here
from pli.signing.consent import POLICY, POLICY_DIGEST, consent_text
from pli.signing.door import SignerSession, enter, open_link, papers_shown, signer_by_link
from pli.signing.errors import CodeExpired, CodeWrong, DeviceUnknown, TooManyCodes, TooManyTries, UnableToSend
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
from pli.signing.sealing import retry_sealing, seal_ceremony
from pli.signing.sending import CeremonyRequest, SignerRequest, send_ceremony
from pli.signing.states import CEREMONY, SIGNER, CeremonyState, SignerState
from pli.signing.traces import Visitor

__all__ = [
    "CEREMONY",
    "CEREMONY_COMPLETED",
    "CEREMONY_EXPIRED",
    "CEREMONY_REFUSED",
    "CEREMONY_SENT",
    "CEREMONY_WITHDRAWN",
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
    "PublicEvidence",
    "SealedRevision",
    "Signer",
    "SignerRequest",
    "SignerSession",
    "SignerState",
    "Spot",
    "TooManyCodes",
    "TooManyTries",
    "UnableToSend",
    "Visitor",
    "awaited_signers",
    "ceremonies_for",
    "check_code",
    "consent_text",
    "count_by_state",
    "enter",
    "evidence_for_file",
    "get_ceremony",
    "is_code_proved",
    "list_ceremonies",
    "note_download",
    "note_page",
    "open_link",
    "papers_digest",
    "papers_shown",
    "public_evidence",
    "refuse",
    "reinvite_signer",
    "remind_signer",
    "retry_sealing",
    "seal_ceremony",
    "seal_of",
    "send_ceremony",
    "send_code",
    "sign",
    "signer_by_link",
    "signers_of",
    "timestamps_of",
    "trust_store",
    "was_code_typed_here",
    "withdraw_ceremony",
]
