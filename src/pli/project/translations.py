"""Translations: compiled at set-up; checked to be complete. ``python -m pli.project.translations compile|check``.

French strings are the message ids; each room keeps its English in ``locale/en/LC_MESSAGES/django.po``.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SOURCES = Path(__file__).resolve().parent.parent
# Which arguments of a call are messages; the last number of a context call is the message, the first its context.
_CALLS = {
    "_": (0,), "gettext": (0,), "gettext_lazy": (0,), "gettext_noop": (0,), "tr": (0,),
    "ngettext": (0, 1), "ngettext_lazy": (0, 1),
    # Sentences of the rooms without Django: translated where they are shown.
    "Phrase": (0,), "explained": (0,),
    # What a conversion to PDF/A did, and what stands in its way.
    "note": (0,), "refuse": (0,),
    "FieldProblem": (2,),
    # What a step says of a piece it leaves alone.
    "Skipped": (0,),
}  # fmt: skip
_CONTEXT_CALLS = {"pgettext", "pgettext_lazy", "npgettext", "npgettext_lazy"}
# Class attributes of PliError that doors translate, and its detail that is a sentence.
_ERROR_SENTENCES = {"message", "kept", "remedy"}
_REASONS = ("reason", "remedy")
# Tables whose values are sentences, by the end of their name.
_TABLES = ("_SENTENCES", "_LABELS", "_TITLES", "SUMMARIES")
_PLACE = re.compile(r"%\((\w+)\)[sd]|%[sd]|\{(\w*)\}")

# It stands alone, without Pli: an auditor runs it.
_STANDS_ALONE = SOURCES / "journal" / "verify_journal.py"

Key = tuple[str | None, str]


def catalogues() -> list[Path]:
    """Every catalogue of the product."""
    return sorted(SOURCES.rglob("locale/*/LC_MESSAGES/*.po"))


def compile_catalogues() -> int:
    """Write the ``.mo`` beside each ``.po``; how many."""
    for path in catalogues():
        with path.open("rb") as source:
            catalogue = read_po(source, locale=path.parent.parent.name)
        half = path.with_suffix(".mo.half")
        with half.open("wb") as target:
            write_mo(target, catalogue)
        half.replace(path.with_suffix(".mo"))
    return len(catalogues())


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _messages_of_call(node: ast.Call) -> Iterator[Key]:
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    words = [_text(argument) for argument in node.args]
    if name in _CONTEXT_CALLS and len(words) > 1:
        for word in words[1:3] if name.startswith("n") else words[1:2]:
            if word:
                yield words[0], word
    # For a plural the catalogue is keyed by the singular.
    yield from _reason_of_refusal(node, name)
    for position in _CALLS.get(name, ())[:1]:
        if position < len(words) and (word := words[position]):
            yield None, word


def _reason_of_refusal(node: ast.Call, name: str) -> Iterator[Key]:
    """The sentence a refusal is raised with: ``UnableToSeal(reason="…")``."""
    if name[:1].isupper():
        for keyword in node.keywords:
            word = _text(keyword.value)
            # A code (« too_large ») is not a sentence.
            if keyword.arg in _REASONS and word and (" " in word or not word.isascii()):
                yield None, word


def _assignments(lines: Iterable[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    """The (name, value) pairs a module or a class body sets."""
    for line in lines:
        target = line.targets[0] if isinstance(line, ast.Assign) else getattr(line, "target", None)
        value = line.value if isinstance(line, (ast.Assign, ast.AnnAssign)) else None
        if isinstance(target, ast.Name) and value is not None:
            yield target.id, value


def messages_of_python(source: str) -> Iterator[Key]:
    """The (context, message) pairs a Python file speaks."""
    tree = ast.parse(source)
    constants = {name: word for name, value in _assignments(tree.body) if (word := _text(value))}
    for name, value in _assignments(tree.body):
        if name.endswith(_TABLES) and isinstance(value, ast.Dict):
            yield from ((None, word) for item in value.values if (word := _text(item)))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _messages_of_call(node)
        elif isinstance(node, ast.ClassDef):
            for name, value in _assignments(node.body):
                word = constants.get(value.id) if isinstance(value, ast.Name) else _text(value)
                if name in _ERROR_SENTENCES and word:
                    yield None, word


_TEMPLATE_CALL = re.compile(r"\b(?:_|n?p?gettext)\((?:u?(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")(?:,\s*)?)+")


def messages_of_template(source: str) -> Iterator[Key]:
    """The (context, message) pairs a Django template speaks."""
    from django.utils.translation.template import templatize

    for found in _TEMPLATE_CALL.finditer(templatize(source)):
        text = found.group().rstrip(", ") + ")"
        call = ast.parse(text, mode="eval").body
        if isinstance(call, ast.Call):
            yield from _messages_of_call(call)


def spoken() -> dict[Key, str]:
    """Every message of the code and of the templates, with the file that speaks it first."""
    found: dict[Key, str] = {}
    for path in sorted(SOURCES.rglob("*.py")):
        if "migrations" not in path.parts and path != _STANDS_ALONE:
            for key in messages_of_python(path.read_text()):
                found.setdefault(key, str(path.relative_to(SOURCES)))
    for pattern in ("*.html", "*.txt"):
        for path in sorted(SOURCES.rglob(f"templates/**/{pattern}")):
            for key in messages_of_template(path.read_text()):
                found.setdefault(key, str(path.relative_to(SOURCES)))
    return found


def _translated(message: Message) -> str:
    return "".join(message.string) if isinstance(message.string, (tuple, list)) else str(message.string or "")


def contradictions() -> list[str]:
    """One line for each message two catalogues say differently: which one is shown would be chance."""
    said: dict[tuple[str, str | None, str], str] = {}
    lines = []
    for path in catalogues():
        with path.open("rb") as source:
            catalogue: Catalog = read_po(source, locale=path.parent.parent.name)
        for message in catalogue:
            ident = message.id[0] if isinstance(message.id, (tuple, list)) else message.id
            before = said.setdefault((str(catalogue.locale), message.context, ident), _translated(message))
            if ident and before != _translated(message):
                lines.append(f"{path.relative_to(SOURCES)}: « {ident} » is « {before} » in another catalogue")
    return lines


def _english() -> dict[Key, Message]:
    found: dict[Key, Message] = {}
    for path in catalogues():
        if path.parent.parent.name == "en":
            with path.open("rb") as source:
                catalogue: Catalog = read_po(source, locale="en")
            for message in catalogue:
                ident = message.id[0] if isinstance(message.id, (tuple, list)) else message.id
                if ident and _translated(message) and not message.fuzzy:
                    found[message.context, ident] = message
    return found


def english_sentences() -> dict[str, str]:
    """The English of each message without context, from the catalogues as they are now, compiled or not."""
    return {ident: _translated(message) for (context, ident), message in _english().items() if context is None}


def missing_translations() -> list[str]:
    """One line for each message without English, or whose places to fill differ."""
    english, lines = _english(), []
    for (context, text), where in sorted(spoken().items(), key=lambda item: (item[1], item[0][1])):
        message = english.get((context, text))
        if message is None:
            lines.append(f"{where}: no English for « {text} »")
        elif isinstance(message.id, str) and set(_PLACE.findall(text)) != set(_PLACE.findall(_translated(message))):
            lines.append(f"{where}: the English of « {text} » has other places to fill")
    return lines


def main(arguments: list[str]) -> int:
    """``compile`` or ``check``."""
    if arguments == ["compile"]:
        compile_catalogues()
        return 0
    import django
    from django.conf import settings

    if not settings.configured:
        settings.configure(USE_I18N=True)
        django.setup()
    lines = missing_translations() + contradictions()
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
