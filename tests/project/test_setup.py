"""The set-up's own code: pinned archives, stamps, what the checks need."""

from __future__ import annotations

import gzip
import io
import json
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from bootstrap import assets  # noqa: E402
from bootstrap.console import Stop  # noqa: E402
from bootstrap.steps import Stamp, digest  # noqa: E402

FILES = {"package/dist/a.min.css": b"a{}\n/*# sourceMappingURL=a.min.css.map */", "package/icons/b.svg": b"<svg/>"}


def _archive(folder: Path, files: dict[str, bytes]) -> Path:
    path = folder / "thing-1.0.0.tgz"
    with tarfile.open(path, "w:gz") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


def _package(integrity: str, *take: assets.Taken) -> assets.Package:
    return assets.Package("thing", "1.0.0", integrity, take)


def test_only_the_named_files_leave_a_verified_archive(tmp_path: Path) -> None:
    archive = _archive(tmp_path, {**FILES, "package/icons/evil.js": b"x"})
    assets.verify(archive, assets.pin(archive))
    package = _package("", assets.Taken("dist/a.min.css", "out/a.css"), assets.Taken("icons/", "out/icons", (".svg",)))
    assert assets.unpack(package, archive, tmp_path / "root") == 2
    assert (tmp_path / "root/out/a.css").read_bytes() == b"a{}\n"
    assert [path.name for path in (tmp_path / "root/out/icons").iterdir()] == ["b.svg"]
    assert package.is_unpacked(tmp_path / "root")


def test_another_archive_is_refused(tmp_path: Path) -> None:
    archive = _archive(tmp_path, FILES)
    pinned = assets.pin(archive)
    archive.write_bytes(archive.read_bytes() + b"\0")
    with pytest.raises(Stop, match="empreinte"):
        assets.verify(archive, pinned)
    with pytest.raises(Stop):
        assets.verify(archive, "sha1-" + pinned)


def test_a_member_cannot_leave_the_checkout(tmp_path: Path) -> None:
    archive = _archive(tmp_path, {"package/icons/../../../../evil.svg": b"x"})
    with pytest.raises(Stop):
        assets.unpack(_package("", assets.Taken("icons/", "out", ())), archive, tmp_path / "root")


def test_a_packed_file_is_unpacked_within_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = _archive(tmp_path, {"package/fra.data.gz": gzip.compress(b"words" * 1000)})
    package = _package("", assets.Taken("fra.data.gz", "out/fra.data"))
    assert assets.unpack(package, archive, tmp_path / "root") == 1
    assert (tmp_path / "root/out/fra.data").read_bytes() == b"words" * 1000
    monkeypatch.setattr(assets, "_LARGEST_MEMBER", 4999)
    with pytest.raises(Stop):
        assets.unpack(package, archive, tmp_path / "root")


def test_every_pinned_package_is_whole() -> None:
    packages = assets.read_lock(ROOT / "assets.lock.json", for_tests=True)
    assert len({package.name for package in packages}) == len(packages)
    for package in packages:
        assert package.integrity.startswith("sha512-") and package.take, package.name
    assert len(assets.read_lock(ROOT / "assets.lock.json", for_tests=False)) < len(packages)


def test_a_step_is_done_once_per_key(tmp_path: Path) -> None:
    done: list[str] = []
    for key in ("a", "a", "b"):
        Stamp(tmp_path / "stamp.json").once("step", key, lambda key=key: done.append(key))  # type: ignore[misc]
    assert done == ["a", "b"] and json.loads((tmp_path / "stamp.json").read_text()) == {"step": "b"}
    (tmp_path / "f").write_text("1")
    assert digest([tmp_path / "f"]) != digest([tmp_path / "f"], "word")


def test_a_step_that_fails_is_tried_again(tmp_path: Path) -> None:
    def fail() -> None:
        raise Stop("no")

    with pytest.raises(Stop):
        Stamp(tmp_path / "stamp.json").once("step", "a", fail)
    assert Stamp(tmp_path / "stamp.json").get("step") == ""
