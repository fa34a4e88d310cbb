"""Dropping, finding, reading and classifying documents."""
