"""A Dovecot of the tests' own: one mailbox, TLS with a certificate nobody else knows."""

from __future__ import annotations

import datetime
import imaplib
import ipaddress
import os
import shutil
import signal
import ssl
import subprocess
import time
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from pli.project.postgres import free_port
from tests.support.processes import wait_until

PROGRAM = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin")
USER, PASSWORD = "scan", 'mot de passe "été" \\ 2026'
_CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {starttls_port}
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
mail_location = maildir:{folder}/mail
first_valid_uid = 1
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {folder}/users
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home={folder}/home
}}
"""


class Dovecot:
    """The server; started when made, in a folder that its own users can enter."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self.starttls_port = folder, free_port(), free_port()
        for name in ("run", "state", "mail", "home"):
            (folder / name).mkdir(mode=0o755)
        shutil.chown(folder / "mail", "mail", "mail")
        shutil.chown(folder / "home", "mail", "mail")
        (folder / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n")
        (folder / "users").chmod(0o644)
        make_certificate(folder)
        self.config = folder / "dovecot.conf"
        self.config.write_text(_CONFIG.format(folder=folder, port=self.port, starttls_port=self.starttls_port))
        self.process = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [str(PROGRAM), "-F", "-c", str(self.config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        self.process = process
        wait_until(self._answers, seconds=30)
        return process

    def stop(self) -> None:
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(20)

    def client(self) -> imaplib.IMAP4_SSL:
        """Logged in, as a mail reader would be."""
        context = ssl.create_default_context(cafile=str(self.folder / "cert.pem"))
        for attempt in range(10):
            made = imaplib.IMAP4_SSL("localhost", self.port, ssl_context=context, timeout=20)
            try:
                made.authenticate("PLAIN", lambda _: f"\0{USER}\0{PASSWORD}".encode())
            except imaplib.IMAP4.error as error:
                # A busy machine: Dovecot's own processes wait for one another.
                if "UNAVAILABLE" not in str(error) or attempt == 9:
                    raise
                time.sleep(1)
            else:
                return made
        raise AssertionError

    def deliver(self, message: bytes, *, at: datetime.datetime | None = None) -> None:
        """A message arrives, or arrived ``at`` some time."""
        client = self.client()
        assert client.append("INBOX", "", at or "", message)[0] == "OK"
        client.logout()

    def flags(self) -> list[bytes]:
        """The flags of the messages of the inbox, in order."""
        client = self.client()
        client.select("INBOX", readonly=True)
        found = [bytes(line) for line in client.fetch("1:*", "(FLAGS)")[1] if line]
        client.logout()
        return found

    def renumber(self) -> None:
        """Lose the numbers of the messages, as after a restore: another UIDVALIDITY, and no flag kept."""
        begun = int(time.time())
        while int(time.time()) == begun:  # the number is made of the second it is given in
            time.sleep(0.05)
        for path in (self.folder / "mail").glob("dovecot*"):
            path.unlink()
        for path in (self.folder / "mail" / "cur").glob("*"):
            path.rename(self.folder / "mail" / "new" / path.name.partition(":")[0])

    def _answers(self) -> bool:
        assert self.process.poll() is None, (self.folder / "log").read_text()
        try:
            self.client().logout()
        except (OSError, imaplib.IMAP4.error):
            return False
        return True


def make_certificate(folder: Path) -> None:
    """A self-signed certificate for localhost."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=2))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
