"""The watched folder: never half a file, each one once, and nothing lost whatever happens in between."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction

from pli.capture.api import (
    Capture,
    CaptureState,
    FolderOptions,
    InputSource,
    SourceSettings,
    create_source,
)
from pli.capture.channels.folder.taking import Outcome, Place, take_file
from pli.capture.channels.folder.walking import find_files, opened_root
from pli.capture.errors import FolderRefused
from pli.capture.sources.folders import folder_of
from pli.documents.api import blob_path
from tests.capture.sources.conftest import FilesProcess, make_pdf, make_picture, start_files
from tests.support.people import House, make_house
from tests.support.processes import wait_until
from tests.support.queue import RunJobs


def _captured() -> list[str]:
    return sorted(Capture.objects.values_list("file_name", flat=True))


def _look_once(source: InputSource, *, seen_for: float = 100.0) -> list[Outcome]:
    """One round, by hand."""
    with opened_root(str(folder_of(source))) as root:
        place = Place(source, root)
        found = find_files(root, deep=place.options.takes_subfolders)
        return [take_file(place, one, seen_for=seen_for) for one in found]


def test_a_file_moved_in_is_taken_soon_and_set_apart(
    files: FilesProcess, folder_source: InputSource, tmp_path: Path
) -> None:
    inbox = folder_of(folder_source)
    document = tmp_path / "F-001.pdf"
    document.write_bytes(make_pdf("Déplacé"))
    digest = hashlib.sha256(document.read_bytes()).hexdigest()
    wait_until(lambda: inbox.is_dir(), seconds=10)
    time.sleep(2.5)
    moved_at = time.monotonic()
    shutil.move(document, inbox)
    wait_until(lambda: bool(_captured()), seconds=20)
    assert time.monotonic() - moved_at < 8
    capture = Capture.objects.get()
    assert (capture.blob_id, capture.channel, capture.wishes["kind"]) == (digest, "folder", "invoice")
    wait_until(lambda: (inbox / "done" / "F-001.pdf").exists(), seconds=10)
    assert not (inbox / "F-001.pdf").exists()


def test_nobody_waits_for_a_large_file(files: FilesProcess, folder_source: InputSource) -> None:
    inbox = folder_of(folder_source)
    wait_until(lambda: inbox.is_dir(), seconds=10)
    with (inbox / ".plan").open("wb") as large:
        large.write(b"%PDF-1.4\n")
        large.truncate(500 << 20)
    for name in ("a", "b"):
        (inbox / f".{name}").write_bytes(make_pdf(name))
    # Quiet from the first glance; the large one is the oldest, and the oldest goes first.
    for age, name in enumerate(("b", "a", "plan"), start=10):
        os.utime(inbox / f".{name}", (time.time() - age, time.time() - age))
    for name in ("plan", "a", "b"):
        (inbox / f".{name}").rename(inbox / f"{name}.pdf")
    wait_until(lambda: {"a.pdf", "b.pdf"} <= set(_captured()), seconds=20)
    assert "plan.pdf" not in _captured(), "the large one came first"
    wait_until(lambda: _captured() == ["a.pdf", "b.pdf", "plan.pdf"], seconds=60)
    taken = Capture.objects.get(file_name="plan.pdf")
    assert (taken.resent, blob_path(taken.blob_id).stat().st_size) == (0, 500 << 20)


def test_a_slow_writer_is_waited_for(files: FilesProcess, folder_source: InputSource) -> None:
    """It pauses longer than any quiet time, with the file open: only its closing makes it whole."""
    target = folder_of(folder_source) / "lent.pdf"
    document = make_pdf("Lent", pages=20)
    script = f"""
import sys, time
content = sys.stdin.buffer.read()
with open({str(target)!r}, "wb", buffering=0) as file:
    file.write(content[:500])
    time.sleep(6)
    file.write(content[500:])
