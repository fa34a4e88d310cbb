"""The documentation is true: links lead somewhere, settings and refusals are all there, the README's commands run."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pli.project import error_page
from pli.project.translations import contradictions, missing_translations

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
_LINK = re.compile(r"""\]\(([^)\s]+)\)|<img src="([^"]+)\"""")
_VARIABLE = re.compile(r"PLI_[A-Z0-9_]*[A-Z0-9]")
# What a path in the text of the documentation looks like; only those the repository itself holds.
_PATH = re.compile(r"`((?:src|tests|docs|bootstrap|benches)/[\w./-]+)`")


def _anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as forges make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for found in _LINK.finditer(page.read_text()):
        target, _, anchor = (found.group(1) or found.group(2)).partition("#")
        if "://" in target or target.startswith("mailto:"):
            continue
        place = (page.parent / target).resolve() if target else page
        assert place.exists(), f"{page.name}: {target}"
        if anchor and place.suffix == ".md":
            assert anchor in _anchors(place), f"{page.name}: {target}#{anchor}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_that_is_named_exists(page: Path) -> None:
    for name in _PATH.findall(page.read_text()):
        assert (ROOT / name).exists(), f"{page.name}: {name}"


def _variables_read() -> set[str]:
    """The PLI_ variables that some string of the code names on its own; secrets without their _FILE."""
    found: set[str] = set()
    for folder in ("src", "bootstrap", "benches", "tests"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found |= {node.value} if _VARIABLE.fullmatch(node.value) else set()
    return {name.removesuffix("_FILE") for name in found}


def test_every_setting_is_documented_and_no_other() -> None:
    documented = set(_VARIABLE.findall((ROOT / "docs/settings.md").read_text()))
    read = _variables_read()
    assert not read - documented, f"not in docs/settings.md: {sorted(read - documented)}"
    scripts = "".join(path.read_text() for path in [*(ROOT / "bootstrap").iterdir()] if path.is_file())
    assert not documented - read - set(_VARIABLE.findall(scripts)), "in docs/settings.md, and read nowhere"


def test_secrets_are_marked() -> None:
    page = (ROOT / "docs/settings.md").read_text()
    for path in (ROOT / "src").rglob("*.py"):
        for name in re.findall(r"""read_secret\("(PLI_\w+)\"""", path.read_text()):
            line = next(line for line in page.splitlines() if line.startswith(f"| `{name}`"))
            assert "*secret*" in line, name


def test_the_page_of_refusals_is_up_to_date() -> None:
    assert error_page.PAGE.read_text() == error_page.page(), "run: python -m pli.project.error_page"


def test_every_refusal_has_its_own_code() -> None:
    assert error_page.repeated_codes() == []
    for error in error_page.refusals():
        assert re.fullmatch(r"[A-Z]{3}-\d{3}", error.code), error
        assert error.message, error


def test_everything_is_said_in_english_too() -> None:
    assert missing_translations() == []
    assert contradictions() == []


def _commands(page: Path) -> Iterator[list[str]]:
    for block in re.findall(r"```\n(.*?)```", page.read_text(), re.DOTALL):
        for line in block.splitlines():
            if line.startswith("./"):
                yield line.split()


def test_the_readmes_commands_exist_and_the_cheap_ones_run() -> None:
    ran = []
    for command in _commands(ROOT / "README.md"):
        script = ROOT / command[0]
        assert script.exists() and script.stat().st_mode & 0o111, command
        if command == ["./pli", "--help"]:
            ran.append(subprocess.run([script, "--help"], capture_output=True, text=True, check=True).stdout)
    assert ran and "doctor" in ran[0]


def test_every_decision_is_numbered_and_listed() -> None:
    pages = sorted(path.name for path in (ROOT / "docs/adr").glob("*.md") if path.name != "README.md")
    numbers = [name[:4] for name in pages]
    assert all(number.isdigit() for number in numbers), pages
    assert len(set(numbers)) == len(numbers), pages
    listed = re.findall(r"\((\d{4}-[\w-]+\.md)\)", (ROOT / "docs/adr/README.md").read_text())
    assert sorted(listed) == pages


def test_every_room_is_in_the_architecture() -> None:
    page = (ROOT / "docs/architecture.md").read_text()
    rooms = [path.name for path in (ROOT / "src/pli").iterdir() if (path / "__init__.py").exists()]
    assert [room for room in rooms if f"`{room}`" not in page] == []


def test_the_licence_is_the_whole_eupl() -> None:
    words = (ROOT / "LICENSE").read_text().split()
    assert len(words) == 2231
    assert words[:5] == ["EUROPEAN", "UNION", "PUBLIC", "LICENCE", "v."]
