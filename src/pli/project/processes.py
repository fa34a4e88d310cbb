"""The table of what the supervisor keeps running. A new part of Pli is one more line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pli.project.config import Config


@dataclass(frozen=True)
class Part:
    """A program the supervisor starts, watches and stops."""

    name: str
    """How it is called in lines and in ``logs/<name>.log``."""
    command: tuple[str, ...]
    """Arguments of ``pli``."""
    count: Callable[[Config], int] = lambda config: 1
    """How many of them; 0 when this installation does not want it."""
    port: Callable[[Config], tuple[str, int, str] | None] = lambda config: None
    """The address, the port and its variable, checked before anything starts."""
    other_port: Callable[[Config], tuple[str, int, str] | None] = lambda config: None
    """A second one; a port of 0 is no door."""
    stop_seconds: float = 8.0
    """How long it may take to finish what it does once asked to stop; then its group is killed."""


PARTS: tuple[Part, ...] = (
    Part(
        "web",
        ("web",),
        port=lambda config: (config.host, config.port, "PLI_PORT"),
    ),
    Part(
        "printer",
        ("ipp",),
        count=lambda config: 1 if config.ipp_port else 0,
        port=lambda config: (config.host, config.ipp_port, "PLI_IPP_PORT"),
    ),
    Part(
        "files",
        ("files",),
        port=lambda config: (config.host, config.ftp_port, "PLI_FTP_PORT"),
        other_port=lambda config: (config.host, config.sftp_port, "PLI_SFTP_PORT"),
    ),
    Part(
        "mail",
        ("mail",),
        count=lambda config: int(any((config.smtp_port, config.smtps_port, config.lmtp_port, config.lmtp_socket))),
        port=lambda config: (config.host, config.smtp_port, "PLI_SMTP_PORT"),
        other_port=lambda config: (config.host, config.smtps_port, "PLI_SMTPS_PORT"),
    ),
    Part("worker", ("worker",), count=lambda config: config.worker_processes, stop_seconds=10.0),
)
