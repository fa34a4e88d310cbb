"""What is chosen of a source, by its kind."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, TypeVar

from pli.capture.states import SourceKind


@dataclass(frozen=True)
class FolderOptions:
    """A watched folder. ``path``: empty for Pli's own; ``folder``: its name under ``PLI_HOME/inbox``."""

    channel: ClassVar[SourceKind] = SourceKind.FOLDER
    path: str = ""
    folder: str = ""
    takes_subfolders: bool = False
    keeps_done: bool = False
    """Whether a taken file is moved to ``done/`` instead of being removed."""
    is_network: bool = False
    """On another machine's disk: nobody says when it changes, and who writes there is not seen."""


@dataclass(frozen=True)
class FtpOptions:
    """``allows_plain``: FTP without TLS, for a copier that knows nothing else."""

    channel: ClassVar[SourceKind] = SourceKind.FTP
    allows_plain: bool = False


@dataclass(frozen=True)
class SftpOptions:
    """Nothing to choose."""

    channel: ClassVar[SourceKind] = SourceKind.SFTP


@dataclass(frozen=True)
class MailboxOptions:
    """A mailbox to read. ``security``: ``tls`` from the first byte, or ``starttls``."""

    channel: ClassVar[SourceKind] = SourceKind.IMAP
    host: str = ""
    port: int = 993
    security: str = "tls"
    user: str = ""
    mailbox: str = "INBOX"
    moves_to: str = ""
    """The folder a taken message goes to; empty: it stays, marked as read."""
    takes_former: bool = False
    """Whether messages that were there before are taken too."""


@dataclass(frozen=True)
class GatewayOptions:
    """An address of the mail gateway. ``networks``: those whose devices need no log-in, separated by spaces."""

    channel: ClassVar[SourceKind] = SourceKind.MAIL
    networks: str = ""


Options = FolderOptions | FtpOptions | SftpOptions | MailboxOptions | GatewayOptions
T = TypeVar("T", FolderOptions, FtpOptions, SftpOptions, MailboxOptions, GatewayOptions)


def clean_networks(said: str) -> str:
    """Networks as ``GatewayOptions`` keeps them.

    :raises ValueError: for what is none, or so wide that it holds the whole Internet.
    """
    networks = [ipaddress.ip_network(one, strict=False) for one in said.replace(",", " ").split()[:20]]
    if any(network.prefixlen < (8 if network.version == 4 else 32) for network in networks):
        raise ValueError("too wide")
    return " ".join(str(network) for network in networks)


def write_options(options: Options) -> dict[str, Any]:
    """For the row."""
    return asdict(options)


def read_options(kind: type[T], saved: Mapping[str, Any]) -> T:
    """From the row; what it does not say has its default."""
    known = {one.name for one in fields(kind)}
    return kind(**{name: value for name, value in saved.items() if name in known})
