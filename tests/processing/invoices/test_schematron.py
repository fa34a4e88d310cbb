"""The judge of EN 16931, held against Saxon running the same rules as they were published."""

from __future__ import annotations

import random
import re
import xml.etree.ElementTree as ET
from copy import deepcopy
from pathlib import Path

import pytest
from saxonche import PySaxonApiError

from pli.processing.invoices.schematron import JudgeMissing, check_schematron, load_judge
from pli.processing.invoices.schematron_rules import UnableToReadRules, read_schematron
from pli.processing.invoices.writing import write_invoice
from tests.processing.invoices.samples import MIXED, ORDINARY
from tests.support.saxon import SHEET, saxon_finds

_VALUES = ("", "0", "-1", "12.345", "ZZ", "S", "E", "O", "K", "20261301", "true", "FR", "999999", " 20 ", "VA", "30")


def mutants(count: int) -> list[bytes]:
    """Invoices spoilt in one to four places, always the same."""
    dice = random.Random(16931)  # noqa: S311 - no secret
    return [_spoilt(write_invoice(dice.choice((ORDINARY, MIXED))), dice) for _ in range(count)]


def _spoilt(xml: bytes, dice: random.Random) -> bytes:
    root = ET.fromstring(xml)  # noqa: S314 - our own
    for _ in range(dice.randint(1, 4)):
        parents = [element for element in root.iter() if len(element)]
        parent = dice.choice(parents)
        child = dice.choice(list(parent))
        match dice.randrange(5):
            case 0:
                parent.remove(child)
            case 1:
                parent.append(deepcopy(child))
            case 2:
                dice.choice([one for one in root.iter() if not len(one)]).text = dice.choice(_VALUES)
            case 3:
                child.set(dice.choice(("schemeID", "currencyID", "format", "unitCode", "listID")), dice.choice(_VALUES))
            case _:
                other = deepcopy(dice.choice([one for one in root.iter() if one is not root]))
                parent.append(other)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


class TestAgreement:
    def test_every_spoilt_invoice_breaks_the_same_rules_for_both(self) -> None:
        told = unanswered = 0
        for number, xml in enumerate(mutants(80)):
            try:
                wanted = saxon_finds(xml)
            except PySaxonApiError:  # A text where a rule reckons with a number: neither gives an answer.
                with pytest.raises(JudgeMissing):
                    check_schematron(xml)
                unanswered += 1
                continue
            assert {_bare(one) for one in check_schematron(xml)} == {_bare(one) for one in wanted}, (number, xml)
            told += bool(wanted)
        assert told > 35 and unanswered < 40

    @pytest.mark.parametrize("invoice", [ORDINARY, MIXED])
    def test_a_sound_invoice_is_sound_for_both(self, invoice: object) -> None:
        xml = write_invoice(invoice)  # type: ignore[arg-type]
        assert check_schematron(xml) == [] and saxon_finds(xml) == set()


def _bare(said: str) -> str:
    return said.partition("]-")[2] or said


class TestNoAnswerIsNoPass:
    @pytest.mark.parametrize("xml", [b"", b"<not-xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'])
    def test_what_is_no_invoice(self, xml: bytes) -> None:
        with pytest.raises(JudgeMissing):
            check_schematron(xml)

    def test_a_rule_that_cannot_be_evaluated(self) -> None:
        xml = write_invoice(ORDINARY).replace(b"<ram:DuePayableAmount>", b"<ram:DuePayableAmount>x")
        with pytest.raises(JudgeMissing):
            check_schematron(xml)

    @pytest.mark.parametrize(
        "template",
        [
            '<xsl:template match="//a:b" mode="M1" priority="1000"><xsl:for-each select="x"/></xsl:template>',
            '<xsl:template match="//a:b[" mode="M1" priority="1000"/>',
            '<xsl:template match="//a:b" mode="M1" priority="1000"><xsl:choose><xsl:when test="document(\'x\')"/>'
            "<xsl:otherwise><svrl:failed-assert><svrl:text>x</svrl:text></svrl:failed-assert></xsl:otherwise>"
            "</xsl:choose></xsl:template>",
            "",
        ],
    )
    def test_a_stylesheet_that_is_not_understood(self, tmp_path: Path, template: str) -> None:
        sheet, codes = tmp_path / "rules.xslt", tmp_path / "codes.xml"
        sheet.write_text(
            '<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:a="urn:a"'
            f' xmlns:svrl="http://purl.oclc.org/dsdl/svrl">{template}</xsl:stylesheet>'
        )
        codes.write_text("<codedb/>")
        with pytest.raises(UnableToReadRules):
            read_schematron(sheet, codes)

    def test_no_stylesheet(self, tmp_path: Path) -> None:
        with pytest.raises(UnableToReadRules):
            read_schematron(tmp_path / "none.xslt", tmp_path / "none.xml")


class TestAllOfIt:
    def test_no_rule_of_the_stylesheet_is_left_out(self) -> None:
        """As many checks as the text of the stylesheet has, less those that only warn."""
        sheet = SHEET.read_text()
        told = len(re.findall(r"<svrl:(?:failed-assert|successful-report)\b", sheet))
        warned = len(re.findall(r'name="flag">warning<', sheet))
        rules = [rule for pattern in load_judge().patterns for named in pattern.values() for rule in named]
        assert sum(len(rule.checks) for rule in rules) == told - warned > 500
