"""Names that senders use: which of them say « not finished yet », and what they will be called then."""

from __future__ import annotations

_ENDINGS = (
    ".tmp",
    ".temp",
    ".part",
    ".partial",
    ".filepart",
    ".upload",
    ".crdownload",
    ".download",
    ".$$$",
    ".writing",
)


def is_temporary(name: str) -> bool:
    """Whether a name is one that programs give to a file they are still writing."""
    low = name.lower()
    return low.endswith((*_ENDINGS, "~")) or low.startswith((".", "~$"))


def final_name(name: str) -> str:
    """The name without what says that it is temporary."""
    low = name.lower()
    for ending in (*_ENDINGS, "~"):
        if low.endswith(ending) and len(name) > len(ending):
            return name[: -len(ending)].lstrip(".~$") or name
    return name.lstrip(".~$") or name


def decode_name(name: str) -> str:
    """A name as the disk has it, readable: UTF-8, or what old systems wrote in cp1252."""
    raw = name.encode("utf-8", "surrogateescape")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")
