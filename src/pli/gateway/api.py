"""The entrance of the gateway."""

from pli.gateway.accepting import Arrival, Target, accept_many
from pli.gateway.accounts import (
    Sender,
    accounts_for,
    change_account,
    change_options,
    make_account,
    own_account,
)
from pli.gateway.composing import readable_size
from pli.gateway.errors import AddressRefused, FilesGone
from pli.gateway.events import LINK_CARRIED, MAIL_BOUNCED, MAIL_FAILED, MAIL_RELAYED, TRACKED_CLOSED
from pli.gateway.handling import close_waiting, take_link
from pli.gateway.mobiles import Asking, answer_ask, open_ask
from pli.gateway.models import MailAccount, MailMessage, MailRecipient, MobileAsk, SharedFile
from pli.gateway.options import SenderOptions, read_options
from pli.gateway.queries import (
    MailFilter,
    MailTally,
    find_mails,
    get_mail,
    tally_of,
    tracked_proof,
    tracked_sending,
    tracked_sendings,
)
from pli.gateway.seams import (
    AskedSignature,
    AskedSigner,
    Inbox,
    Inboxes,
    LastingProof,
    SigningDesk,
    use_inboxes,
    use_proof_keeper,
    use_record_sealer,
    use_signing_desk,
)
from pli.gateway.sharing import FilesPage, fetch_file, open_files
from pli.gateway.smtp.service import MailDoors, MailService
from pli.gateway.states import AskState, MailState, RelayState
from pli.gateway.subjects import Subject, read_subject
from pli.gateway.tracked.acts import Reader
from pli.gateway.tracked.answering import (
    TrackedPage,
    decline_tracked,
    fetch_own_proof,
    fetch_tracked_file,
    fetch_tracked_message,
    open_tracked,
    receive_tracked,
    tracked_cookie,
)
from pli.gateway.tracked.consent import consent_text, not_registered
from pli.gateway.tracked.gates import TRACKING
from pli.gateway.tracked.models import TrackedAct, TrackedProof, TrackedSending
from pli.gateway.tracked.public import PublicProof, PublicSending, public_sending, sendings_of_proof
from pli.gateway.tracked.states import TRACKED_PREFIX, TrackedState
from pli.gateway.withdrawing import cancel_mail, retry_mail

__all__ = [
    "LINK_CARRIED",
    "MAIL_BOUNCED",
    "MAIL_FAILED",
    "MAIL_RELAYED",
    "TRACKED_CLOSED",
    "TRACKED_PREFIX",
    "TRACKING",
    "AddressRefused",
    "Arrival",
    "AskState",
    "AskedSignature",
    "AskedSigner",
    "Asking",
    "FilesGone",
    "FilesPage",
    "Inbox",
    "Inboxes",
    "LastingProof",
    "MailAccount",
    "MailDoors",
    "MailFilter",
    "MailMessage",
    "MailRecipient",
    "MailService",
    "MailState",
    "MailTally",
    "MobileAsk",
    "PublicProof",
    "PublicSending",
    "Reader",
    "RelayState",
    "Sender",
    "SenderOptions",
    "SharedFile",
    "SigningDesk",
    "Subject",
    "Target",
    "TrackedAct",
    "TrackedPage",
    "TrackedProof",
    "TrackedSending",
    "TrackedState",
    "accept_many",
    "accounts_for",
    "answer_ask",
    "cancel_mail",
    "change_account",
    "change_options",
    "close_waiting",
    "consent_text",
    "decline_tracked",
    "fetch_file",
    "fetch_own_proof",
    "fetch_tracked_file",
    "fetch_tracked_message",
    "find_mails",
    "get_mail",
    "make_account",
    "not_registered",
    "open_ask",
    "open_files",
    "open_tracked",
    "own_account",
    "public_sending",
    "read_options",
    "read_subject",
    "readable_size",
    "receive_tracked",
    "retry_mail",
    "sendings_of_proof",
    "take_link",
    "tally_of",
    "tracked_cookie",
    "tracked_proof",
    "tracked_sending",
    "tracked_sendings",
    "use_inboxes",
    "use_proof_keeper",
    "use_record_sealer",
    "use_signing_desk",
]
