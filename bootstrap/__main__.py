"""``python3 bootstrap COMMAND …``: what the root scripts call."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from bootstrap import commands  # noqa: E402 - the line above makes it importable
from bootstrap.console import Stop  # noqa: E402

try:
    status = commands.main(sys.argv[1:])
except Stop as stop:
    sys.stderr.write(f"{stop}\n")
    status = 1
except KeyboardInterrupt:
    status = 130
sys.exit(status)
