"""Réglages › API: tokens, and the addresses that are told of what happens."""
