"""Watched folders: a file is taken when it is whole, captured, and only then removed or set apart."""
