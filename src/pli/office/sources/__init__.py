"""Réglages › Sources de numérisation: watched folders, drop accounts and mailboxes."""
