#!/usr/bin/env python3
"""Checks a journal exported by Pli, or one inclusion proof, without Pli and without a database.

Needs Python 3.8 or later and the ``openssl`` command, nothing else. This same file is what Pli itself computes
and checks its journal with; a copy of it goes into every export. docs/journal-format.md describes the format.

    python3 verify_journal.py FOLDER [--roots ROOTS.pem] [--json]
    python3 verify_journal.py --proof PROOF.json [--roots ROOTS.pem] [--json]

Ends with 0 when everything is proved, 1 when something was changed, 2 when something could not be checked.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

EXPORT_FORMAT = "pli-journal/1"
PROOF_FORMAT = "pli-inclusion/1"
MOST_ERRORS = 50
MOST_EXACT = 2**53 - 1


# ── the canonical form and the hashes ─────────────────────────────────────────────────────────────────────────


def canonical(value: object) -> bytes:
    """The one way to write a value as bytes: JSON after RFC 8785 (keys sorted by UTF-16 code units, no white space,
    UTF-8), restricted to what it says exactly: text, whole numbers within ±(2^53-1), true, false, null, lists, objects.

    :raises ValueError: for anything else.
    """
    return _write(value).encode("utf-8")


def _write(value: object) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        if abs(value) > MOST_EXACT:
            raise ValueError("a whole number beyond 2^53-1: write it as text")
        return str(int(value))
    if isinstance(value, str):
        return json.dumps(str(value), ensure_ascii=False)
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(_write(item) for item in value) + "]"
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise ValueError("the keys of an object are text")
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return "{" + ",".join(f"{_write(key)}:{_write(value[key])}" for key in keys) + "}"
    raise ValueError(f"{type(value).__name__} has no exact form in JSON: write it as text")


def genesis_hash(organisation_id: str) -> bytes:
    """What stands before the first entry: it ties a chain to its organisation."""
    return hashlib.sha256(f"pli:journal:1:{organisation_id}".encode()).digest()


def chain_hash(previous: bytes, entry: dict[str, Any]) -> bytes:
    """SHA-256 of the previous entry's hash (32 bytes) followed by the canonical form of this entry."""
    return hashlib.sha256(previous + canonical(entry)).digest()


