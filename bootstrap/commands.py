"""The root scripts: set up, then hand over."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from bootstrap import debian, environment, steps, testing
from bootstrap.console import Stop, say

ROOT = environment.ROOT


def _own_environment() -> dict[str, str]:
    """Our environment with the virtual environment's programs first."""
    venv = environment.location()
    return {**os.environ, "VIRTUAL_ENV": str(venv), "PATH": f"{venv / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}


def _become(arguments: list[str]) -> None:
    """Replace this process by the environment's Python running ``arguments``: signals go straight to it."""
    python = str(environment.python())
    sys.stderr.flush()
    os.execve(python, [python, *arguments], _own_environment())  # noqa: S606


def run(arguments: list[str]) -> int:
    """``./run``: the whole product with its demonstration company, until Ctrl-C."""
    steps.set_up("runtime")
    _become(["-m", "pli.project.cli", "serve", "--demonstration", *arguments])
    return 0


def pli(arguments: list[str]) -> int:
    """``./pli …``: the command line, from the folder the person stands in."""
    steps.set_up("runtime")
    _become(["-m", "pli.project.cli", *arguments])
    return 0


def bench(arguments: list[str]) -> int:
    """``./bench NAME …``: one file of benches/ (a dash in the name is an underscore in the file)."""
    names = sorted(path.stem.replace("_", "-") for path in (ROOT / "benches").glob("[a-z]*.py"))
    names.remove("harness")
    if not arguments or arguments[0] not in names:
        raise Stop(f"usage: ./bench NAME [--documents N]; NAME is one of: {', '.join(names) or 'none yet'}")
    steps.set_up("dev")
    for need in debian.wish((debian.ALLOCATOR,)):
        say(f"{need.package} is missing: {need.without}")
    os.chdir(ROOT)
    _become(["-m", f"benches.{arguments[0].replace('-', '_')}", *arguments[1:]])
    return 0


# Each check: what it is called, and the program with its arguments. Run from the root, in the environment.
CHECKS: tuple[tuple[str, list[str]], ...] = (
    ("format", ["ruff", "format", "--check", "."]),
    ("lint", ["ruff", "check", "."]),
    ("import contracts", ["lint-imports"]),
    ("types", ["mypy"]),
    ("templates", ["djlint", "--lint", "--quiet", "src"]),
    ("migrations", ["python", "-m", "pli.project.cli", "manage", "makemigrations", "--check", "--dry-run"]),
    ("translations", ["python", "-m", "pli.project.translations", "check"]),
)


def check(arguments: list[str]) -> int:
    """``./check [NAME…]``: every check, or those whose name begins so; says which ones failed."""
    steps.set_up("dev")
    environ = {**_own_environment(), "PLI_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "PLI_OFFLINE": "1"}
    failed = []
    for name, command in CHECKS:
        if arguments and not any(name.startswith(wanted) for wanted in arguments):
            continue
        program = str(environment.location() / "bin" / command[0])
        done = subprocess.run(
            [program, *command[1:]], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
        )
        say(f"{name}: {'ok' if done.returncode == 0 else 'FAILED'}")
        if done.returncode:
            failed.append(name)
            sys.stderr.write(done.stdout[-12000:] + done.stderr[-6000:])
    sys.stdout.write(f"check: {'all clean' if not failed else 'failed: ' + ', '.join(failed)}\n")
    return 1 if failed else 0


def test(arguments: list[str]) -> int:
    """``./test [pytest's arguments]``: every test, or those asked for."""
    steps.set_up("dev")
    missing = debian.wish(debian.FOR_TESTS)
    return testing.run_pytest(arguments, ROOT, environment.python(), _own_environment(), missing)


COMMANDS = {"run": run, "pli": pli, "bench": bench, "check": check, "test": test}


def main(arguments: list[str]) -> int:
    """Run the root script named by the first argument."""
    if not arguments or arguments[0] not in COMMANDS:
        raise Stop(f"usage: {Path(sys.argv[0]).name} {{{','.join(COMMANDS)}}} …")
    return COMMANDS[arguments[0]](arguments[1:])
