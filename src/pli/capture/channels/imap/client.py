"""The IMAP server of a mailbox (RFC 3501), spoken to at an address that was judged, never longer than it should."""

from __future__ import annotations

import base64
import imaplib
import select
import socket
import ssl
import time
from collections.abc import Callable
from typing import Any

from pli.capture.sources.options import MailboxOptions
from pli.kit.errors import PlugError
from pli.kit.outgoing import OutgoingPolicy, judge_host

MOST_MESSAGE_BYTES = 100 << 20
"""The largest message taken: providers' own limit is 25 to 50 MB."""
_TIMEOUT = 60.0
_SERVICE = "IMAP"


class _Bounded(imaplib.IMAP4):
    """Connects to the judged address, and takes no literal larger than a message may be."""

    judged = ""

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return socket.create_connection((self.judged, self.port), timeout)

    def read(self, size: int) -> bytes:
        if size > MOST_MESSAGE_BYTES:
            raise self.abort("a literal is too large")
        return super().read(size)


class _BoundedTls(_Bounded, imaplib.IMAP4_SSL):
    """The same, with TLS from the first byte."""

    def _create_socket(self, timeout: float | None) -> socket.socket:
        plain = super()._create_socket(timeout)
        secured: socket.socket = self.ssl_context.wrap_socket(plain, server_hostname=self.host)
        return secured


