"""What the fork server loads before its jobs: a job that imports pays for it each time, and dies with it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pli

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


# A real fork server of its own takes them in, one after the other; the job that is asked for is none.
_TAKEN_IN = """
import json, os, sys
from pli.kit.sandbox import SandboxFailed, run_isolated
from pli.kit.sandbox_client import current_server

told = {}
for module in sys.argv[1:]:
    try:
        run_isolated(f"{module}:no_such_job")
    except SandboxFailed as failure:
        threads = len(os.listdir(f"/proc/{current_server().process_id()}/task"))
        told[module] = [failure.details["reason"], threads]
print(json.dumps(told))
"""


def modules_that_prepare() -> list[str]:
    """Every module that says what its jobs need before they are locked up."""
    sources = Path(pli.__file__).parent
    found = (path for path in sources.rglob("*.py") if "\ndef prepare_sandbox(" in path.read_text())
    return sorted(".".join(("pli", *path.relative_to(sources).with_suffix("").parts)) for path in found)


def test_the_fork_server_has_one_thread_whatever_it_has_loaded() -> None:
    """A thread is not forked, but the lock it holds is: a job that needs it waits for ever. The judge of PDF/A keeps a
    pool of them from its first call on, so it is only called in jobs."""
    modules = modules_that_prepare()
    assert "pli.processing.jobs" in modules
    command = [sys.executable, "-c", _TAKEN_IN, *modules]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=180)

    assert done.returncode == 0, done.stderr[-3000:]
    # Each was loaded, for its job was looked for.
    assert json.loads(done.stdout) == {module: ["AttributeError", 1] for module in modules}
