"""Debian's packages: what is missing is installed when we are root, and named in one line when we are not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bootstrap.console import Stop, say


@dataclass(frozen=True)
class Need:
    """A Debian package, how to see that what it brings is there, and what is lost without it."""

    package: str
    is_there: Callable[[], bool]
    without: str = ""


def _program(*names: str) -> Callable[[], bool]:
    return lambda: any(shutil.which(name) for name in names)


def _file(*paths: str) -> Callable[[], bool]:
    return lambda: any(Path(path).exists() for path in paths)


def _can_make_environments() -> bool:
    probe = subprocess.run([sys.executable, "-c", "import ensurepip, venv"], capture_output=True, check=False)
    return probe.returncode == 0


PYTHON_VENV = Need("python3-venv", _can_make_environments)
ALLOCATOR = Need(
    "libmimalloc2.0",
    _file(
        *(f"/usr/lib/{machine}-linux-gnu/libmimalloc.so.{one}" for machine in ("x86_64", "aarch64") for one in (2, 3))
    ),
    "files are read and made with the system's own allocator, which is slower",
)
FOR_TESTS = (
    ALLOCATOR,
    Need("chromium", _program("chromium", "chromium-browser", "google-chrome"), "browser tests are skipped"),
    Need("poppler-utils", _program("pdfsig"), "pdfsig does not judge the signed files"),
    Need("openssl", _program("openssl"), "openssl does not judge the timestamps"),
    Need("default-jre-headless", _program("java"), "PDFBox does not judge PDF/A"),
    Need("libpdfbox2-java", _file("/usr/share/java/pdfbox2.jar"), "PDFBox does not judge PDF/A"),
    Need("libactivation-java", _file("/usr/share/java/javax.activation.jar"), "PDFBox does not judge PDF/A"),
    Need("libjaxb-api-java", _file("/usr/share/java/jaxb-api.jar"), "PDFBox does not judge PDF/A"),
    Need("softhsm2", _program("softhsm2-util"), "no seal is made inside a device (PKCS#11)"),
    Need("cups", _program("cupsd", "/usr/sbin/cupsd"), "no real CUPS queue prints into Pli"),
    Need("cups-client", _program("lp"), "no real CUPS queue prints into Pli"),
    Need("dovecot-imapd", _program("dovecot", "/usr/sbin/dovecot"), "no real mailbox is read"),
    Need("openssh-client", _program("sftp"), "OpenSSH's sftp does not drop files"),
    Need("curl", _program("curl"), "curl does not drop files"),
    Need("cups-ipp-utils", _program("ipptool"), "ipptool does not judge the printer"),
)


def can_install() -> bool:
    """Whether this process may install Debian packages."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _apt(*arguments: str) -> bool:
    done = subprocess.run(
        ["apt-get", "-q", "-y", "-o", "Dpkg::Use-Pty=0", "-o", "DPkg::Lock::Timeout=120", *arguments],  # noqa: S607
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


def _install(packages: list[str]) -> bool:
    """Install them all; the package lists are refreshed only when they turn out to be missing or old."""
    arguments = ("install", "--no-install-recommends", *packages)
    return _apt(*arguments) or (_apt("update") and _apt(*arguments))


def require(need: Need, *, otherwise: str) -> None:
    """Have ``need`` on the machine.

    :raises Stop: with ``otherwise`` when it is missing and can't be installed.
    """
    if need.is_there():
        return
    if can_install():
        say(f"Installation du paquet Debian {need.package}")
        if _install([need.package]) and need.is_there():
            return
    raise Stop(otherwise)


def wish(needs: tuple[Need, ...]) -> list[Need]:
    """Have as many of ``needs`` as the machine allows; the ones that stay missing are returned, never silently."""
    missing = [need for need in needs if not need.is_there()]
    if missing and can_install():
        say("Installing Debian packages for the tests: " + " ".join(need.package for need in missing))
        if not _install([need.package for need in missing]):
            # One package that the machine can't have must not cost the others.
            for need in missing:
                _install([need.package])
        missing = [need for need in missing if not need.is_there()]
    return missing
