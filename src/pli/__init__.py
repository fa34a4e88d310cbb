"""Pli: documents printed, scanned, mailed or dropped come out signed, sealed, delivered and archived with proof."""

__version__ = "0.1.0"
