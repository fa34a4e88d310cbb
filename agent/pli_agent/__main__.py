"""``pli-agent pair`` once, then ``pli-agent run``. What it remembers is in one private file; the PIN is nowhere."""

from __future__ import annotations

import argparse
import base64
import getpass
import json
import os
import platform
import sys
import time
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from pli_agent.device import Device, DeviceProblem
from pli_agent.server import Server, ServerAway, ServerRefused
from pli_agent.signing import Key, NotWhatItSays, Person, do_work, in_groups

_FILE = Path(os.environ.get("PLI_AGENT_FILE") or Path.home() / ".config" / "pli-agent.json")
_EVERY_SECONDS = 3


def main(arguments: list[str] | None = None) -> int:
    """The command line; 0 when all went well."""
    parser = argparse.ArgumentParser(prog="pli-agent", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    pair = commands.add_parser("pair", help="bind this workstation to your account, once")
    pair.add_argument("--server", required=True, help="https://pli.example")
    pair.add_argument("--code", required=True, help="shown in Pli: Mon compte › Ma clé de signature")
    pair.add_argument("--module", required=True, help="the PKCS#11 library of the device")
    pair.add_argument("--token", required=True, help="the device's label")
    pair.add_argument("--certificate", type=Path, help="PEM chain, when the device holds none")
    pair.add_argument("--key-id", default="", help="hexadecimal, needed with --certificate or several keys")
    run = commands.add_parser("run", help="wait for work and sign it here")
    run.add_argument("--once", action="store_true", help="look once and stop")
    asked = parser.parse_args(arguments)
    try:
        return _pair(asked) if asked.command == "pair" else _run(once=asked.once)
    except ServerRefused as error:
        return _stop(f"{error.code} : {error}")
    except DeviceProblem as problem:
        return _stop(f"device: {problem.code}")
    except (ServerAway, ValueError, OSError) as error:
        return _stop(str(error))


def _stop(why: str) -> int:
    sys.stderr.write(f"{why}\n")
    return 1


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _pair(asked: argparse.Namespace) -> int:
    key_id, chain = _find_key(Device(asked.module, asked.token), asked)
    encoded = [base64.b64encode(one.public_bytes(Encoding.DER)).decode() for one in chain]
    told = Server(asked.server).pair(asked.code, platform.node(), encoded)
    kept = {
        "server": asked.server,
        "secret": told["token"],
        "module": asked.module,
        "token": asked.token,
        "key_id": key_id.hex(),
        "chain": encoded,
    }
    _FILE.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(_FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as out:
        json.dump(kept, out)
    _tell(f"Associé à {told['organisation']}. / Paired.")
    return 0


def _find_key(device: Device, asked: argparse.Namespace) -> tuple[bytes, list[x509.Certificate]]:
    if asked.certificate:
        return bytes.fromhex(asked.key_id), x509.load_pem_x509_certificates(asked.certificate.read_bytes())
    on_device = device.certificates()
    fitting = [one for one in on_device if not asked.key_id or one[0].hex() == asked.key_id]
    if not fitting:
        raise DeviceProblem("key_absent")
    key_id, certificate = fitting[0]
    return key_id, [certificate, *(other for _, other in on_device if other != certificate)]


def _run(*, once: bool) -> int:
    kept = json.loads(_FILE.read_text())
    server = Server(kept["server"], kept["secret"])
    chain = [x509.load_der_x509_certificate(base64.b64decode(one)) for one in kept["chain"]]
    key = Key(Device(kept["module"], kept["token"]), bytes.fromhex(kept["key_id"]), chain)
    person = Person(_agrees, lambda: getpass.getpass("PIN : "), _tell)
    while True:
        try:
            for works in in_groups(server.work()):
                do_work(server, key, works, person)
        except NotWhatItSays:
            _tell("Refusé : ce qui est à signer n’est pas ce qui est montré. / Refused: not what it says.")
        except ServerRefused as error:
            # Late or taken back: the next round goes on; a revoked workstation has nothing more to do here.
            if error.code == "KEY-002":
                raise
            _tell(f"{error.code} : {error}")
        except ServerAway as error:
            _tell(f"Pli ne répond pas. / Pli does not answer. ({error})")
        if once:
            return 0
        time.sleep(_EVERY_SECONDS)


def _agrees(works: list[dict[str, Any]]) -> bool | None:
    for work in works:
        # What comes from elsewhere must not steer the terminal.
        title, reason = ("".join(c for c in str(work[name]) if c.isprintable()) for name in ("title", "reason"))
        _tell(f"\nÀ signer / To sign : {title}\nMotif / Reason : {reason or '—'}\nSHA-256 : {work['digest']}")
    if len(works) > 1:
        _tell(f"\n{len(works)} documents d’une même demande, un seul code PIN. / One request, one PIN.")
    answer = input("Signer ? [o]ui, [n]on, [p]lus tard / [y]es, [n]o, [l]ater : ").strip().lower()[:1]
    return True if answer in ("o", "y") else False if answer == "n" else None


if __name__ == "__main__":
    sys.exit(main())