"""
    writer = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE)
    assert writer.stdin
    writer.stdin.write(document)
    writer.stdin.close()
    time.sleep(5)
    assert not Capture.objects.exists()
    writer.wait(20)
    wait_until(lambda: bool(_captured()), seconds=20)
    assert Capture.objects.get().blob_id == hashlib.sha256(document).hexdigest()


def test_temporary_names_links_and_pipes_are_left_alone(folder_source: InputSource, tmp_path: Path) -> None:
    inbox = folder_of(folder_source)
    # Beside the folder, not in it: a file may have a second name only on the same disk.
    secret = Path(settings.PLI_HOME) / "secret.pdf"
    secret.write_bytes(make_pdf("Secret"))
    for name in ("a.pdf.part", "b.tmp", ".hidden.pdf", "c.pdf~", "~$d.docx"):
        (inbox / name).write_bytes(make_pdf(name))
    (inbox / "link.pdf").symlink_to(secret)
    (inbox / "linked").symlink_to(tmp_path)
    os.mkfifo(inbox / "pipe.pdf")
    os.link(secret, inbox / "hard.pdf")
    assert _look_once(folder_source) == [Outcome.REFUSED]
    assert not Capture.objects.exists() and secret.exists()
    assert (inbox / "refused" / "hard.pdf").exists() and "autre nom" in (inbox / "refused" / "hard.pdf.txt").read_text()


def test_a_folder_swapped_for_a_link_leads_nowhere(folder_source: InputSource, tmp_path: Path) -> None:
    inbox = folder_of(folder_source)
    (inbox / "sub").mkdir()
    (inbox / "sub" / "a.pdf").write_bytes(make_pdf("Dedans"))
    (tmp_path / "a.pdf").write_bytes(make_pdf("Dehors"))
    with opened_root(str(inbox)) as root:
        [found] = find_files(root, deep=True)
        shutil.rmtree(inbox / "sub")
        (inbox / "sub").symlink_to(tmp_path)
        assert take_file(Place(folder_source, root), found, seen_for=100) is not Outcome.TAKEN
    assert not Capture.objects.exists() and (tmp_path / "a.pdf").exists()


def test_subfolders_hostile_names_and_old_encodings(folder_source: InputSource) -> None:
    inbox = folder_of(folder_source)
    (inbox / "2026" / "11").mkdir(parents=True)
    (inbox / "2026" / "11" / "F 1.pdf").write_bytes(make_pdf("1"))
    with open(os.fsencode(inbox) + b"/D\xe9compte\n\x1b[31m.pdf", "wb") as file:  # noqa: PTH123 - a name in bytes
        file.write(make_pdf("2"))
    (inbox / "=cmd|' fdp.exe").write_bytes(make_pdf("3"))
    assert set(_look_once(folder_source)) == {Outcome.TAKEN}
    names = _captured()
    assert names[0] == "=cmd' fdp.exe" and "F 1.pdf" in names and "Décompte[31m.pdf" in names
    assert len(list((inbox / "done").iterdir())) == 3


def test_what_is_no_document_is_set_apart_with_a_note_and_shown(folder_source: InputSource, run_jobs: RunJobs) -> None:
    inbox = folder_of(folder_source)
    (inbox / "notes.docx").write_bytes(b"PK\x03\x04 no document of ours")
    (inbox / "vide.pdf").touch()
    (inbox / "scan.tif").write_bytes(make_picture("TIFF", pages=2))
    # As long as a disk lets a name be, and taken already where it is to go.
    longest = "漢" * 83 + ".xyz"
    (inbox / longest).write_bytes(b"nothing of ours")
    (inbox / "refused").mkdir(exist_ok=True)
    (inbox / "refused" / longest).touch()
    assert sorted(one.value for one in _look_once(folder_source)) == ["refused", "refused", "refused", "taken"]
    run_jobs()
    states = dict(Capture.objects.exclude(file_name__startswith="漢").values_list("file_name", "state"))
    assert states == {"notes.docx": CaptureState.PARKED, "scan.tif": CaptureState.FILED}
    assert not (inbox / longest).exists()
    assert [one.read_text() for one in (inbox / "refused").glob("漢*.txt")] != []
    assert sorted(one.name for one in (inbox / "refused").iterdir() if one.name[0] != "漢") == [
        "notes.docx", "notes.docx.txt", "vide.pdf", "vide.pdf.txt",
    ]  # fmt: skip
    folder_source.refresh_from_db()
    assert folder_source.problem_code == "CAP-012"


def test_an_empty_file_has_a_minute_to_be_filled(folder_source: InputSource) -> None:
    (folder_of(folder_source) / "bientôt.pdf").touch()
    assert _look_once(folder_source, seen_for=30) == [Outcome.LATER]


def test_a_file_changed_while_it_was_captured_is_not_removed(folder_source: InputSource) -> None:
    """What was there is captured; what it became is another file, taken next."""
    target = folder_of(folder_source) / "change.pdf"
    target.write_bytes(make_pdf("Avant"))
    with opened_root(str(folder_of(folder_source))) as root:
        [found] = find_files(root, deep=False)
        target.write_bytes(make_pdf("Après, plus long"))
        assert take_file(Place(folder_source, root), found, seen_for=100) is Outcome.LATER
    assert target.exists() and not Capture.objects.exists()
    assert _look_once(folder_source) == [Outcome.TAKEN]


def test_an_open_writer_is_seen(folder_source: InputSource) -> None:
    target = folder_of(folder_source) / "open.pdf"
    script = f"import sys,time\nf=open({str(target)!r},'ab')\nprint('open',flush=True)\ntime.sleep(60)"
    target.write_bytes(make_pdf("Ouvert"))
    writer = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    try:
        assert writer.stdout and writer.stdout.readline()
        assert _look_once(folder_source) == [Outcome.LATER]
    finally:
        writer.kill()
        writer.wait()
    assert _look_once(folder_source) == [Outcome.TAKEN]


def test_killed_between_the_disk_and_the_commit(house: House, tmp_path: Path) -> None:
    """The bytes are stored, the row is not: the file stays, and the next start makes one capture of it."""
    source, _ = create_source(house.bruno, chosen=SourceSettings("Sans trace", FolderOptions()))
    inbox = folder_of(source)
    inbox.mkdir(parents=True, exist_ok=True)
    document = make_pdf("Entre deux")
    running = start_files(tmp_path / "files.log")
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE capture_capture IN ACCESS EXCLUSIVE MODE")
            (inbox / "a.pdf").write_bytes(document)
            wait_until(blob_path(hashlib.sha256(document).hexdigest()).exists, seconds=30)
            running.kill()
    finally:
        if running.process.poll() is None:
            running.kill()
    assert not Capture.objects.exists() and (inbox / "a.pdf").exists()
    again = start_files(tmp_path / "files.log")
    try:
        wait_until(lambda: not (inbox / "a.pdf").exists(), seconds=30)
    finally:
        again.stop()
    # One, whichever round took it: a busy machine may break the hold on the file, which is then found once more.
    assert Capture.objects.get().blob_id == hashlib.sha256(document).hexdigest()


def test_the_same_file_found_again_is_one_capture(folder_source: InputSource, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after a crash between the commit and the removal: same place, same date, same bytes."""
    from pli.capture.channels.folder import taking

    (folder_of(folder_source) / "a.pdf").write_bytes(make_pdf("Une fois"))

    def crash(*given: object) -> None:
        raise SystemExit

    with monkeypatch.context() as broken:
        broken.setattr(taking, "_set_apart", crash)
        with pytest.raises(SystemExit):
            _look_once(folder_source)
    assert Capture.objects.count() == 1 and (folder_of(folder_source) / "a.pdf").exists()
    assert _look_once(folder_source) == [Outcome.TAKEN]
    assert Capture.objects.get().resent == 1 and not (folder_of(folder_source) / "a.pdf").exists()


