"""Sets Pli up from a bare machine: virtual environment, locked packages, pinned assets. Standard library only."""
