"""Asking for signatures and following them."""
