"""Gateways: one file a provider, one line in ``[project.entry-points."pli.gateways"]``."""
