"""A backup gives everything back, verified; a damaged one is refused."""

from __future__ import annotations

import hashlib
import os
import tarfile
from pathlib import Path

import pytest
from django.conf import settings

from pli.project.backup import back_up, is_empty_home, unpack
from pli.project.faults import UnableToBackUp, UnableToRestore
from pli.project.home import make_home

URL = os.environ["PLI_DATABASE_URL"]
CONTENT = b"%PDF-1.7 contrat"
NAME = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    make_home(home)
    blob = home / "blobs" / NAME[:2] / NAME[2:4] / NAME
    blob.parent.mkdir(parents=True)
    blob.write_bytes(CONTENT)
    (home / "keys" / "django.key").write_text("secret")
    (home / "trust").mkdir()
    (home / "trust" / "authority.pem").write_text("pem")
    (home / "logs" / "web.log").write_text("left out")
    return home


def test_what_is_kept_comes_back_and_the_rest_is_left(home: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup.tar"
    tally = back_up(home, URL, backup)
    assert (tally.blobs, tally.damaged) == (1, [])
    assert backup.stat().st_mode & 0o777 == 0o600
    target = tmp_path / "restored"
    assert is_empty_home(target)
    make_home(target)
    assert is_empty_home(target)
    assert unpack(backup, target, tmp_path / "dump").blobs == 1
    assert (target / "blobs" / NAME[:2] / NAME[2:4] / NAME).read_bytes() == CONTENT
    assert (target / "keys" / "django.key").stat().st_mode & 0o777 == 0o600
    assert (target / "trust" / "authority.pem").exists()
    assert not (target / "logs" / "web.log").exists()
    assert (tmp_path / "dump").read_bytes().startswith(b"PGDMP")
    assert not is_empty_home(target)


def test_a_flipped_bit_in_the_backup_is_refused(home: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup.tar"
    back_up(home, URL, backup)
    content = bytearray(backup.read_bytes())
    content[content.index(CONTENT)] ^= 1
    backup.write_bytes(content)
    with pytest.raises(UnableToRestore, match="SHA-256"):
        unpack(backup, tmp_path / "restored", tmp_path / "dump")


def test_a_damaged_blob_is_named(home: Path, tmp_path: Path) -> None:
    (home / "blobs" / NAME[:2] / NAME[2:4] / NAME).write_bytes(b"other")
    assert back_up(home, URL, tmp_path / "backup.tar").damaged == [NAME]


def test_a_truncated_backup_is_refused(home: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup.tar"
    back_up(home, URL, backup)
    backup.write_bytes(backup.read_bytes()[: backup.stat().st_size // 2 // 512 * 512])
    with pytest.raises(UnableToRestore):
        unpack(backup, tmp_path / "restored", tmp_path / "dump")


def test_a_member_that_leads_out_is_refused(tmp_path: Path) -> None:
    (tmp_path / "evil").write_text("x")
    with tarfile.open(tmp_path / "backup.tar", "w") as tar:
        tar.add(tmp_path / "evil", "home/../../evil2")
    with pytest.raises(UnableToRestore):
        unpack(tmp_path / "backup.tar", tmp_path / "restored", tmp_path / "dump")
    assert not (tmp_path.parent / "evil2").exists()


def test_nothing_half_written_is_left(home: Path, tmp_path: Path) -> None:
    with pytest.raises(UnableToBackUp):
        back_up(home, "postgresql://nobody@127.0.0.1:1/none", tmp_path / "backup.tar")
    assert [path.name for path in tmp_path.iterdir()] == ["home"]
    assert settings.PLI_HOME
