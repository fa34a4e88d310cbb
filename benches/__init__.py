"""Benches: ``./bench NAME [--documents N]``, each a module whose ``main`` ends with one JSON line (see harness)."""