def test_a_full_disk_leaves_the_file_and_says_so(files: FilesProcess, folder_source: InputSource) -> None:
    staging = Path(settings.PLI_HOME) / "staging"
    staging.mkdir(exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", staging], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("this user may not mount a small disk")
    target = folder_of(folder_source) / "gros.pdf"
    try:
        target.write_bytes(make_pdf("Gros") + b"%" + os.urandom(3 << 20))
        wait_until(lambda: _problem(folder_source) == "DOC-001", seconds=20)
        assert target.exists() and not Capture.objects.exists()
    finally:
        subprocess.run(["umount", staging], check=True)
    wait_until(lambda: bool(_captured()), seconds=30)
    wait_until(lambda: _problem(folder_source) == "", seconds=20)


def _problem(source: InputSource) -> str:
    source.refresh_from_db()
    return source.problem_code


def test_many_files_dropped_at_once_are_each_one_capture(files: FilesProcess, folder_source: InputSource) -> None:
    inbox = folder_of(folder_source)

    def drop(start: int) -> None:
        for number in range(start, 40, 4):
            half = inbox / f"{number}.pdf.tmp"
            half.write_bytes(make_pdf(f"Numéro {number}"))
            half.rename(inbox / f"{number}.pdf")

    threads = [threading.Thread(target=drop, args=(start,)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wait_until(lambda: len(_captured()) == 40, seconds=60)
    wait_until(lambda: len(list((inbox / "done").iterdir())) == 40, seconds=20)
    assert sum(Capture.objects.values_list("resent", flat=True)) == 0


def test_only_folders_the_administrator_opened_may_be_watched(house: House, tmp_path: Path, settings: object) -> None:
    opened, closed = tmp_path / "scans", tmp_path / "prive"
    for folder in (opened / "mercier", closed):
        folder.mkdir(parents=True)
    (opened / "detour").symlink_to(closed)
    settings.PLI_FOLDERS = f"mercier={opened}:autre={closed}"  # type: ignore[attr-defined]

    def watch(path: Path | str, name: str) -> InputSource:
        chosen = SourceSettings(name, FolderOptions(path=str(path)))
        return create_source(house.alice, chosen=chosen)[0]

    first = watch(opened / "mercier", "Permis")
    for path in (closed, opened / "detour", "/etc", "relatif", opened / "absent", f"{opened}/../prive"):
        with pytest.raises(FolderRefused):
            watch(path, f"Refusé {path}")
    with pytest.raises(FolderRefused, match="CAP-010"):
        watch(opened, "Au-dessus")
    neighbour = make_house("riviere")
    with pytest.raises(FolderRefused):
        create_source(neighbour.alice, chosen=SourceSettings("Chez le voisin", FolderOptions(path=str(opened))))
    assert folder_of(first) == opened / "mercier"
