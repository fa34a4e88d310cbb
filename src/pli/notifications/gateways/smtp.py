"""E-mail through any SMTP server (RFC 5321): ``smtp://user:password@host:587/?tls=starttls|implicit|none``."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from typing import ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

from pli.kit.errors import PlugError
from pli.notifications.plugs import GatewaySettings, OutgoingEmail, RawEmail, Receipt, Verdict

UNSURE = "coupé avant la réponse du serveur : le message est peut-être parti ; il est renvoyé sous le même identifiant"
DEFAULT_PORTS = {"starttls": 587, "implicit": 465, "none": 25}


class SmtpGateway:
    """One connection a message: opened, used and closed, so that a half-dead one never holds a second message."""

    slug: ClassVar[str] = "smtp"
    channel: ClassVar[str] = "EMAIL"
    schemes: ClassVar[frozenset[str]] = frozenset({"smtp", "smtps"})

    def __init__(self, settings: GatewaySettings) -> None:
        parts = urlsplit(settings.url)
        if not parts.hostname:
            raise ValueError("PLI_MAIL_URL ne nomme pas de serveur : smtp://utilisateur:motdepasse@serveur:587/")
        query = parse_qs(parts.query)
        self.tls = query.get("tls", ["implicit" if parts.scheme == "smtps" else "starttls"])[0]
        if self.tls not in DEFAULT_PORTS:
            raise ValueError(f"PLI_MAIL_URL : tls={self.tls} n’existe pas ; choisissez starttls, implicit ou none")
        self.host = parts.hostname
        self.port = parts.port or DEFAULT_PORTS[self.tls]
        self.user = unquote(parts.username or "")
        self.password = unquote(parts.password or "")
        self.timeout = settings.timeout
        self.context = ssl.create_default_context(cafile=query.get("ca", [None])[0])

    def probe(self) -> str:
        with self._session() as server:
            code, reply = server.noop()
            if code != 250:
                raise self._refused("NOOP", code, reply)
        return f"{self.host}:{self.port} répond et accepte la connexion."

    def send(self, mail: OutgoingEmail) -> Receipt:
        with self._session() as server:
            message, options = self._address(server, mail)
            server.ehlo_or_helo_if_needed()
            for name, (code, reply) in (
                ("MAIL FROM", server.mail(str(message["From"].addresses[0].addr_spec), options)),
                ("RCPT TO", server.rcpt(str(message["To"].addresses[0].addr_spec))),
            ):
                if code not in (250, 251):
                    raise self._refused(name, code, reply, condemns=True)
            policy = SMTPUTF8 if options else SMTP
            try:
                code, reply = server.data(message.as_bytes(policy=policy))
            except smtplib.SMTPDataError as refusal:
                raise self._refused("DATA", refusal.smtp_code, refusal.smtp_error, condemns=True) from None
            if code != 250:
                raise self._refused("DATA", code, reply, condemns=True)
            # From here the server holds the message: whatever fails next (QUIT, the socket) changes nothing.
            return Receipt(self.slug, mail.message_id, f"{code} {_readable(reply)}")

    def relay(self, mail: RawEmail) -> Mapping[str, Verdict]:
        with self._session() as server:
            server.ehlo_or_helo_if_needed()
            options = self._raw_options(server, mail)
            code, reply = server.mail(mail.sender, options)
            if code != 250:
                raise self._refused("MAIL FROM", code, reply, condemns=True)
            reports = server.has_extn("dsn")
            verdicts = {}
            for one in mail.recipients:
                asked = mail.recipient_options.get(one, ()) if reports else ()
                verdicts[one] = self._judge("RCPT TO", *server.rcpt(one, asked), taken=(250, 251))
            if any(verdict.is_taken for verdict in verdicts.values()):
                told = replace(self._hand_over(server, mail.content), is_reporting=reports)
                verdicts = {one: told if verdict.is_taken else verdict for one, verdict in verdicts.items()}
            return verdicts

    def _raw_options(self, server: smtplib.SMTP, mail: RawEmail) -> list[str]:
        options = ["BODY=8BITMIME"] if server.has_extn("8bitmime") and not mail.content.isascii() else []
        options += mail.options if server.has_extn("dsn") else ()
        if not mail.needs_utf8:
            return options
        if not server.has_extn("smtputf8"):
            raise self._failed("le serveur ne sait pas écrire à une adresse accentuée", permanent=True)
        return [*options, "SMTPUTF8"]

    def _hand_over(self, server: smtplib.SMTP, content: bytes) -> Verdict:
        """DATA, and what the server says of it.

        :raises PlugError: temporary; when the line is cut after the last dot, the server may hold the message all the
            same: the next try carries the same Message-ID.
        """
        code, reply = server.docmd("DATA")
        if code != 354:
            return self._judge("DATA", code, reply)
        # RFC 5321 §4.5.2: a dot that begins a line is doubled; nothing else is touched.
        stuffed = content.replace(b"\r\n.", b"\r\n..")
        server.send((b"." if content.startswith(b".") else b"") + stuffed)
        server.send(b".\r\n" if content.endswith(b"\r\n") or not content else b"\r\n.\r\n")
        try:
            return self._judge("DATA", *server.getreply())
        except (smtplib.SMTPServerDisconnected, TimeoutError) as error:
            raise self._failed(UNSURE) from error

    def _judge(self, step: str, code: int, reply: bytes, *, taken: tuple[int, ...] = (250,)) -> Verdict:
        if code in taken:
            return Verdict(is_taken=True, reply=f"{code} {_readable(reply)}")
        if code < 0:
            raise self._failed("le serveur a coupé la connexion")
        return Verdict(is_taken=False, reply=f"{step} : {code} {_readable(reply)}", is_permanent=500 <= code <= 599)

    @contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        """A connection, encrypted and authenticated as the settings say; every failure becomes a PlugError."""
        server: smtplib.SMTP | None = None
        try:
            server = self._connect()
            yield server
        except PlugError:
            raise
        except ssl.SSLError as error:
            raise self._failed(f"connexion chiffrée impossible ({error.reason or error})") from error
        except smtplib.SMTPAuthenticationError as error:
            # The installation's fault, not the message's: it waits until the password is mended.
            raise self._refused("AUTH", error.smtp_code, error.smtp_error) from None
        except smtplib.SMTPResponseException as error:
            raise self._refused("connexion", error.smtp_code, error.smtp_error) from None
        except smtplib.SMTPServerDisconnected as error:
            raise self._failed("le serveur a coupé la connexion") from error
        except (smtplib.SMTPException, OSError, UnicodeError) as error:
            raise self._failed(_plain(error)) from error
        finally:
            if server is not None:
                with suppress(smtplib.SMTPException, OSError):
                    server.quit()
                server.close()

    def _connect(self) -> smtplib.SMTP:
        if self.tls == "implicit":
            server: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout, context=self.context)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=self.timeout)
        server.ehlo_or_helo_if_needed()
        if self.tls == "starttls":
            if not server.has_extn("starttls"):
                server.close()
                raise self._failed("le serveur n’offre pas STARTTLS ; rien n’a été envoyé en clair")
            server.starttls(context=self.context)
            server.ehlo()
        if self.user:
            server.login(self.user, self.password)
        return server

    def _address(self, server: smtplib.SMTP, mail: OutgoingEmail) -> tuple[EmailMessage, list[str]]:
        """The message and the options of MAIL FROM: SMTPUTF8 (RFC 6531) only for addresses that need it."""
        local, _, domain = mail.to_address.rpartition("@")
        with suppress(UnicodeError):
            domain = domain.encode("idna").decode()
        address = f"{local}@{domain}"
        if address.isascii():
            return build_message(mail, to_address=address), []
        if not server.has_extn("smtputf8"):
            raise self._failed("le serveur ne sait pas écrire à une adresse accentuée", permanent=True)
        return build_message(mail, to_address=address), ["SMTPUTF8", "BODY=8BITMIME"]

    def _refused(self, step: str, code: int, reply: bytes | str, *, condemns: bool = False) -> PlugError:
        return self._failed(f"{step} : {code} {_readable(reply)}", permanent=condemns and 500 <= code <= 599)

    def _failed(self, reason: str, *, permanent: bool = False) -> PlugError:
        return PlugError(service=f"smtp {self.host}", reason=reason, permanent=permanent)


def build_message(mail: OutgoingEmail, *, to_address: str) -> EmailMessage:
    """The MIME message: plain text always, HTML beside it, the logo inside, the files after.

    Header values go through ``email``'s own structured headers: a line break in one is refused there.
    """
    message = EmailMessage(policy=SMTP)
    message["Message-ID"] = mail.message_id
    message["Date"] = format_datetime(mail.written_at)
    message["From"] = Address(mail.sender_name, addr_spec=mail.sender_address)
    local, _, domain = to_address.rpartition("@")
    message["To"] = Address(mail.to_name, username=local, domain=domain)
    if mail.reply_to:
        message["Reply-To"] = Address(addr_spec=mail.reply_to)
    message["Subject"] = mail.subject
    message["Content-Language"] = mail.language
    # RFC 3834: vacation responders stay silent; nothing here is bulk mail, so no List-Unsubscribe.
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    if mail.logo is not None:
        main, _, sub = mail.logo.media_type.partition("/")
        html = message.get_payload()[1]  # type: ignore[index]
        html.add_related(mail.logo.path.read_bytes(), main, sub, cid="<logo>", disposition="inline")  # type: ignore[union-attr]
    for attached in mail.attachments:
        main, _, sub = attached.media_type.partition("/")
        message.add_attachment(
            attached.path.read_bytes(), maintype=main, subtype=sub or "octet-stream", filename=attached.file_name
        )
    return message


def _readable(reply: bytes | str) -> str:
    """A server's reply on one line, short, without control characters."""
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:300]


def _plain(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "le serveur n’a pas répondu à temps"
    if isinstance(error, ConnectionRefusedError):
        return "le serveur refuse la connexion (est-il démarré ?)"
    if isinstance(error, socket.gaierror):
        return "le nom du serveur est introuvable"
    return _readable(str(error)) or type(error).__name__
