"""Wiring only: settings, urls, command line, supervisor, embedded PostgreSQL."""
