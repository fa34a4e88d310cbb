"""The page of refusals, docs/errors.md, made from the classes: ``python -m pli.project.error_page`` writes it."""

from __future__ import annotations

import pkgutil
import sys
from importlib import import_module
from pathlib import Path

import pli
from pli.kit.errors import PliError
from pli.project.translations import english_sentences

PAGE = Path(__file__).resolve().parents[3] / "docs" / "errors.md"
HEAD = """# Refusals

Everything Pli refuses has a code, a sentence that says what happened, one that says what was kept, one that says
what to do. The code stays the same for ever; quote it when you ask for help. This page is written by
`python -m pli.project.error_page`; a test says when it is stale. Places such as `%(name)s` are filled when it is shown.
`HTTP` is the status of the page or of the API's answer.
"""
_FLOORS = {
    "PLI": "Everywhere", "KIT": "Reading files apart, calling out", "PDF": "PDF files", "TRU": "Keys and seals",
    "JOU": "Journal", "PAR": "People and companies", "DOC": "Documents", "NOT": "Messages", "CAP": "What comes in",
    "PRO": "Recipes and runs",
    "SIG": "Signatures", "DEL": "Sendings", "ARC": "Archive", "OFF": "Staff’s screens", "VER": "Verification",
    "POR": "Portal", "API": "API", "RUN": "Starting, backing up",
}  # fmt: skip


def refusals() -> list[type[PliError]]:
    """Every refusal of the product that has a code of its own, by code. Needs Django set up."""
    for module in pkgutil.walk_packages(pli.__path__, "pli."):
        # Importing the WSGI module starts the application.
        if ".migrations" not in module.name and not module.name.endswith((".wsgi", "__main__")):
            import_module(module.name)
    found: list[type[PliError]] = []
    waiting = [PliError]
    while waiting:
        one = waiting.pop()
        waiting += one.__subclasses__()
        if "code" in vars(one) and one.__module__.startswith("pli."):
            found.append(one)
    return sorted(found, key=lambda error: (error.code, error.__qualname__))


def repeated_codes() -> list[str]:
    """Codes that two refusals share: a person who quotes one must be understood."""
    codes = [error.code for error in refusals()]
    return sorted({code for code in codes if codes.count(code) > 1})


def page() -> str:
    """The page as it should be."""
    english_of = english_sentences()
    lines = [HEAD]
    floor = ""
    for error in refusals():
        if error.code[:3] != floor:
            floor = error.code[:3]
            lines += [f"\n## {_FLOORS.get(floor, floor)}\n"]
        sentences = [text for text in (error.message, error.kept, error.remedy) if text]
        english, french = " ".join(english_of.get(text, text) for text in sentences), " ".join(sentences)
        lines += [f"**{error.code}** {error.__name__} · HTTP {error.status}  ", f"{english}  ", f"*{french}*\n"]
    return "\n".join(lines).rstrip() + "\n"


def main() -> int:
    """Write the page."""
    import django

    django.setup()
    PAGE.write_text(page())
    sys.stdout.write(f"{PAGE}: {len(refusals())}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