def leaf_hash(value: bytes) -> bytes:
    """A leaf of the tree (RFC 6962 §2.1)."""
    return hashlib.sha256(b"\x00" + value).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """An inner node of the tree (RFC 6962 §2.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def _level_above(level: list[bytes]) -> list[bytes]:
    pairs = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
    return pairs + level[-1:] if len(level) % 2 else pairs


def merkle_root(values: list[bytes]) -> bytes:
    """The Merkle tree hash of a list of byte strings (RFC 6962 §2.1)."""
    level = [leaf_hash(value) for value in values]
    while len(level) > 1:
        level = _level_above(level)
    return level[0] if level else hashlib.sha256(b"").digest()


def merkle_path(values: list[bytes], index: int) -> list[list[str]]:
    """The audit path of one value, from leaf to root: ``[side, hex]`` of each neighbour (RFC 6962 §2.1.1)."""
    level = [leaf_hash(value) for value in values]
    path: list[list[str]] = []
    while len(level) > 1:
        neighbour = index ^ 1
        if neighbour < len(level):
            path.append(["left" if neighbour < index else "right", level[neighbour].hex()])
        level, index = _level_above(level), index // 2
    return path


def root_from_path(value: bytes, path: list[list[str]]) -> bytes:
    """The root that a value and its audit path lead to."""
    node = leaf_hash(value)
    for side, neighbour in path:
        other = bytes.fromhex(neighbour)
        node = node_hash(other, node) if side == "left" else node_hash(node, other)
    return node


def verify_inclusion(proof: dict[str, Any]) -> bool:
    """Whether the event of a proof leads to its chain hash and, when anchored, to its anchor's root.

    The anchor's token is checked apart, with ``openssl ts -verify`` or with this file's ``--proof``.
    """
    try:
        entry, anchor = proof["event"], proof["anchor"]
        found = chain_hash(bytes.fromhex(proof["previous_hash"]), entry)
        if found.hex() != proof["chain_hash"]:
            return False
        if anchor is None:
            return True
        within = anchor["first_position"] <= entry["position"] <= anchor["last_position"]
        return bool(within) and root_from_path(found, anchor["path"]).hex() == anchor["root"]
    except (KeyError, TypeError, ValueError, AttributeError):
        return False


# ── timestamps, by the openssl command ────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class TokenCheck:
    """What openssl says of one token. ``is_valid`` is None when it could not be asked."""

    is_valid: bool | None
    at: str = ""
    reason: str = ""


def check_token(token: Path, digest: str, roots: Path | None) -> TokenCheck:
    """Check an RFC 3161 token over a SHA-256 digest (hex) against trusted roots, at the time the token was made."""
    program = shutil.which("openssl")
    if program is None:
        return TokenCheck(None, reason="la commande openssl est absente")
    if roots is None or not roots.is_file():
        return TokenCheck(None, reason="aucun certificat racine n’a été donné (--roots)")
    said = _openssl(program, "ts", "-reply", "-in", str(token), "-token_in", "-text")
    found = re.search(r"Time stamp: (\w{3}) +(\d+ [\d:]{8})(?:\.\d+)? (\d{4}) GMT", said[1])
    if said[0] or not found:
        return TokenCheck(is_valid=False, reason="ce n’est pas un jeton d’horodatage lisible")
    at = datetime.strptime(" ".join(found.groups()), "%b %d %H:%M:%S %Y").replace(tzinfo=timezone.utc)  # noqa: UP017
    verified = _openssl(
        program, "ts", "-verify", "-digest", digest, "-in", str(token), "-token_in", "-CAfile", str(roots),
        "-attime", str(int(at.timestamp())),
    )  # fmt: skip
    if verified[0]:
        said_why = verified[1].strip().replace("\n", " ; ")
        return TokenCheck(is_valid=False, at=at.isoformat(), reason=f"openssl refuse le jeton : {said_why}")
    return TokenCheck(is_valid=True, at=at.isoformat())


def _openssl(*command: str) -> tuple[int, str]:
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=60)  # noqa: S603
    return done.returncode, done.stdout + done.stderr


# ── a whole export ────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class ChainVerdict:
    """What an export proves. ``verdict`` is TOTAL_PASSED (every entry is chained, anchored and timestamped),
    INDETERMINATE (nothing contradicts it but something could not be proved: ``doubts``) or TOTAL_FAILED
    (``errors``)."""

    organisation_id: str = ""
    events: int = 0
    anchored_events: int = 0
    anchors: int = 0
    last_anchored_at: str = ""
    roots: str = ""
    errors: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)

    @property
    def verdict(self) -> str:
        """The one word."""
        return "TOTAL_FAILED" if self.errors else "INDETERMINATE" if self.doubts else "TOTAL_PASSED"

    def fail(self, reason: str) -> None:
        """Note a contradiction (the first ones are enough)."""
        if len(self.errors) < MOST_ERRORS:
            self.errors.append(reason)

    def doubt(self, reason: str) -> None:
        """Note something that could not be proved."""
        if reason not in self.doubts and len(self.doubts) < MOST_ERRORS:
            self.doubts.append(reason)


def verify_export(folder: Path, roots: Path | None = None) -> ChainVerdict:
    """Check an exported journal. Without ``roots``, those of the export are used: compare their fingerprints with
    ones obtained elsewhere before relying on the verdict. Never raises for a bad export."""
    verdict = ChainVerdict()
    if roots is None and (folder / "roots.pem").is_file():
        roots = folder / "roots.pem"
    verdict.roots = str(roots or "")
    try:
        manifest = _read_manifest(folder, roots, verdict)
        anchors = _read_anchors(folder, manifest, verdict)
        found = _read_events(folder, manifest, anchors, verdict)
        _check_anchors(folder, manifest, anchors, found, roots, verdict)
    except (OSError, KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError) as error:
        verdict.fail(f"l’export est illisible ou incomplet ({type(error).__name__}: {error})")
    return verdict


def _strict(line: bytes) -> dict[str, Any]:
    """A canonical JSON object: any other way of writing it is refused, so that no byte is left unchecked."""
    value = json.loads(line)
    if not isinstance(value, dict) or canonical(value) != line:
        raise ValueError("une ligne n’est pas sous sa forme canonique")
    return value


def _inside(folder: Path, name: str) -> Path:
    path = folder / name
    if not re.fullmatch(r"(tokens/)?[A-Za-z0-9_.-]+", name) or ".." in name or path.is_symlink():
        raise ValueError("un nom de fichier sort de l’export")
    return path


def _file_digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        for block in iter(lambda: stream.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def _read_manifest(folder: Path, roots: Path | None, verdict: ChainVerdict) -> dict[str, Any]:
    raw = (folder / "manifest.json").read_bytes()
    manifest = _strict(raw)
    if manifest["format"] != EXPORT_FORMAT:
        raise ValueError("format inconnu")
    verdict.organisation_id = manifest["organisation_id"]
    token = folder / "manifest.tst"
    if token.is_file():
        check = check_token(token, hashlib.sha256(raw).hexdigest(), roots)
        if check.is_valid is None:
            verdict.doubt(f"l’horodatage du manifeste n’a pas pu être vérifié : {check.reason}")
        elif not check.is_valid:
            verdict.fail(f"manifest.json : {check.reason}")
    elif manifest["is_timestamped"]:
        verdict.fail("le jeton d’horodatage du manifeste manque")
    for name, digest in manifest["files"].items():
        path = _inside(folder, name)
        if not path.is_file():
            verdict.fail(f"{name} : le fichier manque")
        elif _file_digest(path) != digest:
            verdict.fail(f"{name} : le fichier a été modifié depuis l’export")
    return manifest


def _read_anchors(folder: Path, manifest: dict[str, Any], verdict: ChainVerdict) -> list[dict[str, Any]]:
    anchors = [_strict(line) for line in (folder / "anchors.jsonl").read_bytes().split(b"\n")[:-1]]
    expected = manifest["first_position"]
    for anchor in anchors:
        if anchor["first_position"] != expected or anchor["last_position"] < expected:
            verdict.fail(f"ancrages : il manque les entrées {expected} à {anchor['first_position'] - 1}")
        expected = anchor["last_position"] + 1
    if len(anchors) != manifest["anchors"] or expected - 1 > manifest["last_position"]:
        verdict.fail("ancrages : leur nombre ou leur étendue ne sont pas ceux du manifeste")
    verdict.anchors = len(anchors)
    return anchors


def _read_events(
    folder: Path, manifest: dict[str, Any], anchors: list[dict[str, Any]], verdict: ChainVerdict
) -> dict[int, str]:
    """Walk the chain; give the root found for each anchor by its last position."""
    previous = bytes.fromhex(manifest["previous_hash"])
    position = manifest["first_position"] - 1
    if position == 0 and previous != genesis_hash(manifest["organisation_id"]):
        verdict.fail("la chaîne ne commence pas par l’origine de cette organisation")
    waiting = list(anchors)
    leaves: list[bytes] = []
    roots: dict[int, str] = {}
    with (folder / "events.jsonl").open("rb") as stream:
        for line in stream:
            position += 1
            try:
                entry = _strict(line[:-1] if line.endswith(b"\n") else line + b"?")
                claimed = entry.pop("chain_hash")
            except (KeyError, ValueError, RecursionError):
                verdict.fail(f"entrée {position} : illisible ou modifiée")
                continue
            previous = chain_hash(previous, entry)
            if previous.hex() != claimed:
                verdict.fail(f"entrée {position} : elle a été modifiée, ou une entrée qui la précède a été retirée")
                previous = bytes.fromhex(claimed)
            if entry["position"] != position or entry["organisation_id"] != manifest["organisation_id"]:
                verdict.fail(f"entrée {position} : elle n’est pas à sa place")
            if waiting and position >= waiting[0]["first_position"]:
                leaves.append(previous)
                if position == waiting[0]["last_position"]:
                    roots[position], leaves = merkle_root(leaves).hex(), []
                    waiting.pop(0)
    verdict.events = position - manifest["first_position"] + 1
    if position != manifest["last_position"] or previous.hex() != manifest["last_hash"]:
        verdict.fail("la fin de la chaîne n’est pas celle du manifeste : des entrées manquent ou sont de trop")
    return roots


def _check_anchors(
    folder: Path,
    manifest: dict[str, Any],
    anchors: list[dict[str, Any]],
    found: dict[int, str],
    roots: Path | None,
    verdict: ChainVerdict,
) -> None:
    anchored = manifest["first_position"] - 1
    for anchor in anchors:
        name = f"ancrage des entrées {anchor['first_position']} à {anchor['last_position']}"
        if found.get(anchor["last_position"]) != anchor["root"]:
            verdict.fail(f"{name} : la racine ne correspond pas aux entrées")
            continue
        anchored = anchor["last_position"]
        if anchor["token"] is None:
            verdict.doubt(f"{name} : pas encore horodaté")
            continue
        check = check_token(_inside(folder, anchor["token"]), anchor["root"], roots)
        if check.is_valid is None:
            verdict.doubt(f"{name} : horodatage non vérifié : {check.reason}")
        elif not check.is_valid:
            verdict.fail(f"{name} : {check.reason}")
        else:
            verdict.anchored_events += anchor["last_position"] - anchor["first_position"] + 1
            verdict.last_anchored_at = check.at
    if anchored < manifest["last_position"]:
        verdict.doubt(f"les entrées {anchored + 1} à {manifest['last_position']} ne sont pas encore ancrées")


# ── one proof, and the command ────────────────────────────────────────────────────────────────────────────────


def verify_proof(proof: dict[str, Any], roots: Path | None = None) -> ChainVerdict:
    """Check an inclusion proof and the timestamp of its anchor. Never raises for a bad proof."""
    verdict = ChainVerdict(roots=str(roots or ""))
    if not isinstance(proof, dict) or proof.get("format") != PROOF_FORMAT or not verify_inclusion(proof):
        verdict.fail("la preuve d’inclusion est fausse : l’entrée ne mène pas à la racine")
        return verdict
    verdict.organisation_id, verdict.events = str(proof["event"].get("organisation_id", "")), 1
    anchor = proof["anchor"]
    if anchor is None or not anchor.get("token"):
        verdict.doubt("cette entrée n’est pas encore ancrée : demandez de nouveau la preuve demain")
        return verdict
    verdict.anchors = 1
    with tempfile.NamedTemporaryFile(suffix=".tst") as stream:
        stream.write(base64.b64decode(anchor["token"]))
        stream.flush()
        check = check_token(Path(stream.name), anchor["root"], roots)
    if check.is_valid is None:
        verdict.doubt(f"horodatage non vérifié : {check.reason}")
    elif not check.is_valid:
        verdict.fail(check.reason)
    else:
        verdict.anchored_events, verdict.last_anchored_at = 1, check.at
    return verdict


def fingerprints(roots: Path | None) -> list[str]:
    """The SHA-256 fingerprints of the certificates of a PEM file, to be compared with ones obtained elsewhere."""
    if roots is None or not roots.is_file():
        return []
    found = re.findall(r"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", roots.read_text(), re.DOTALL)
    return [hashlib.sha256(base64.b64decode(body)).hexdigest() for body in found]


def report(verdict: ChainVerdict) -> str:
    """The verdict in plain French."""
    words = {
        "TOTAL_PASSED": "Le journal est intact et entièrement horodaté.",
        "INDETERMINATE": "Rien ne contredit ce journal, mais tout n’a pas pu être prouvé.",
        "TOTAL_FAILED": "Ce journal a été modifié ou il est incomplet.",
    }
    lines = [
        f"{verdict.verdict} : {words[verdict.verdict]}",
        f"Organisation : {verdict.organisation_id}",
        f"Entrées : {verdict.events}, dont {verdict.anchored_events} couvertes par un horodatage"
        f" ({verdict.anchors} ancrages, le dernier le {verdict.last_anchored_at or '—'})",
    ]
    lines += [f"Faute : {reason}" for reason in verdict.errors]
    lines += [f"Réserve : {reason}" for reason in verdict.doubts]
    prints = fingerprints(Path(verdict.roots)) if verdict.roots else []
    lines += [f"Racine employée (SHA-256, à comparer à celle que vous connaissez) : {value}" for value in prints]
    return "\n".join(lines) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns its exit status."""
    parser = argparse.ArgumentParser(description="Vérifie un journal de preuve exporté de Pli.")
    parser.add_argument("folder", nargs="?", type=Path, help="dossier de l’export (par défaut : celui de ce fichier)")
    parser.add_argument("--proof", type=Path, help="une preuve d’inclusion (JSON)")
    parser.add_argument("--roots", type=Path, help="certificats racines de confiance (PEM)")
    parser.add_argument("--json", action="store_true", help="répondre en JSON")
    options = parser.parse_args(arguments)
    if options.proof:
        try:
            verdict = verify_proof(json.loads(options.proof.read_bytes()), options.roots)
        except (OSError, ValueError) as error:
            verdict = ChainVerdict(errors=[f"preuve illisible ({type(error).__name__})"])
    else:
        verdict = verify_export(options.folder or Path(__file__).resolve().parent, options.roots)
    shown = json.dumps({"verdict": verdict.verdict, **asdict(verdict)}, ensure_ascii=False) + "\n"
    sys.stdout.write(shown if options.json else report(verdict))
    return {"TOTAL_PASSED": 0, "TOTAL_FAILED": 1, "INDETERMINATE": 2}[verdict.verdict]


if __name__ == "__main__":
    sys.exit(main())
