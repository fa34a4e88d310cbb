"""The norm's schematron as rules one can evaluate: read from the XSLT 2 in which it is published.

The stylesheet is what the schematron project's own compiler writes, and has one shape: a *pattern* is a mode, a *rule*
a template of that mode (the highest priority that matches a node is the one that speaks of it), an *assertion* a
``choose`` whose ``when`` must be true, a *report* an ``if`` that must be false. Only XPath is left in it, so no
processor of XSLT is needed. Whatever has another shape is refused: a rule that is not understood is never left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import iterparse, parse

_XSL = "{http://www.w3.org/1999/XSL/Transform}"
_SVRL = "{http://purl.oclc.org/dsdl/svrl}"
_CODES = re.compile(
    r"string-length\(\$(?P<name>\w+)\)=0 or document\('[\w.-]+'\)/codedb/cl\[@id=(?P<list>\d+)\]"
    r"/enumeration\[@value=\$(?P=name)\]"
)
_STEP = re.compile(r"(?P<name>\*|[a-z]+:\w+)(?:\[(?P<test>.*)\])?", re.S)


class UnableToReadRules(ValueError):
    """The stylesheet is not there, or holds something whose meaning is not known here."""


@dataclass(frozen=True)
class Step:
    """One element of a path: its name as ``{space}local`` (``*`` any), and the XPath it must satisfy, if any."""

    name: str
    test: str = ""


@dataclass(frozen=True)
class Codes:
    """The value of ``source`` (``.`` or ``@name``), if it has one, must be of the code list ``list_id``."""

    source: str
    list_id: str


@dataclass(frozen=True)
class Check:
    """``test`` evaluated on an element; ``fails_if`` is the result that breaks the rule."""

    test: str | Codes
    fails_if: bool
    said: str
    """As « [BR-CO-15]-Invoice total amount… », the norm's own words."""


@dataclass(frozen=True)
class Rule:
    """The elements it speaks of: the last of ``steps``, below the others; ``is_rooted``: the first is the root."""

    steps: tuple[Step, ...]
    is_rooted: bool
    checks: tuple[Check, ...]


@dataclass(frozen=True)
class Schematron:
    """Patterns, each with its rules by falling priority; the prefixes of their XPath; the code lists by number."""

    patterns: tuple[tuple[Rule, ...], ...]
    prefixes: dict[str, str]
    codes: dict[str, frozenset[str]]


def read_schematron(stylesheet: Path, codes: Path) -> Schematron:
    """Every rule but those that only warn.

    :raises UnableToReadRules: see there.
    """
    try:
        prefixes = {name: uri for _, (name, uri) in iterparse(stylesheet, events=("start-ns",))}
        sheet, lists = parse(stylesheet).getroot(), parse(codes).getroot()
    except (OSError, SyntaxError, ValueError) as error:
        raise UnableToReadRules(str(error)) from error
    if sheet is None or lists is None:
        raise UnableToReadRules("empty")
    found: dict[str, list[tuple[int, Rule]]] = {}
    for template in sheet.iter(f"{_XSL}template"):
        mode, priority = template.get("mode", ""), int(template.get("priority", "0").partition(".")[0] or 0)
        if re.fullmatch(r"M\d+", mode) and priority > 0:
            found.setdefault(mode, []).append((priority, _rule(template, prefixes)))
    if not found:
        raise UnableToReadRules("no rule")
    return Schematron(
        patterns=tuple(
            tuple(rule for _, rule in sorted(rules, key=lambda one: -one[0]))
            for rules in found.values()
            if any(rule.checks for _, rule in rules)
        ),
        prefixes=prefixes,
        codes={
            str(one.get("id")): frozenset(str(code.get("value")) for code in one.iter("enumeration"))
            for one in lists.iter("cl")
        },
    )


def _rule(template: Element, prefixes: dict[str, str]) -> Rule:
    path = template.get("match", "").strip()
    steps = tuple(_step(part, prefixes) for part in _parts_of(path.removeprefix("//").removeprefix("/")))
    return Rule(steps, is_rooted=not path.startswith("//"), checks=tuple(_checks(template)))


def _parts_of(path: str) -> list[str]:
    """``path`` cut at its slashes, not at those within brackets; a text in quotes there holds none of either."""
    parts, depth = [""], 0
    for letter in path:
        depth += (letter == "[") - (letter == "]")
        if letter == "/" and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def _step(part: str, prefixes: dict[str, str]) -> Step:
    step = _STEP.fullmatch(part.strip())
    if step is None:
        raise UnableToReadRules(f"path {part!r}")
    prefix, _, name = step["name"].rpartition(":")
    return Step(f"{{{prefixes[prefix]}}}{name}" if prefix else name, (step["test"] or "").strip())


def _checks(template: Element) -> Iterator[Check]:
    variables: dict[str, str] = {}
    for part in template:
        if part.tag == f"{_XSL}variable" and part.get("select") is not None:
            variables[str(part.get("name"))] = str(part.get("select"))
        elif part.tag == f"{_XSL}choose" and [child.tag for child in part] == [f"{_XSL}when", f"{_XSL}otherwise"]:
            yield from _check(part[0], part[1], "failed-assert", variables)
        elif part.tag == f"{_XSL}if":
            yield from _check(part, part, "successful-report", variables)
        elif part.tag not in (f"{_SVRL}fired-rule", f"{_XSL}apply-templates"):
            raise UnableToReadRules(f"element {part.tag}")


def _check(tested: Element, holder: Element, kind: str, variables: dict[str, str]) -> Iterator[Check]:
    told = holder.find(f"{_SVRL}{kind}")
    test = " ".join((tested.get("test") or "").split())
    if told is None or len(holder) != 1 or not test:
        raise UnableToReadRules(f"{kind} {test!r}")
    named = {one.get("name"): (one.text or "").strip() for one in told.iter(f"{_XSL}attribute")}
    if named.get("flag") == "warning":
        return
    said = " ".join(text for part in told.iter(f"{_SVRL}text") for text in "".join(part.itertext()).split())
    if not said.startswith("[") and named.get("id"):
        said = f"[{named['id']}]-{said}"
    coded = _CODES.fullmatch(test)
    if coded:
        yield Check(Codes(variables[coded["name"]], coded["list"]), fails_if=False, said=said)
    elif "$codeValue" in test or "document(" in test:
        raise UnableToReadRules(test)
    else:
        yield Check(test, fails_if=kind == "successful-report", said=said)
