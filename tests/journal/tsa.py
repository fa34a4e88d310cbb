"""A timestamp authority made with the openssl command, independent of Pli's own code."""

from __future__ import annotations

import subprocess
from pathlib import Path

_CONFIG = """
[req]
distinguished_name = name
[name]
[ca]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[tsa]
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[tsp]
serial = {folder}/serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
"""


class OpensslTimestamps:
    """Its tokens are real ones; it can be told to be out of order."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.is_down = False
        self.asked = 0
        (folder / "conf").write_text(_CONFIG.format(folder=folder))
        (folder / "serial").write_text("01")
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                      "/CN=Test root", "-days", "30", "-keyout", "ca.key", "-out", "roots.pem", "-extensions", "ca",
                      "-config", "conf")  # fmt: skip
        self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=Test TSA",
                      "-keyout", "tsa.key", "-out", "tsa.csr", "-config", "conf")  # fmt: skip
        self._openssl("x509", "-req", "-in", "tsa.csr", "-CA", "roots.pem", "-CAkey", "ca.key", "-set_serial", "2",
                      "-days", "30", "-extfile", "conf", "-extensions", "tsa", "-out", "tsa.pem")  # fmt: skip

    @property
    def roots(self) -> Path:
        """The trusted root."""
        return self.folder / "roots.pem"

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=self.folder)

    def timestamp(self, digest: bytes) -> bytes:
        """A DER token over a SHA-256 digest."""
        self.asked += 1
        if self.is_down:
            raise ConnectionError("out of order")
        self._openssl("ts", "-query", "-digest", digest.hex(), "-sha256", "-cert", "-out", "q.tsq")
        self._openssl("ts", "-reply", "-config", "conf", "-section", "tsp", "-queryfile", "q.tsq", "-inkey", "tsa.key",
                      "-signer", "tsa.pem", "-token_out", "-out", "t.tst")  # fmt: skip
        return (self.folder / "t.tst").read_bytes()
