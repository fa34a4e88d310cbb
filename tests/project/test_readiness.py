"""What is told to whoever started Pli, when not all of it is ready."""

from __future__ import annotations

from pathlib import Path

import pytest

from pli.project import readiness
from pli.project.config import Config, config
from pli.project.readiness import ready_lines
from pli.project.speech import speaking


@pytest.fixture
def nearly_full(monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.setattr(readiness, "free_megabytes", lambda folder: 150)
    return config()


def test_a_disk_nearly_full_is_told_in_figures_and_the_pages_are_shown(nearly_full: Config) -> None:
    first, disk, *rest = ready_lines(nearly_full, ("disk",))
    assert nearly_full.base_url in first
    assert disk.startswith(f"Il reste 150 Mo sur le disque qui porte {nearly_full.home}")
    assert "au moins 200" in disk and "Libérez au moins 50 Mo" in disk
    assert any(str(nearly_full.home) in line for line in rest)


def test_what_does_not_run_is_told_in_words_beside_the_disk(nearly_full: Config) -> None:
    first, disk = ready_lines(nearly_full, ("worker", "disk", "files"))
    assert "les traitements en arrière-plan ne tournent pas, la réception des numérisations ne répond pas" in first
    assert "disk" not in first
    assert "150 Mo" in disk


def test_english_is_spoken_too(nearly_full: Config) -> None:
    with speaking("en"):
        assert ready_lines(nearly_full, ("disk",))[1].startswith("150 MB are left on the disk")
        assert "the mail gateway does not answer" in ready_lines(nearly_full, ("mail",))[0]


def test_every_part_of_the_health_page_has_words() -> None:
    from pli.project.health import PARTS

    assert set(PARTS) - {readiness.DISK} <= readiness._PART_LABELS.keys()


@pytest.mark.parametrize(("level", "free"), [("runtime", 1_499), ("dev", 1_999)])
def test_the_set_up_asks_for_room_before_it_installs(
    level: str, free: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bootstrap import environment
    from bootstrap.console import Stop

    class Usage:
        def __init__(self, megabytes: int) -> None:
            self.free = megabytes * 1_000_000

    monkeypatch.setenv("PLI_VENV", str(tmp_path / "not" / "yet"))
    monkeypatch.setattr(environment.shutil, "disk_usage", lambda folder: Usage(free))
    with pytest.raises(Stop, match=rf"Il reste {free} Mo sur le disque qui porte .*/not/yet ; .* Libérez 1 Mo"):
        environment.require_room(level)
    monkeypatch.setattr(environment.shutil, "disk_usage", lambda folder: Usage(free + 1))
    environment.require_room(level)
