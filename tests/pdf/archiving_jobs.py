"""Jobs of the tests: a conversion inside the sandbox, where no file can be opened."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, BinaryIO

import pikepdf

from pli.pdf.api import ArchiveInfo, judge_archival, make_archival, prepare_archival, save_archival

Files = Mapping[str, BinaryIO]


def prepare_sandbox() -> None:
    prepare_archival()


def convert(files: Files, *, part: Any, made_at: str, title: str = "") -> dict[str, Any]:
    """Write the archival form of ``source`` to ``target``; what was done and what the judge says."""
    info = ArchiveInfo(made_at=datetime.fromisoformat(made_at), title=title)
    with pikepdf.open(files["source"]) as pdf:
        changes = make_archival(pdf, part, info)
        data = save_archival(pdf, part)
    files["target"].write(data)
    return {"changes": json.loads(json.dumps(changes)), "problems": judge_archival(data, part)}
