"""How much one file may weigh, in words."""

from __future__ import annotations


def readable_size(size: int) -> str:
    """Bytes as a person reads them, in the decimal units of disks: « 1,1 Go »."""
    for unit, weight in (("Go", 10**9), ("Mo", 10**6), ("ko", 10**3)):
        if size >= weight:
            return f"{size / weight:.1f}".rstrip("0").rstrip(".").replace(".", ",") + f" {unit}"
    return f"{size} o"