class Mailbox:
    """One open mailbox. Its methods raise :class:`PlugError` when the server does not do what it should."""

    def __init__(self, options: MailboxOptions, password: str, *, allows_private: bool) -> None:
        policy = OutgoingPolicy(allow_private=allows_private)
        address = judge_host(options.host, options.port, service=_SERVICE, policy=policy)[0]
        self._options = options
        try:
            self._imap = _connect(options, address)
        except (OSError, imaplib.IMAP4.error) as error:
            raise PlugError(service=_SERVICE, reason=_why(error)) from error
        try:
            self._log_in(password)
            # Servers say more of what they can once they know who asks.
            known = self._do(self._imap.capability, "le serveur ne dit pas ce qu’il sait faire")
            self._abilities = frozenset(b" ".join(known).decode("ascii", "replace").upper().split())
            self._do(lambda: self._imap.select(encode_mailbox(options.mailbox)), "ce dossier de la boîte n’existe pas")
            self.uid_validity, self.uid_next = self._number("UIDVALIDITY"), self._number("UIDNEXT")
        except BaseException:
            self.close()
            raise

    def refresh(self) -> None:
        """Let the server say what has come since."""
        self._do(self._imap.noop, "la connexion est coupée")

    def search(self, *, after: int, since: str = "") -> list[int]:
        """The UIDs greater than ``after``, in order; ``since`` a date as IMAP writes it (01-Nov-2026)."""
        criteria = ["UID", f"{after + 1}:*", *(("SINCE", since) if since else ())]
        data = self._do(lambda: self._imap.uid("SEARCH", *criteria), "la recherche a échoué")
        # « 9:* » always holds the last message, even when its UID is smaller.
        return sorted(int(word) for word in (data[0] or b"").split() if word.isdigit() and int(word) > after)

    def size_of(self, uid: int) -> int:
        """The bytes of a message, as the server says; 0 when it is gone."""
        data = self._do(lambda: self._imap.uid("FETCH", str(uid), "(RFC822.SIZE)"), "un message ne se lit pas")
        for item in data:
            words = (item if isinstance(item, bytes) else b"").replace(b")", b" ").split()
            if b"RFC822.SIZE" in words:
                return int(words[words.index(b"RFC822.SIZE") + 1])
        return 0

    def fetch(self, uid: int) -> bytes:
        """A whole message, left unread; empty when it is gone."""
        data = self._do(lambda: self._imap.uid("FETCH", str(uid), "(BODY.PEEK[])"), "un message ne se lit pas")
        return next((item[1] for item in data if isinstance(item, tuple) and len(item) > 1), b"")

    def settle(self, uid: int) -> None:
        """Mark a message as read, or move it where taken messages go. Safe to repeat."""
        target = self._options.moves_to
        if not target:
            self._do(lambda: self._imap.uid("STORE", str(uid), "+FLAGS.SILENT", "(\\Seen)"), "un message résiste")
            return
        where = encode_mailbox(target)
        if "MOVE" in self._abilities:
            self._do(lambda: self._imap.uid("MOVE", str(uid), where), "un message ne se déplace pas")
            return
        self._do(lambda: self._imap.uid("COPY", str(uid), where), "un message ne se déplace pas")
        self._do(lambda: self._imap.uid("STORE", str(uid), "+FLAGS.SILENT", "(\\Deleted)"), "un message résiste")
        if "UIDPLUS" in self._abilities:
            self._do(lambda: self._imap.uid("EXPUNGE", str(uid)), "un message résiste")

    def wait(self, seconds: float, is_over: Callable[[], bool]) -> None:
        """Until something comes (RFC 2177), ``seconds`` have passed, or ``is_over``."""
        until = time.monotonic() + seconds
        if "IDLE" not in self._abilities:
            while time.monotonic() < until and not is_over():
                time.sleep(0.5)
            return
        try:
            self._idle(until, is_over)
        except (OSError, imaplib.IMAP4.error) as error:
            raise PlugError(service=_SERVICE, reason=_why(error)) from error

    def close(self) -> None:
        """Log out, as far as the connection lets."""
        try:
            self._imap.logout()
        except (OSError, imaplib.IMAP4.error):
            return

    def _idle(self, until: float, is_over: Callable[[], bool]) -> None:
        tag = self._imap._new_tag()
        self._imap.send(tag + b" IDLE\r\n")
        line = self._imap.readline()
        if not line.startswith(b"+"):
            raise self._imap.abort("no idling")
        watched = select.poll()
        watched.register(self._imap.socket().fileno(), select.POLLIN)
        while time.monotonic() < until and not is_over():
            if not watched.poll(500):
                continue
            line = self._imap.readline()
            if not line or line.startswith(b"* BYE"):
                raise self._imap.abort("closed")
            if b" EXISTS" in line or b" RECENT" in line:
                break
        self._imap.send(b"DONE\r\n")
        while not (line := self._imap.readline()).startswith(tag):
            if not line:
                raise self._imap.abort("closed")

    def _log_in(self, password: str) -> None:
        user = self._options.user
        if "AUTH=PLAIN" in self._imap.capabilities:
            answer = f"\0{user}\0{password}".encode()
            self._do(lambda: self._imap.authenticate("PLAIN", lambda _: answer), "identifiant ou mot de passe refusé")
        elif "LOGINDISABLED" in self._imap.capabilities or not f"{user}{password}".isprintable():
            raise PlugError(service=_SERVICE, reason="identifiant ou mot de passe refusé", permanent=True)
        else:
            quoted = '"' + user.replace("\\", "\\\\").replace('"', '\\"') + '"'
            self._do(lambda: self._imap.login(quoted, password), "identifiant ou mot de passe refusé")

    def _number(self, name: str) -> int:
        value = self._imap.response(name)[1][0]
        return int(value) if isinstance(value, bytes) and value.isdigit() else 0

    def _do(self, ask: Callable[[], tuple[str, Any]], reason: str) -> Any:
        try:
            word, data = ask()
        except imaplib.IMAP4.abort as error:
            raise PlugError(service=_SERVICE, reason="la connexion est coupée") from error
        except imaplib.IMAP4.error as error:
            raise PlugError(service=_SERVICE, reason=reason) from error
        except (OSError, ValueError) as error:
            raise PlugError(service=_SERVICE, reason=_why(error)) from error
        if word != "OK":
            raise PlugError(service=_SERVICE, reason=reason)
        return data


def encode_mailbox(name: str) -> str:
    """A folder's name as IMAP writes it: modified UTF-7 (RFC 3501 §5.1.3), quoted."""
    out: list[str] = []
    odd = ""
    for letter in [*name, ""]:
        if letter and not (" " <= letter <= "~"):
            odd += letter
            continue
        if odd:
            packed = base64.b64encode(odd.encode("utf-16-be")).decode().rstrip("=").replace("/", ",")
            out.append(f"&{packed}-")
            odd = ""
        out.append("&-" if letter == "&" else letter)
    return '"' + "".join(out).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _connect(options: MailboxOptions, address: str) -> imaplib.IMAP4:
    context = ssl.create_default_context()
    if options.security == "tls":
        kind = type("Tls", (_BoundedTls,), {"judged": address})
        return kind(options.host, options.port, ssl_context=context, timeout=_TIMEOUT)  # type: ignore[no-any-return]
    kind = type("Plain", (_Bounded,), {"judged": address})
    imap = kind(options.host, options.port, timeout=_TIMEOUT)
    # Never without TLS: the password comes next.
    imap.starttls(context)
    return imap  # type: ignore[no-any-return]


def _why(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return "certificat TLS refusé"
    if isinstance(error, TimeoutError):
        return "pas de réponse dans le temps imparti"
    return "connexion impossible"
