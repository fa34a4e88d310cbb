"""The fault matrix on a real installation: what SECURITY promises holds whatever is killed, filled or taken away.

One installation through the whole file; each test leaves it healthy. Figures go to docs/reliability.md.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.installation import Installation, Visitor, begun
from tests.pdf import samples
from tests.support.processes import open_folder

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240, func_only=True)]
MANY = 4


@pytest.fixture(scope="module")
def pli() -> Iterator[Installation]:
    with open_folder("faults") as folder, begun(folder / "home") as made:
        yield made


@contextmanager
def _measured(what: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    print(f"[faults] {what}: {time.monotonic() - began:.1f} s")  # noqa: T201 - the figures of docs/reliability.md


def _ready(pli: Installation, name: str) -> tuple[str, Visitor, dict[str, str]]:
    email = f"{name}@client.example"
    ceremony = pli.ask(name, samples.simple_contract(pages=2, title=name), email)
    visitor = Visitor(pli, email)
    return ceremony, visitor, visitor.arrive()


def _assert_proved_once(pli: Installation, ceremony: str, visitor: Visitor) -> None:
    whole = pli.api("GET", f"/ceremonies/{ceremony}").json()
    assert len(pli.api("GET", f"/ceremonies/{ceremony}/evidence").json()["items"]) == 1
    paper = whole["papers"][0]["document_id"]
    final = pli.api("GET", f"/ceremonies/{ceremony}/files/{paper}").content
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "final.pdf"
        path.write_bytes(final)
        said = subprocess.run(["pdfsig", "-nocert", path], capture_output=True, text=True, check=False).stdout
    assert said.count("Signature is Valid.") == 1, said
    received = pli.until(lambda: [t for t in pli.mailbox.texts(visitor.email) if "/verify" in t])
    assert len(received) == 1


def test_workers_killed_while_they_seal(pli: Installation) -> None:
    people = [_ready(pli, f"kill{number}") for number in range(MANY)]
    chance = random.Random(20261121)  # noqa: S311 - a repeatable fault
    for _ceremony, visitor, form in people:
        visitor.sign(form)
    for _ in range(3):
        time.sleep(chance.uniform(0.05, 0.8))
        pli.kill("worker")
        pli.until(lambda: pli.health()[0] == 200, 40)
    with _measured("workers killed 3 times with kill -9, resumed and all sealed"):
        pli.until(lambda: all(pli.state(one) == "COMPLETED" for one, _, _ in people), 60)
    for ceremony, visitor, _form in people:
        _assert_proved_once(pli, ceremony, visitor)


def test_the_web_killed_during_uploads(pli: Installation) -> None:
    before = len(pli.api("GET", "/documents?limit=200").json()["items"])
    answers: dict[int, str] = {}

    def send(number: int) -> None:
        content = samples.simple_contract(pages=1, title=f"web {number}")
        answer = pli.api(
            "PUT", f"/captures/by-key/web{number}?wait=20", content=content, headers={"Content-Type": "application/pdf"}
        )
        answers[number] = answer.json()["id"] if answer.status_code == 201 else answer.text

    threads = [threading.Thread(target=send, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for _ in range(2):
        time.sleep(0.4)
        pli.kill("web")
    with _measured("web killed twice during 8 uploads, all acknowledged after a retry"):
        for thread in threads:
            thread.join(90)
    assert len(answers) == len(set(answers.values())) == 8, answers
    pli.until(lambda: all(pli.api("GET", f"/captures/{one}").json()["state"] == "FILED" for one in answers.values()))
    assert len(pli.api("GET", "/documents?limit=200").json()["items"]) == before + 8


def test_a_full_disk_is_said_and_nothing_is_acknowledged(pli: Installation) -> None:
    staging = pli.home / "staging"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", staging], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("this user may not mount a small disk")
    content = samples.simple_contract(pages=1) + b"%" + os.urandom(3 << 20)
    try:
        refused = pli.api("PUT", "/captures/by-key/full", content=content, headers={"Content-Type": "application/pdf"})
        assert refused.status_code == 507
        assert "disque du serveur est plein" in refused.json()["detail"]
        assert "Rien n’a été enregistré" in refused.json()["kept"]
        assert not list(staging.iterdir()), "no half-written file stays"
    finally:
        subprocess.run(["umount", staging], check=True)
    accepted = pli.api("PUT", "/captures/by-key/full", content=content, headers={"Content-Type": "application/pdf"})
    assert accepted.status_code == 201


def test_the_database_restarted_at_once_while_people_sign(pli: Installation) -> None:
    people = [_ready(pli, f"base{number}") for number in range(2)]
    people[0][1].sign(people[0][2])
    postmaster = int((pli.home / "postgres/data/postmaster.pid").read_text().split("\n", 1)[0])
    os.kill(postmaster, signal.SIGQUIT)  # what « pg_ctl stop -m immediate » sends
    people[1][1].sign(people[1][2])
    with _measured("database stopped at once, back, both requests sealed"):
        pli.until(lambda: all(pli.state(one) == "COMPLETED" for one, _, _ in people), 60)
    for ceremony, visitor, _form in people:
        _assert_proved_once(pli, ceremony, visitor)


def test_without_timestamps_a_request_waits_and_is_never_sealed_lower(pli: Installation) -> None:
    ceremony, visitor, form = _ready(pli, "horodatage")
    pli.timestamps.is_down = True
    try:
        visitor.sign(form)
        pli.until(lambda: pli.api("GET", f"/ceremonies/{ceremony}").json()["failure_code"], 30)
        assert pli.state(ceremony) == "SEALING"
        assert "Le document est en cours de scellement" in visitor.outcome()
    finally:
        pli.timestamps.is_down = False
    with _measured("timestamps back, request sealed by itself"):
        pli.until(lambda: pli.state(ceremony) == "COMPLETED", 60)
    _assert_proved_once(pli, ceremony, visitor)
    assert pli.api("GET", f"/ceremonies/{ceremony}").json()["level"] == "B-T"


def test_without_a_mail_server_the_invitation_waits_and_arrives_once(pli: Installation) -> None:
    pli.mailbox.close()
    ceremony = pli.ask("courrier", samples.simple_contract(pages=1), "courrier@client.example")
    time.sleep(3)
    assert not pli.mailbox.texts("courrier@client.example")
    pli.mailbox.open()
    with _measured("mail server back, invitation delivered"):
        pli.until(lambda: pli.mailbox.texts("courrier@client.example"), 100)
    assert pli.state(ceremony) == "IN_PROGRESS"
    assert len(pli.mailbox.texts("courrier@client.example")) == 1


FIND = """
from datetime import UTC, datetime, timedelta
from pli.archive.api import rehash_blobs
from pli.kit.clock import FrozenClock
print("damaged:", rehash_blobs(limit=10_000, clock=FrozenClock(datetime.now(UTC) + timedelta(days=60))))
"""


def test_one_flipped_bit_is_found_in_one_pass(pli: Installation) -> None:
    blob = max((pli.home / "blobs").glob("??/??/*"), key=lambda path: path.stat().st_mtime)
    content = bytearray(blob.read_bytes())
    content[len(content) // 2] ^= 1
    blob.chmod(0o640)
    blob.write_bytes(content)
    said = pli.command("manage", "shell", "-v", "0", "-c", FIND)
    assert blob.name in said.stdout, said.stdout + said.stderr
    assert said.stdout.count("'") == 2, "that one and no other"
