"""Anchors, inclusion proofs and exports, judged by openssl and by the verifier that knows nothing of Pli."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from pli.journal.api import (
    Anchor,
    anchor_all,
    chain_events,
    export_chain,
    inclusion_proof,
    make_anchor,
    verify_export,
    verify_inclusion,
    verify_proof,
    waiting_anchors,
)
from pli.kit.clock import FrozenClock
from pli.kit.errors import NotFound
from pli.kit.ids import new_id
from tests.journal.papers import record_papers
from tests.journal.tsa import OpensslTimestamps

pytestmark = pytest.mark.django_db


def _anchored(organisation: UUID, timestamps: OpensslTimestamps, *sizes: int) -> None:
    for size in sizes:
        record_papers(organisation, size)
        make_anchor(organisation, timestamps=timestamps)


def _export(organisation: UUID, timestamps: OpensslTimestamps, folder: Path, **options: Any) -> Path:
    export_chain(organisation, folder, roots=timestamps.roots.read_bytes(), timestamps=timestamps, **options)
    return folder


def test_anchors_follow_one_another(organisation: UUID, timestamps: OpensslTimestamps) -> None:
    assert make_anchor(organisation, timestamps=timestamps) is None
    _anchored(organisation, timestamps, 3, 5)
    spans = Anchor.objects.order_by("first_position").values_list("first_position", "last_position")
    assert list(spans) == [(1, 3), (4, 8)]
    assert make_anchor(organisation, timestamps=timestamps) is None


def test_openssl_accepts_the_token_over_the_root(
    organisation: UUID, timestamps: OpensslTimestamps, tmp_path: Path
) -> None:
    _anchored(organisation, timestamps, 7)
    anchor = Anchor.objects.get()
    assert anchor.token is not None
    (tmp_path / "t.tst").write_bytes(anchor.token)
    command = ["openssl", "ts", "-verify", "-digest", anchor.root, "-in", str(tmp_path / "t.tst"), "-token_in"]
    subprocess.run([*command, "-CAfile", str(timestamps.roots)], check=True, capture_output=True)


def test_once_a_day_in_paris(organisation: UUID, timestamps: OpensslTimestamps) -> None:
    clock = FrozenClock(datetime(2026, 3, 28, 12, tzinfo=UTC))
    record_papers(organisation, 2)
    assert anchor_all(timestamps=lambda _: timestamps, clock=clock) == 1
    record_papers(organisation, 2)
    clock.advance(hours=10)
    assert anchor_all(timestamps=lambda _: timestamps, clock=clock) == 0
    clock.advance(hours=1, minutes=1)  # 23:01 in UTC is tomorrow in Paris
    assert anchor_all(timestamps=lambda _: timestamps, clock=clock) == 1
    assert anchor_all(timestamps=lambda _: timestamps, clock=clock) == 0


def test_a_service_that_is_down_is_asked_again(organisation: UUID, timestamps: OpensslTimestamps) -> None:
    clock = FrozenClock(datetime(2026, 11, 21, 12, tzinfo=UTC))
    timestamps.is_down = True
    record_papers(organisation, 2)
    assert anchor_all(timestamps=lambda _: timestamps, clock=clock) == 0
    assert [anchor.attempts for anchor in waiting_anchors(organisation)] == [1]
    anchor_all(timestamps=lambda _: timestamps, clock=clock)
    assert timestamps.asked == 1, "not before its time"
    event_id = record_papers(organisation, 1)[0].id
    clock.advance(days=1)
    assert anchor_all(timestamps=lambda _: timestamps, clock=clock) == 0
    timestamps.is_down = False
    clock.advance(minutes=4)
    assert anchor_all(timestamps=lambda _: timestamps, clock=clock) == 2
    assert waiting_anchors() == []
    assert verify_inclusion(inclusion_proof(event_id))


def test_an_anchor_cannot_be_changed(organisation: UUID, timestamps: OpensslTimestamps) -> None:
    _anchored(organisation, timestamps, 1)
    for change in ({"root": "0" * 64}, {"token": b""}, {"last_position": 9}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Anchor.objects.update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        Anchor.objects.all().delete()


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 13])
def test_every_event_of_an_anchor_has_its_proof(size: int, organisation: UUID, timestamps: OpensslTimestamps) -> None:
    record_papers(organisation, 4)
    make_anchor(organisation, timestamps=timestamps)
    events = record_papers(organisation, size)
    make_anchor(organisation, timestamps=timestamps)
    for event in events:
        proof = json.loads(json.dumps(inclusion_proof(event.id, organisation_id=organisation)))
        assert proof["anchor"]["first_position"] == 5
        assert verify_inclusion(proof)
        proof["event"]["data"]["pages"] += 1
        assert not verify_inclusion(proof)


def test_a_proof_is_checked_with_its_timestamp(
    organisation: UUID, timestamps: OpensslTimestamps, tmp_path: Path
) -> None:
    _anchored(organisation, timestamps, 3)
    event = record_papers(organisation, 1)[0]
    with pytest.raises(NotFound):
        inclusion_proof(event.id)
    chain_events(organisation)
    assert verify_proof(inclusion_proof(event.id), timestamps.roots).verdict == "INDETERMINATE"
    make_anchor(organisation, timestamps=timestamps)
    proof = inclusion_proof(event.id)
    assert verify_proof(proof, timestamps.roots).verdict == "TOTAL_PASSED"
    other = OpensslTimestamps(tmp_path)
    assert verify_proof(proof, other.roots).verdict == "TOTAL_FAILED"
    assert verify_proof({}, timestamps.roots).verdict == "TOTAL_FAILED"
    with pytest.raises(NotFound):
        inclusion_proof(event.id, organisation_id=new_id())


def test_the_export_proves_itself_without_pli(
    organisation: UUID, timestamps: OpensslTimestamps, tmp_path: Path
) -> None:
    _anchored(organisation, timestamps, 5, 9)
    record_papers(new_id(), 3)
    folder = _export(organisation, timestamps, tmp_path / "export")
    verdict = verify_export(folder, timestamps.roots)
    assert (verdict.verdict, verdict.events, verdict.anchored_events, verdict.anchors) == ("TOTAL_PASSED", 14, 14, 2)
    alone = subprocess.run(
        [sys.executable, "-I", "-S", "verify_journal.py", ".", "--json"], cwd=folder, capture_output=True, text=True
    )
    assert alone.returncode == 0, alone.stdout + alone.stderr
    assert json.loads(alone.stdout)["verdict"] == "TOTAL_PASSED"
    with pytest.raises(FileExistsError):
        export_chain(organisation, folder)


def test_the_end_not_yet_anchored_is_said(organisation: UUID, timestamps: OpensslTimestamps, tmp_path: Path) -> None:
    _anchored(organisation, timestamps, 5)
    record_papers(organisation, 2)
    chain_events(organisation)
    verdict = verify_export(_export(organisation, timestamps, tmp_path / "export"))
    assert verdict.verdict == "INDETERMINATE"
    assert verdict.doubts == ["les entrées 6 à 7 ne sont pas encore ancrées"]


def test_a_part_of_the_chain_can_be_exported(organisation: UUID, timestamps: OpensslTimestamps, tmp_path: Path) -> None:
    _anchored(organisation, timestamps, 5, 4, 3)
    verdict = verify_export(_export(organisation, timestamps, tmp_path / "export", since=7))
    assert (verdict.verdict, verdict.events) == ("TOTAL_PASSED", 7)
    assert verify_export(_export(organisation, timestamps, tmp_path / "none", since=99)).verdict == "TOTAL_PASSED"


def test_an_empty_journal_can_be_exported(organisation: UUID, timestamps: OpensslTimestamps, tmp_path: Path) -> None:
    assert verify_export(_export(organisation, timestamps, tmp_path / "export")).verdict == "TOTAL_PASSED"


def test_one_changed_byte_anywhere_is_seen(organisation: UUID, timestamps: OpensslTimestamps, tmp_path: Path) -> None:
    _anchored(organisation, timestamps, 3, 2)
    folder = _export(organisation, timestamps, tmp_path / "export")
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        kept = path.read_bytes()
        for place in {0, len(kept) // 3, len(kept) // 2, len(kept) - 1}:
            path.write_bytes(kept[:place] + bytes([kept[place] ^ 1]) + kept[place + 1 :])
            verdict = verify_export(folder, timestamps.roots)
            assert verdict.verdict == "TOTAL_FAILED", (path.name, place)
        path.unlink()
        assert verify_export(folder, timestamps.roots).verdict == "TOTAL_FAILED", path.name
        path.write_bytes(kept)
    assert verify_export(folder, timestamps.roots).verdict == "TOTAL_PASSED"


@pytest.mark.parametrize("fraud", ["change", "drop", "swap", "cut", "add"])
def test_a_chain_rewritten_with_care_is_seen_by_its_anchors(
    fraud: str, organisation: UUID, timestamps: OpensslTimestamps, tmp_path: Path
) -> None:
    """The forger recomputes every hash, digest and root, but has no token over the new root."""
    from pli.journal import verify_journal as forge

    _anchored(organisation, timestamps, 3, 4)
    folder = tmp_path / "export"
    export_chain(organisation, folder, roots=timestamps.roots.read_bytes())
    entries = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    if fraud == "change":
        entries[1]["data"]["pages"] = 99
    elif fraud == "drop":
        del entries[1]
    elif fraud == "swap":
        entries[1], entries[2] = entries[2], entries[1]
    elif fraud == "cut":
        del entries[5:]
    else:
        entries.insert(2, {**entries[1], "id": str(new_id())})
    previous, lines = forge.genesis_hash(str(organisation)), []
    for position, entry in enumerate(entries, 1):
        entry.pop("chain_hash")
        entry["position"] = position
        previous = forge.chain_hash(previous, entry)
        lines.append(forge.canonical({**entry, "chain_hash": previous.hex()}) + b"\n")
    (folder / "events.jsonl").write_bytes(b"".join(lines))
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest.update(last_position=len(entries), last_hash=previous.hex())
    manifest["files"]["events.jsonl"] = forge._file_digest(folder / "events.jsonl")
    (folder / "manifest.json").write_bytes(forge.canonical(manifest))
    assert verify_export(folder, timestamps.roots).verdict == "TOTAL_FAILED"


def test_without_openssl_nothing_is_claimed(
    organisation: UUID, timestamps: OpensslTimestamps, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _anchored(organisation, timestamps, 2)
    folder = _export(organisation, timestamps, tmp_path / "export")
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "which", lambda name: None)
        assert verify_export(folder).verdict == "INDETERMINATE"
    assert verify_export(folder).verdict == "TOTAL_PASSED"
