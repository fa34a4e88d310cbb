"""The virtual environment and the locked packages in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from bootstrap import debian
from bootstrap.console import Stop, run_quietly, say

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements"
NO_NETWORK = (
    "L’installation des paquets Python a échoué : vérifiez l’accès au réseau et l’espace disque, puis relancez."
)
# What stands in the environment at the end (0.95 and 1.35 GB), and what pip unpacks beside it meanwhile.
NEEDED_MEGABYTES = {"runtime": 1_500, "dev": 2_000}


def location() -> Path:
    """Where the environment lives: PLI_VENV, else ``.venv`` in the checkout."""
    return Path(os.environ.get("PLI_VENV") or ROOT / ".venv").absolute()


def python() -> Path:
    """The environment's Python."""
    return location() / "bin" / "python"


def is_sound() -> bool:
    """Whether the environment exists, runs, and is of the Python we would make it with."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    try:
        done = subprocess.run(
            [str(python()), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    except OSError:
        return False
    # An environment somebody made with another supported Python is as good.
    return done.returncode == 0 and (done.stdout.strip() == version or "PLI_VENV" in os.environ)


def require_room(level: str) -> None:
    """Ask for the room before the minutes of an installation that would fail at its end.

    :raises Stop: saying how much is there, how much is needed, and where.
    """
    folder = location()
    disk = next(place for place in (folder, *folder.parents) if place.exists())
    free, needed = shutil.disk_usage(disk).free // 1_000_000, NEEDED_MEGABYTES[level]
    if free < needed:
        raise Stop(
            f"Il reste {free} Mo sur le disque qui porte {folder} ; l’installation en demande {needed}. Rien n’a été "
            f"installé. Libérez {needed - free} Mo, ou indiquez dans PLI_VENV un dossier d’un disque plus grand, puis "
            "relancez."
        )


def create() -> None:
    """Make the environment afresh.

    :raises Stop: naming python3-venv when the machine can't make one.
    """
    folder = location()
    if folder.exists() and any(folder.iterdir()) and not (folder / "pyvenv.cfg").exists():
        raise Stop(
            f"{folder} existe et n’est pas un environnement Python : déplacez-le, ou indiquez un autre PLI_VENV."
        )
    say(f"Création de l’environnement Python dans {folder}")
    uv = shutil.which("uv")
    if uv and not debian.PYTHON_VENV.is_there():
        run_quietly([uv, "venv", "-q", "--clear", "--python", sys.executable, str(folder)], cure=NO_NETWORK)
        return
    debian.require(
        debian.PYTHON_VENV,
        otherwise="Il manque python3-venv : en tant que root, lancez « apt-get install python3-venv », puis relancez.",
    )
    run_quietly(
        [sys.executable, "-m", "venv", "--clear", str(folder)],
        cure="L’environnement Python n’a pas pu être créé : vérifiez l’espace disque, puis relancez.",
    )


def _installers() -> list[list[str]]:
    """The commands that can install into the environment, best first."""
    found = []
    if not shutil.which("uv") and not (location() / "bin" / "pip").exists():
        # An environment that uv made has no pip of its own.
        subprocess.run([str(python()), "-m", "ensurepip"], capture_output=True, check=False)
    if uv := shutil.which("uv"):
        # As pip does: what only a sandboxed process imports could never be compiled later, it writes no file.
        found.append([uv, "pip", "install", "-q", "--compile-bytecode", "--python", str(python())])
    if any((location() / "bin" / name).exists() for name in ("pip", "pip3")):
        found.append([str(python()), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-input"])
    return found


def _install(arguments: list[str]) -> None:
    """Install with the first installer that manages it (uv does not read pip's settings of a machine)."""
    installers = _installers()
    if not installers:
        raise Stop(f"{location()} n’a pas pip : supprimez ce dossier, puis relancez.")
    for installer in installers[:-1]:
        done = subprocess.run([*installer, *arguments], capture_output=True, check=False)
        if done.returncode == 0:
            return
    run_quietly([*installers[-1], *arguments], cure=NO_NETWORK)


def install_requirements(lock: str) -> None:
    """Install exactly what ``requirements/<lock>.txt`` says; a file with another hash is refused."""
    say("Installation des paquets Python (la première fois, une minute ou deux)")
    _install(["--require-hashes", "-r", str(REQUIREMENTS / f"{lock}.txt")])


def install_package() -> None:
    """Install Pli itself, editable: its command and its plugs' entry points."""
    # The build back-end is one of the locked packages, so nothing unlocked is fetched here.
    _install(["--no-deps", "--no-build-isolation", "-e", str(ROOT)])
