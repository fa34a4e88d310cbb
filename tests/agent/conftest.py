"""The agent is a programme of its own: its folder is found here as an installed one would be."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "agent"))
