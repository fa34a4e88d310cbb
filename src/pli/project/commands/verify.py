"""``pli verify FILE``: is this PDF signed, by whom, and has it changed since?"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from pli.kit.clock import PARIS
from pli.project.config import config
from pli.project.speech import _, write

# Scripts rely on these: 0 passed, 1 failed, 2 cannot tell, 3 nothing to check.
EXIT = {"TOTAL_PASSED": 0, "TOTAL_FAILED": 1, "INDETERMINATE": 2, "NO_SIGNATURE": 3}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The file, and how to answer."""
    parser.add_argument("file", type=Path, help=_("le PDF à vérifier"))
    parser.add_argument("--json", action="store_true", help=_("réponse en JSON"))
    parser.add_argument("--root", type=Path, action="append", default=[], help=_("autorité de confiance de plus (PEM)"))


def run(arguments: argparse.Namespace) -> int:
    """Judge the file with this installation's authorities; needs neither database nor server."""
    from cryptography import x509

    from pli.trust.api import TrustStore, verdict_to_json, verify_pdf

    if not arguments.file.is_file():
        write(_("Ce fichier n’existe pas : %s") % arguments.file)
        return 1
    roots = list(TrustStore(config().home).roots()) if (config().home / "trust").is_dir() else []
    for path in arguments.root:
        roots += x509.load_pem_x509_certificates(path.read_bytes())
    verdict = verify_pdf(arguments.file, roots=roots)
    if arguments.json:
        write(json.dumps({"file": arguments.file.name, **verdict_to_json(verdict)}, ensure_ascii=False, indent=2))
        return EXIT[verdict.verdict]
    write(f"{verdict.verdict}  {arguments.file.name}  {verdict.reason}".rstrip())
    for one in verdict.signatures:
        at = one.timestamp_time or one.signing_time
        when = f"{at.astimezone(PARIS):%d/%m/%Y %H:%M:%S}" if at else "?"
        changes = f"  {_('modifié après')} : {', '.join(one.changes)}" if one.changes else ""
        write(f"  {one.number}. {one.claimed_name or one.signer_name}  {when}  {one.level}  {one.algorithm}{changes}")
    return EXIT[verdict.verdict]
