"""``pli COMMAND …``: each command is a module of ``pli.project.commands``, loaded only when it is called."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from pli import __version__
from pli.kit.errors import PliError
from pli.project.speech import _, complain, explain, gettext_noop

# Their one-line summaries live here, so that « pli --help » loads none of them.
SUMMARIES = {
    "serve": gettext_noop("Démarre tout : base de données, pages, traitements. Ctrl-C arrête tout."),
    "web": gettext_noop("Démarre seulement les pages (plusieurs machines : une base et un stockage communs)."),
    "worker": gettext_noop("Démarre seulement un traitement en arrière-plan."),
    "ipp": gettext_noop("Démarre seulement l’imprimante virtuelle."),
    "mail": gettext_noop("Démarre seulement la passerelle de courriel."),
    "files": gettext_noop(
        "Démarre seulement ce qui reçoit les numérisations : dossiers, FTPS, SFTP, boîtes aux lettres."
    ),
    "prepare": gettext_noop("Met à jour la base et les fichiers servis ; « serve » le fait de lui-même."),
    "migrate": gettext_noop("Met la base de données au niveau du programme."),
    "manage": gettext_noop("Passe la main à une commande de Django (pli manage shell)."),
    "doctor": gettext_noop("Vérifie l’installation et dit quoi faire."),
    "backup": gettext_noop("Sauvegarde tout dans un fichier."),
    "restore": gettext_noop("Restaure une sauvegarde dans un PLI_HOME vide."),
    "verify": gettext_noop("Vérifie les signatures d’un PDF ou une preuve."),
    "journal": gettext_noop("Exporte ou vérifie le journal de preuve."),
    "seal": gettext_noop("Cachets gardés dans un dispositif (PKCS#11)."),
    "capture": gettext_noop("Dépose des fichiers dans Pli."),
}


def command_names() -> list[str]:
    """The commands that are there, known ones first in their order."""
    found = {path.stem for path in (Path(__file__).parent / "commands").glob("[a-z]*.py")}
    return [name for name in SUMMARIES if name in found] + sorted(found - set(SUMMARIES))


def _help() -> str:
    lines = [_("Usage : pli COMMANDE [options]"), ""]
    lines += [f"  {name:<10} {_(SUMMARIES.get(name, ''))}" for name in command_names()]
    return "\n".join([*lines, "", _("« pli COMMANDE --help » détaille une commande.")])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code: 0 done, 1 refused with the reason, 2 misused."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or words[0] in ("-h", "--help", "help"):
        sys.stdout.write(_help() + "\n")
        return 0 if words else 2
    if words[0] in ("-V", "--version", "version"):
        sys.stdout.write(f"pli {__version__}\n")
        return 0
    name, rest = words[0].replace("-", "_"), words[1:]
    if name not in command_names():
        complain(_("Commande inconnue : %s") % words[0])
        complain(_help())
        return 2
    command = import_module(f"pli.project.commands.{name}")
    parser = argparse.ArgumentParser(prog=f"pli {name}", description=_(SUMMARIES.get(name, "")) or None)
    command.add_arguments(parser)
    try:
        return int(command.run(parser.parse_args(rest)))
    except PliError as error:
        complain(explain(error))
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
