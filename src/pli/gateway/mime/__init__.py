"""Messages as bytes: where their parts stand, and how a few of them change without touching the others."""
