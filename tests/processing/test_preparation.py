"""What the fork server loads before its jobs: a job that imports pays for it each time, and dies with it."""

from __future__ import annotations

import json
import subprocess
import sys

# In a process of its own: what other tests have imported would hide what is missing.
_TRIED = """
import io, json, sys, tempfile
from datetime import UTC, datetime
import pikepdf
from pli.processing import jobs
from pli.processing.plugs import Context
from pli.processing.wire import unpack_lines, write_context

jobs.prepare_sandbox()
before = set(sys.modules)

def opened(data):
    file = tempfile.TemporaryFile()
    file.write(data)
    file.seek(0)
    return file

document = pikepdf.new()
for _ in range(8):
    page = document.add_blank_page(page_size=(595, 842))
    page.contents_add(b"BT /F1 12 Tf 72 700 Td (Facture F2026-00001) Tj ET")
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    page.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
written = io.BytesIO()
document.save(written)
with pikepdf.open(written) as source:
    objects = [list(page.obj.objgen) for page in source.pages]
steps = [{"slug": "pdfa", "options": {"part": "1b"}}]
read = jobs.read({"source": opened(written.getvalue())}, first=1, last=8, steps=steps, barcodes=False)
told = int.from_bytes(read[:4], "big")
lines = unpack_lines(read[4 + told :])
seal = {"field_name": "S", "signed_at": datetime.now(UTC).isoformat(), "signer_name": "é", "reason": "é",
        "box": [0, 0, 1, 1], "reserved": 64, "page": 1}
pieces = [{"id": str(at), "lines": [at], "objects": [objects[at]], "kind": ""} for at in range(8)]
context = write_context(Context("Mercier", "fr", datetime.now(UTC), 0, "", "", "", {}, (), ()))
files = {
    "source": opened(written.getvalue()),
    "context": opened(json.dumps(context).encode()),
    "readings": opened(b"\\n".join(lines)),
    "packed": opened(b""),
}
order = {"pieces": pieces, "steps": steps, "is_whole": False, "seal": seal}
made = jobs.make(files, order=order, seconds=60)
print(json.dumps({
    "problems": [one["problem"] for one in made if "problem" in one],
    "sizes": [one["size"] for one in made if "size" in one],
    "imported": sorted(set(sys.modules) - before),
}))
"""


def test_a_job_imports_nothing() -> None:
    done = subprocess.run([sys.executable, "-c", _TRIED], capture_output=True, text=True, check=False, timeout=120)

    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout)
    assert told["problems"] == []
    assert len(told["sizes"]) == 8
    # The names of its own codecs are looked up in the fork server.
    assert [name for name in told["imported"] if not name.startswith("encodings.")] == []
