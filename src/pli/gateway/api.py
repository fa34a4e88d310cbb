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
from pli.gateway.events import LINK_CARRIED, MAIL_BOUNCED, MAIL_FAILED, MAIL_RELAYED
from pli.gateway.handling import close_waiting, take_link
from pli.gateway.models import MailAccount, MailMessage, MailRecipient, SharedFile
from pli.gateway.options import SenderOptions, read_options
from pli.gateway.queries import MailFilter, MailTally, find_mails, get_mail, tally_of
from pli.gateway.seams import (
    AskedSignature,
    AskedSigner,
    Inbox,
    Inboxes,
    SigningDesk,
    use_inboxes,
    use_signing_desk,
)
from pli.gateway.sharing import FilesPage, fetch_file, open_files
from pli.gateway.smtp.service import MailDoors, MailService
from pli.gateway.states import MailState, RelayState
from pli.gateway.subjects import Subject, read_subject
from pli.gateway.withdrawing import cancel_mail, retry_mail

__all__ = [
    "LINK_CARRIED",
    "MAIL_BOUNCED",
    "MAIL_FAILED",
    "MAIL_RELAYED",
    "AddressRefused",
    "Arrival",
    "AskedSignature",
    "AskedSigner",
    "FilesGone",
    "FilesPage",
    "Inbox",
    "Inboxes",
    "MailAccount",
    "MailDoors",
    "MailFilter",
    "MailMessage",
    "MailRecipient",
    "MailService",
    "MailState",
    "MailTally",
    "RelayState",
    "Sender",
    "SenderOptions",
    "SharedFile",
    "SigningDesk",
    "Subject",
    "Target",
    "accept_many",
    "accounts_for",
    "cancel_mail",
    "change_account",
    "change_options",
    "close_waiting",
    "fetch_file",
    "find_mails",
    "get_mail",
    "make_account",
    "open_files",
    "own_account",
    "read_options",
    "read_subject",
    "readable_size",
    "retry_mail",
    "take_link",
    "tally_of",
    "use_inboxes",
    "use_signing_desk",
]
