"""Ceremonies: signers, one-time codes, marks, sealing, evidence records."""
