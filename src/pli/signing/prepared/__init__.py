"""Requests prepared once and sent again: templates, sendings from a list, public forms."""
